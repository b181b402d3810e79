import jax
import jax.numpy as jnp
import numpy as np
import pytest

import srzoo_jax
from srzoo_jax import golden, official, params, port, zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.porting.rename import PortError
from tests.test_golden import FOLDERS


def small_port(name, folder):
    """Ports the computed checkpoint of a golden folder."""
    tree = port.from_arrays(CATALOGUE[name], golden.arrays(FOLDERS / name))
    params.save(folder / f"{name}.safetensors", tree, {"model": name})


def test_names_say_the_scale():
    for name, row in CATALOGUE.items():
        assert name == row.name
        assert name.endswith(f"_x{row.scale}") or (row.rate is not None and row.scale == 1)


def test_every_row_builds_and_keeps_its_contract():
    for row in CATALOGUE.values():
        image = jax.ShapeDtypeStruct((2, 16, 20, row.channels), jnp.float32)
        tree = jax.eval_shape(row.model.init, jax.random.key(0), image)
        out = jax.eval_shape(row.model.apply, tree, image)
        expected = (2, 16 * row.scale, 20 * row.scale, row.channels)
        assert (out.shape, out.dtype) == (expected, jnp.float32), row.name


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"'imnd_x4'; nearest: imdn_x4"):
        zoo.load("imnd_x4")


def test_load_gives_a_pure_function_and_its_parameters(params_dir):
    small_port("carn_m_x2", params_dir)
    restore, tree = srzoo_jax.load("carn_m_x2")
    images = jax.random.uniform(jax.random.key(0), (2, 9, 12, 3))
    out = jax.jit(restore)(tree, images)
    assert out.shape == (2, 18, 24, 3)
    each = jax.vmap(restore, (None, 0))(tree, images[:, None])[:, 0]
    np.testing.assert_allclose(out, each, atol=1e-6)
    slope = jax.jit(jax.grad(lambda image: restore(tree, image).sum()))(images)
    assert slope.shape == images.shape and jnp.isfinite(slope).all() and (slope != 0).any()


def test_unported_and_foreign_parameters_are_refused(params_dir):
    with pytest.raises(FileNotFoundError, match="no parameters of carn_m_x2"):
        zoo.load("carn_m_x2", params_dir)
    small_port("carn_m_x2", params_dir)
    (params_dir / "carn_m_x2.safetensors").rename(params_dir / "carn_m_x3.safetensors")
    with pytest.raises(ValueError, match="does not hold carn_m_x3"):
        zoo.load("carn_m_x3", params_dir)


def test_a_file_of_another_scale_is_recognised():
    with pytest.raises(PortError, match=r"likely cause: these are the arrays of imdn_x3"):
        port.from_arrays(CATALOGUE["imdn_x2"], golden.arrays(FOLDERS / "imdn_x3"))


def test_a_file_of_another_family_is_recognised():
    with pytest.raises(PortError, match=r"likely cause: these are the arrays of carn_m_x2, "):
        port.from_arrays(CATALOGUE["imdn_x2"], golden.arrays(FOLDERS / "carn_m_x2"))


def test_a_prefix_is_recognised():
    arrays = {f"net.g.{k}": v for k, v in golden.arrays(FOLDERS / "imdn_x2").items()}
    with pytest.raises(PortError, match=r"likely cause: every name has the prefix 'net.g.'"):
        port.from_arrays(CATALOGUE["imdn_x2"], arrays)


def test_a_file_of_another_hash_is_refused_unless_wanted(tmp_path):
    path = tmp_path / "carn_m.pth"
    path.write_bytes(b"other")
    with pytest.raises(ValueError, match=r"not the official carn_m.pth: expected sha256 d48a"):
        port.port(CATALOGUE["carn_m_x2"], path)
    with pytest.raises(ValueError, match="no PyTorch checkpoint"):
        port.port(CATALOGUE["carn_m_x2"], path, unofficial=True)


def test_ports_say_where_they_come_from(checkpoints):
    row = CATALOGUE["carn_m_x3"]
    _, provenance = port.port(row, checkpoints / row.file)
    assert provenance["file_sha256"] == row.sha256
    assert provenance["file_verified"] == "sha256, whole"
    assert provenance["source"] == "nmhkahn/CARN-pytorch"


def test_without_network_the_message_says_what_to_do(monkeypatch, tmp_path):
    import pooch
    import requests

    def fail(*args, **kwargs):
        raise requests.ConnectionError

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", fail)
    with pytest.raises(
        FileNotFoundError,
        match=r"cannot download https.*carn_m.pth: no connection to raw.*checkpoints_dir",
    ):
        official.locate(CATALOGUE["carn_m_x2"], None)
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path)
    with pytest.raises(FileNotFoundError, match=r"carn_m.pth is not in the cache"):
        official.locate(CATALOGUE["carn_m_x2"], None, offline=True)


def test_public_names():
    for name in srzoo_jax.__all__:
        assert getattr(srzoo_jax, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        srzoo_jax.nonsense  # noqa: B018


def test_sizes_are_those_of_the_official_files(checkpoints):
    here = [
        row for row in zoo.CATALOGUE.values() if row.file and (checkpoints / row.file).is_file()
    ]
    assert here
    for row in here:
        assert (checkpoints / row.file).stat().st_size == row.size
