import numpy as np
import pytest

from srzoo_jax import params

TREE = {"a": {"kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4)}, "b": np.ones(3, "f4")}


def test_round_trip_keeps_values_and_provenance(tmp_path):
    # Transposed arrays are what ports make, and what the safetensors package scrambles.
    tree = {"a": {"kernel": TREE["a"]["kernel"].transpose(2, 0, 1)}, "b": TREE["b"]}
    params.save(tmp_path / "new" / "m.safetensors", tree, {"model": "m"})
    found, header = params.load(tmp_path / "new" / "m.safetensors")
    np.testing.assert_array_equal(found["a"]["kernel"], tree["a"]["kernel"])
    np.testing.assert_array_equal(found["b"], tree["b"])
    assert header["model"] == "m" and len(header["sha256"]) == 64
    assert params.header(tmp_path / "new" / "m.safetensors") == header


def test_any_changed_byte_is_noticed(tmp_path):
    path = tmp_path / "m.safetensors"
    params.save(path, TREE, {"model": "m"})
    content = path.read_bytes()
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        path.write_bytes(changed)
        with pytest.raises(ValueError, match=r"m.safetensors"):
            params.load(path)


@pytest.mark.parametrize("length", [0, 7, 100, -1])
def test_truncated_files_are_refused(tmp_path, length):
    path = tmp_path / "m.safetensors"
    params.save(path, TREE, {})
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match="no intact safetensors file"):
        params.load(path)


def test_search_path_starts_with_the_users_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("SRZOO_PARAMS", f"{tmp_path}/one:{tmp_path}/two")
    params.save(tmp_path / "two" / "m.safetensors", TREE, {})
    assert params.search_path()[:2] == [tmp_path / "one", tmp_path / "two"]
    assert params.writable_dir() == tmp_path / "one"
    assert params.find("m") == tmp_path / "two" / "m.safetensors"
    params.save(tmp_path / "one" / "m.safetensors", TREE, {})
    assert params.find("m") == tmp_path / "one" / "m.safetensors"


def test_missing_parameters_say_how_to_get_them(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"looked in .*experiments.port --models=carn_x2"):
        params.find("carn_x2", tmp_path)
