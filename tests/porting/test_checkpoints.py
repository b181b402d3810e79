import collections
import pickle
import zipfile

import numpy as np
import pytest

from srzoo_jax.porting import checkpoints
from srzoo_jax.porting.pickles import UnsafeCheckpointError
from tests.porting import torch_writer as torch

CONTAINERS = [torch.legacy, torch.zipped]
RNG = np.random.default_rng(0)
A = RNG.random((2, 3, 4)).astype(np.float32)
B = RNG.random(5).astype(np.float32)


def read(tmp_path, data):
    path = tmp_path / "file.pth"
    path.write_bytes(data)
    return checkpoints.read(path)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("nest", [None, "params", "state_dict", "model"])
def test_reads_a_state_dict(tmp_path, container, nest):
    state = collections.OrderedDict(a=torch.tensor("0", A), b=torch.tensor("1", B))
    content = {"epoch": 5, nest: state} if nest else state
    arrays = read(tmp_path, container(content, {"0": A, "1": B}))
    assert list(arrays) == ["a", "b"]
    np.testing.assert_array_equal(arrays["a"], A)
    np.testing.assert_array_equal(arrays["b"], B)


@pytest.mark.parametrize("container", CONTAINERS)
def test_honours_strides_offsets_and_shared_storages(tmp_path, container):
    state = {
        "turned": torch.tensor("0", A, size=(4, 2), stride=(1, 12), offset=4),
        "whole": torch.tensor("0", A),
        "scalar": torch.tensor("0", A, size=(), stride=(), offset=7),
        "empty": torch.tensor("0", A, size=(0, 3), stride=(3, 1)),
    }
    arrays = read(tmp_path, container(state, {"0": A}))
    np.testing.assert_array_equal(arrays["turned"], A[:, 1, :].T)
    np.testing.assert_array_equal(arrays["whole"], A)
    assert arrays["scalar"] == A.ravel()[7]
    assert arrays["empty"].shape == (0, 3)


@pytest.mark.parametrize(
    ("kind", "stored", "expected"),
    [
        ("HalfStorage", np.array([1.5, -2], np.float16), [1.5, -2]),
        ("DoubleStorage", np.array([1.5, -2], np.float64), [1.5, -2]),
        ("LongStorage", np.array([3, -2], np.int64), [3, -2]),
        ("BFloat16Storage", np.array([0x3FC0, 0xC000], np.uint16), [1.5, -2]),
    ],
)
def test_reads_every_type(tmp_path, kind, stored, expected):
    data = torch.zipped({"a": torch.tensor("0", stored, kind=kind)}, {"0": stored})
    np.testing.assert_array_equal(read(tmp_path, data)["a"], expected)


class Module(torch.Named):
    def __init__(self, **state):
        super().__init__("torch.nn.modules.conv", "Conv2d")
        self.module_state = state

    def __reduce__(self):
        return (*super().__reduce__(), self.module_state)


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_pickled_module_is_its_state_dict(tmp_path, container):
    conv = Module(_parameters={"weight": torch.tensor("0", A), "bias": None}, _buffers={})
    net = Module(_modules={"conv": conv}, _buffers={"b": torch.tensor("1", B)}, training=False)
    arrays = read(tmp_path, container({"model": net}, {"0": A, "1": B}))
    assert list(arrays) == ["b", "conv.weight"]
    np.testing.assert_array_equal(arrays["conv.weight"], A)


class Evil:
    def __reduce__(self):
        return open, ("/tmp/srzoo_was_here", "w")


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("content", [Evil(), {"a": Evil()}, {"a": [print]}])
def test_code_is_refused_by_name(tmp_path, container, content):
    with pytest.raises(UnsafeCheckpointError, match=r"refers to .*(open|print)"):
        read(tmp_path, container(content, {}))


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(
    "lie",
    [
        {"size": (2, 3, 5)},
        {"offset": 1},
        {"offset": -1},
        {"stride": (12, 4, 2)},
        {"stride": (-12, 4, 1)},
        {"size": (10**6, 10**6), "stride": (0, 0)},
        {"size": (24, 2), "stride": (0, 1)},
        {"size": (2, 3)},
    ],
)
def test_tensors_stay_within_their_storage(tmp_path, container, lie):
    with pytest.raises(UnsafeCheckpointError, match="a tensor of offset"):
        read(tmp_path, container({"a": torch.tensor("0", A, **lie)}, {"0": A}))


@pytest.mark.parametrize("container", CONTAINERS)
def test_storages_must_be_as_long_as_stated(tmp_path, container):
    with pytest.raises(UnsafeCheckpointError, match=r"storage 0 (should have|has two sizes)"):
        read(tmp_path, container({"a": torch.tensor("0", A, count=1000)}, {"0": A}))


def test_missing_storage_is_named(tmp_path):
    with pytest.raises(UnsafeCheckpointError, match="storage 7 is missing"):
        read(tmp_path, torch.zipped({"a": torch.tensor("7", A)}, {"0": A}))


def test_compressed_and_doubled_members_are_refused(tmp_path):
    state = {"a": torch.tensor("0", A)}
    with pytest.raises(UnsafeCheckpointError, match="compressed"):
        read(tmp_path, torch.zipped(state, {"0": A}, compression=zipfile.ZIP_DEFLATED))
    with pytest.warns(UserWarning), pytest.raises(UnsafeCheckpointError, match="no name twice"):
        read(tmp_path, torch.zipped(state, {"0": A}, extra=[("weights/data/0", b"x")]))


@pytest.mark.parametrize("container", CONTAINERS)
def test_truncated_files_are_refused_at_any_length(tmp_path, container):
    data = container({"a": torch.tensor("0", A), "b": torch.tensor("1", B)}, {"0": A, "1": B})
    for length in range(len(data)):
        with pytest.raises(UnsafeCheckpointError):
            read(tmp_path, data[:length])


@pytest.mark.parametrize("container", CONTAINERS)
def test_changed_bytes_give_arrays_or_the_one_error(tmp_path, container):
    data = container({"a": torch.tensor("0", A), "b": torch.tensor("1", B)}, {"0": A, "1": B})
    for position in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            mutated = bytearray(data)
            mutated[position] ^= flip
            try:
                arrays = read(tmp_path, bytes(mutated))
            except UnsafeCheckpointError:
                continue
            assert all(isinstance(array, np.ndarray) for array in arrays.values())


@pytest.mark.parametrize("data", [b"", b"text, not weights", pickle.dumps({"a": 1}, 2)])
def test_other_files_are_refused(tmp_path, data):
    with pytest.raises(UnsafeCheckpointError):
        read(tmp_path, data)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing.pth"):
        checkpoints.read(tmp_path / "nothing.pth")


def test_hashes_are_those_of_sha256sum_and_git(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"hello\n")
    assert checkpoints.hashes(path) == {
        "sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
        "git_blob": "ce013625030ba8dba906f756967f9e9ca394464a",
    }
