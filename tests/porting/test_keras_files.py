"""Keras' HDF5 files: what Keras wrote is read, all that reaches beyond plain arrays is refused."""

from pathlib import Path

import numpy as np
import pytest

from srzoo_jax.porting import checkpoints
from srzoo_jax.porting.pickles import UnsafeCheckpointError

GOLDEN = Path(__file__).parents[1] / "golden/tf_formats"
ARRAY = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.mark.parametrize("file", ["edsr_small.h5", "edsr_small_weights.h5"])
def test_keras_files_hold_what_keras_holds(file):
    found = checkpoints.read(GOLDEN / file)
    with np.load(GOLDEN / "edsr_small.npz") as golden:
        names = {key for key in golden if key.startswith("tensor:h5:")}
        assert {f"tensor:h5:{name}:0" for name in found} == names
        for name, array in found.items():
            np.testing.assert_array_equal(array, golden[f"tensor:h5:{name}:0"], name)


def keras(folder, fill):
    import h5py

    with h5py.File(folder / "a.h5", "w") as file:
        fill(file, h5py)
    return folder / "a.h5"


def external_link(file, h5py):
    file["layer"] = h5py.ExternalLink(str(GOLDEN / "edsr_small_weights.h5"), "/head_0")


def soft_link(file, h5py):
    file["a/b/kernel:0"] = ARRAY
    file["a/b/bias:0"] = h5py.SoftLink("/a/b/kernel:0")


def external_storage(file, h5py):
    place = [(str(GOLDEN / "README.md"), 0, 24)]
    file.create_dataset("a/kernel:0", (2, 3), "f4", external=place)


def virtual(file, h5py):
    layout = h5py.VirtualLayout((2, 3), "f4")
    layout[...] = h5py.VirtualSource(GOLDEN / "edsr_small.h5", "x", (2, 3))
    file.create_virtual_dataset("a/kernel:0", layout)


def compressed(file, h5py):
    file.create_dataset("a/kernel:0", data=np.zeros(1 << 20), compression="gzip")


def unwritten(file, h5py):
    file.create_dataset("a/kernel:0", (1 << 40,), "f4")


def cycle(file, h5py):
    file["a/b/kernel:0"] = ARRAY
    file["a/b/c"] = file["a"]


def twice(file, h5py):
    file["a/kernel:0"] = ARRAY
    file["a/bias:0"] = file["a/kernel:0"]


def deep(file, h5py):
    file["/".join("a" * 100)] = ARRAY


def strings(file, h5py):
    file["a/kernel:0"] = "text"


def named_type(file, h5py):
    file["a/kernel:0"] = np.dtype("f4")


def nothing(file, h5py):
    file.create_group("a")


@pytest.mark.parametrize(
    "fill",
    [
        *(external_link, soft_link, external_storage, virtual, compressed, unwritten),
        *(cycle, twice, deep, strings, named_type, nothing),
    ],
)
def test_a_keras_file_with_more_than_plain_arrays_is_refused(tmp_path, fill):
    with pytest.raises(UnsafeCheckpointError):
        checkpoints.read(keras(tmp_path, fill))


@pytest.mark.parametrize("length", [0, 7, 100, 2000, 60000])
def test_a_cut_off_keras_file_is_refused(tmp_path, length):
    content = (GOLDEN / "edsr_small_weights.h5").read_bytes()[:length]
    (tmp_path / "cut.h5").write_bytes(content)
    with pytest.raises(UnsafeCheckpointError):
        checkpoints.read(tmp_path / "cut.h5")
