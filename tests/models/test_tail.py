"""One step against step by step."""

import chex
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import traverse_util

from srzoo_jax import zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.models import canvas, folding, tail
from srzoo_jax.models.convolution import shortcuts
from srzoo_jax.models.layers import Conv, Upsampler


class Tail(nn.Module):
    scale: int

    @nn.compact
    def __call__(self, x):
        return tail.enlarge(x, Upsampler(self.scale, name="up"), Conv(3, name="tail"))


def setting(scale, height=17, width=20):
    x = jax.random.normal(jax.random.key(0), (2, height, width, 8))
    params = Tail(scale).init(jax.random.key(1), x)
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(2), len(leaves))
    # Also biases, which start as zeros.
    leaves = [x + 0.1 * jax.random.normal(k, x.shape) for x, k in zip(leaves, keys, strict=True)]
    return tree.unflatten(leaves), x


def both(function, *args):
    one_step = jax.jit(function)(*args)
    with shortcuts(False):
        return one_step, jax.jit(function)(*args)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_is_the_tail(scale):
    ours, plain = both(Tail(scale).apply, *setting(scale))
    assert ours.shape == (2, 17 * scale, 20 * scale, 3)
    # Up to four convolutions of float32, whose values are of the order of 1.
    chex.assert_trees_all_close(ours, plain, rtol=0, atol=1e-5)
    assert (ours != plain).any(), "both were computed alike"


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_folded_is_the_tail(scale):
    variables, x = setting(scale)
    params = variables["params"]
    folded = {"params": folding.fold(params, scale)}
    ours, plain = jax.jit(Tail(scale).apply)(folded, x), both(Tail(scale).apply, variables, x)[1]
    chex.assert_trees_all_close(ours, plain, rtol=0, atol=1e-5)  # As above.
    assert (ours != plain).any(), "both were computed alike"
    with shortcuts(False):
        chex.assert_trees_all_equal(jax.jit(Tail(scale).apply)(folded, x), plain)


def test_folded_on_a_canvas():
    variables, x = setting(4)
    folded = {"params": folding.fold(variables["params"], 4)}
    around = jnp.pad(x, ((0, 0), (0, 7), (0, 4), (0, 0)), constant_values=9)
    on_canvas = canvas.laid(lambda params, x: Tail(4).apply(params, x))
    found = jax.jit(on_canvas)(folded, around, jnp.array((17, 20), jnp.int32))
    expected = jax.jit(Tail(4).apply)(folded, x)
    chex.assert_trees_all_equal(found[:, : 17 * 4, : 20 * 4], expected)


def test_every_model_with_such_a_tail_folds_it():
    folding_ones = [row for row in CATALOGUE.values() if hasattr(row.model, "fold")]
    assert {type(row.model).__name__ for row in folding_ones} == {"EDSR", "RCAN", "MSRN", "SwinIR"}
    for row in folding_ones:
        shapes = zoo.shapes(row)
        tree = traverse_util.unflatten_dict(
            {path: np.zeros(shape, np.float32) for path, shape in shapes.items()}, sep="/"
        )
        assert ("folded" in zoo.fold(row, tree).get("up", {})) == ("up/conv0/kernel" in shapes)


def test_images_of_float64_are_computed_so():
    params, x = setting(4)
    with jax.enable_x64(True):
        ours, plain = both(Tail(4).apply, params, x.astype(jnp.float64))
    assert ours.dtype == jnp.float64
    # Of float64; composed in float32, it were 1e-7 and more.
    chex.assert_trees_all_close(ours, plain, rtol=0, atol=1e-13)
    with jax.enable_x64(True):
        folded = {"params": folding.fold(params["params"], 4)}
        ours = jax.jit(Tail(4).apply)(folded, x.astype(jnp.float64))
        around = jnp.pad(x.astype(jnp.float64), ((0, 0), (0, 7), (0, 4), (0, 0)))
        on_canvas = jax.jit(canvas.laid(lambda params, x: Tail(4).apply(params, x)))
        laid = [on_canvas(tree, around, jnp.array((17, 20))) for tree in (params, folded)]
    assert ours.dtype == jnp.float64
    chex.assert_trees_all_close(ours, plain, rtol=0, atol=1e-13)
    for found in laid:
        chex.assert_trees_all_close(found[:, : 17 * 4, : 20 * 4], plain, rtol=0, atol=1e-13)


def test_derivatives():
    def loss(params, x):
        return (Tail(4).apply(params, x) ** 2).mean()

    ours, plain = both(jax.grad(loss, (0, 1)), *setting(4))
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(plain), strict=True):
        assert jnp.abs(a - b).max() < 1e-5 * jnp.abs(b).max()


def test_parts_are_equal_bit_for_bit_inside():
    params, x = setting(2, 40, 48)
    part = Tail(2).apply(params, x[:, 4:28, 8:40])
    whole = Tail(2).apply(params, x)
    assert (part[:, 4:-4, 4:-4] == whole[:, 8:56, 16:80][:, 4:-4, 4:-4]).all()


def test_small_images_and_intermediates_go_step_by_step():
    params, x = setting(2)
    ours, plain = both(Tail(2).apply, params, x[:, :5, :5])
    chex.assert_trees_all_equal(ours, plain)
    _, state = Tail(2).apply(params, x, capture_intermediates=True)
    (found,) = state["intermediates"]["up"]["conv0"]["__call__"]
    assert found.shape == (2, 17, 20, 32)
