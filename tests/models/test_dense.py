import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax.models import canvas, dense
from srzoo_jax.models.convolution import precision, shortcuts
from srzoo_jax.models.layers import Conv


class Block(nn.Module):
    @nn.compact
    def __call__(self, x):
        layers = [Conv(features, name=f"conv{features}") for features in (32, 40)]
        return jnp.concatenate(dense.dense(self, x, layers, [jnp.tanh, jnp.sin]), -1)


IMAGE = np.random.default_rng(0).standard_normal((2, 33, 34, 32)).astype(np.float32)
BLOCK = Block()
PARAMS = BLOCK.init(jax.random.key(0), IMAGE)


def test_maps_transformed_once_give_the_same_to_the_last_bit(monkeypatch):
    shared = jax.jit(BLOCK.apply)(PARAMS, IMAGE)
    monkeypatch.setattr(dense, "_LARGEST", 0)
    apart = jax.jit(lambda *args: BLOCK.apply(*args))(PARAMS, IMAGE)
    assert (shared == apart).all()


def test_it_is_the_layers_and_so_are_its_derivatives():
    def loss(params, image):
        return (BLOCK.apply(params, image) ** 2).mean()

    with shortcuts(False):
        expected = jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))(PARAMS, IMAGE)
    found = jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))(PARAMS, IMAGE)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        # Winograd's rounding, of sums of some hundred products.
        np.testing.assert_allclose(a, b, atol=1e-5 * np.abs(b).max())
    tangent = jax.jvp(lambda image: loss(PARAMS, image), (IMAGE,), (IMAGE,))[1]
    np.testing.assert_allclose(tangent, (expected[1][1] * IMAGE).sum(), rtol=1e-4)


@pytest.mark.parametrize(("kind", "tolerance"), [("float32", 1e-5), ("bfloat16", 0.02)])
def test_convolved_at_once_as_on_gpus_it_is_the_same(kind, tolerance):
    params = [PARAMS["params"][f"conv{features}"] for features in (32, 40)]
    kernels, biases = ([one[name] for one in params] for name in ("kernel", "bias"))
    sides = jnp.array((30, 31))
    arguments = (jnp.tanh, jnp.sin), jnp.asarray(IMAGE), kernels, biases, sides
    expected = dense._apart(*arguments)
    with precision(kind):
        found = dense._summed(*arguments)
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == jnp.float32
        # Winograd's rounding, or that of bfloat16, of two layers; in single places.
        np.testing.assert_allclose(a[:, :30, :31], b[:, :30, :31], atol=tolerance)


def test_on_a_canvas_and_in_a_batch_it_is_that_of_each_image():
    alone = jax.jit(BLOCK.apply)(PARAMS, IMAGE[:1])
    assert (jax.jit(BLOCK.apply)(PARAMS, IMAGE)[:1] == alone).all()
    whole = np.pad(IMAGE[:1], ((0, 0), (0, 3), (0, 6), (0, 0)), constant_values=9)
    found = jax.jit(canvas.laid(BLOCK.apply))(PARAMS, whole, jnp.array((33, 34)))
    assert (found[:, :33, :34] == alone).all()


@pytest.mark.parametrize("kind", [jnp.bfloat16, jnp.float16])
def test_it_computes_in_the_type_of_its_input_as_layers_do(kind):
    image = jnp.asarray(IMAGE, kind)
    with shortcuts(False):
        expected = jax.jit(BLOCK.apply)(PARAMS, image)
    found = jax.jit(BLOCK.apply)(PARAMS, image)
    assert found.dtype == expected.dtype == kind
    assert (found == expected).all()
