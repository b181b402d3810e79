import io
import tarfile

import numpy as np
import pytest

from srzoo_jax.porting import archives, checkpoints
from srzoo_jax.porting.pickles import UnsafeCheckpointError
from tests.porting.tensorflow_writer import write_arrays


@pytest.fixture
def archive(tmp_path):
    """Two folders, one of them with two steps; and a member that wants to lie elsewhere."""
    path = tmp_path / "ckpts.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for i, name in enumerate(("a/ckpt-9", "a/ckpt-10", "b/ckpt-5")):
            write_arrays(tmp_path, {"x": np.full(3, i, np.float32)})
            for part in tmp_path.glob("small.*"):
                tar.add(part, f"top/{name}{part.name.removeprefix('small')}")
        outside = tarfile.TarInfo("top/b/../../../outside.index")
        tar.addfile(outside, io.BytesIO())
    return path


@pytest.mark.parametrize(("folder", "value"), [("a", 1), ("b", 2)])
def test_the_last_step_of_the_folder_is_read(archive, folder, value):
    with archives.unpacked(archive, folder) as path:
        np.testing.assert_array_equal(checkpoints.read(path)["x"], np.full(3, value))
    assert not path.exists()


def test_other_folders_and_damage_are_refused(archive):
    with (
        pytest.raises(UnsafeCheckpointError, match="no checkpoint in a folder called c"),
        archives.unpacked(archive, "c"),
    ):
        pass
    archive.write_bytes(archive.read_bytes()[:-100])
    with (
        pytest.raises(UnsafeCheckpointError, match="damaged archive"),
        archives.unpacked(archive, "a"),
    ):
        pass


def test_plain_files_are_given_back(tmp_path):
    path = tmp_path / "file.pth"
    path.write_bytes(b"weights")
    with archives.unpacked(path, "a") as same:
        assert same == path
