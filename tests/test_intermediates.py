import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import golden, intermediates, port, zoo
from srzoo_jax.catalogue import CATALOGUE
from tests.test_golden import FOLDERS

# Where the authors took the two features of their goldens, by our paths. (Before activations.)
TAKEN = {
    "edsr_baseline_x4": {"head": "head"},
    "rcan_x4": {"head": "head"},
    "carn_m_x4": {"head": "head"},
    "imdn_x4": {"head": "head"},
}


@pytest.mark.parametrize("name", TAKEN)
def test_features_are_the_authors(name):
    row = CATALOGUE[name]
    params = port.from_arrays(row, golden.arrays(FOLDERS / name))
    with np.load(FOLDERS / name / "golden.npz") as file:
        arrays = dict(file)
    image = jnp.asarray(arrays["input"] / 255)[None]
    for feature, path in TAKEN[name].items():
        found = jax.jit(intermediates.features(name, path))(params, image)[path][0]
        expected = arrays[feature]
        error = np.abs(found[..., arrays[f"{feature}_channels"]] - expected).max()
        assert error < 1e-5 * expected.std()


@pytest.fixture
def rcan():
    row = CATALOGUE["rcan_x2"]
    rng = np.random.default_rng(0)
    draw = lambda shape: rng.standard_normal(shape).astype("f4") / 30  # noqa: E731
    flat = {path: draw(shape) for path, shape in zoo.shapes(row).items()}
    from flax import traverse_util

    return traverse_util.unflatten_dict(flat, sep="/")


def test_one_block_of_nested_stacks_can_be_asked_for(rcan):
    image = jax.random.uniform(jax.random.key(0), (1, 8, 9, 3))
    path = next(path for path, s in intermediates.shapes("rcan_x2").items() if len(s) == 6)
    whole = jax.jit(intermediates.features("rcan_x2", path))(rcan, image)[path]
    assert whole.shape[:2] == (10, 20)
    one = jax.jit(intermediates.features("rcan_x2", f"{path}[3,7]"))(rcan, image)[f"{path}[3,7]"]
    np.testing.assert_allclose(one, whole[3, 7], atol=1e-6)


def test_features_have_gradients(rcan):
    image = jax.random.uniform(jax.random.key(0), (1, 8, 9, 3))
    inside = intermediates.features("rcan_x2", "body")
    slope = jax.jit(jax.grad(lambda image: inside(rcan, image)["body"].sum()))(image)
    assert jnp.isfinite(slope).all() and (slope != 0).any()


def test_wrong_paths_are_answered_with_the_nearest():
    image = jnp.zeros((1, 8, 8, 3))
    row = CATALOGUE["carn_m_x2"]
    params = jax.eval_shape(row.model.init, jax.random.key(0), image)["params"]
    for path, message in {
        "haed": "carn_m_x2 has no module 'haed'; nearest: head",
        "head[0]": r"head of carn_m_x2 is a stack of shape \(\)",
        "block1/unit[3]": r"block1/unit of carn_m_x2 is a stack of shape \(3,\)",
    }.items():
        with pytest.raises(ValueError, match=message):
            jax.eval_shape(intermediates.features("carn_m_x2", path), params, image)


@pytest.mark.parametrize("row", CATALOGUE.values(), ids=lambda row: row.name)
def test_every_row_has_features_and_gradients(row):
    """Traced, not run: shapes and types of all derivatives come out right."""
    image = jax.ShapeDtypeStruct((1, 16, 24, row.channels), jnp.float32)
    params = jax.eval_shape(row.model.init, jax.random.key(0), image).get("params", {})

    def loss(params, image):
        return (row.model.apply({"params": params}, image) ** 2).mean()

    slopes = jax.eval_shape(jax.grad(loss, (0, 1)), params, image)
    assert jax.tree.map(jnp.shape, slopes) == jax.tree.map(jnp.shape, (params, image))
    if params:
        found = intermediates.shapes(row.name, 16, 24)
        modules = {path.rpartition("/")[0] for path in zoo.shapes(row)}
        assert len(found) > 3
        assert set(found) & modules
