"""Products and sums against plain ones, in every mode of differentiation."""

import chex
import jax
import jax.numpy as jnp
import pytest

from srzoo_jax.models.product import product, spread, sums

LEFT = jax.random.normal(jax.random.key(0), (2, 3, 7, 5))
# So many columns that the cotangent is larger than the left factor, and so few that it is not.
RIGHTS = [jax.random.normal(jax.random.key(1), (2, 3, 5, columns)) for columns in (9, 2)]


def plain(left, right):
    return jnp.matmul(left, right, precision="highest")


def both(mode, *args):
    """Applies `mode` to our product and to JAX's; both ways must agree."""
    ours, reference = (jax.jit(mode(function))(*args) for function in (product, plain))
    chex.assert_trees_all_close(ours, reference, rtol=1e-5, atol=1e-4)


def loss(function):
    return lambda *args: (jnp.sin(function(*args)) ** 2).sum()


@pytest.mark.parametrize("right", RIGHTS)
def test_value_and_derivatives(right):
    args = LEFT, right
    tangents = tuple(jnp.cos(x) for x in args)
    both(lambda f: f, *args)
    both(lambda f: lambda *xs: jax.jvp(f, xs, tangents), *args)
    both(lambda f: jax.grad(loss(f), (0, 1)), *args)
    both(lambda f: lambda *xs: jax.jvp(jax.grad(loss(f), (0, 1)), xs, tangents), *args)


@pytest.mark.parametrize("right", RIGHTS)
def test_reverse_over_reverse(right):
    def mode(function):
        def slope(*args):
            return sum((g**2).sum() for g in jax.grad(loss(function), (0, 1))(*args))

        return jax.grad(slope, (0, 1))

    both(mode, LEFT, right)


@pytest.mark.parametrize("axes", [(0, None), (None, 2), (1, 4)])
def test_vmap(axes):
    stacks = [
        x if axis is None else jnp.stack([x, 2 * x, 3 * x], axis)
        for x, axis in zip((LEFT, RIGHTS[0]), axes, strict=True)
    ]
    both(lambda f: jax.vmap(f, axes), *stacks)
    both(lambda f: jax.vmap(jax.grad(loss(f), (0, 1)), axes), *stacks)


def test_derivatives_copy_nothing_large():
    """XLA's CPU backend copies transposed operands before it multiplies."""
    left, right = jnp.ones((64, 64)), jnp.ones((64, 4))
    text = jax.jit(jax.grad(loss(product), (0, 1))).lower(left, right).as_text()
    moved = [line for line in text.splitlines() if "stablehlo.transpose" in line]
    assert moved and not any("tensor<64x64xf32>" in line for line in moved)


def test_sums_over_runs_of_channels_and_back():
    x = jax.random.normal(jax.random.key(0), (2, 5, 12))
    chex.assert_trees_all_close(sums(x, 3), x.reshape(2, 5, 3, 4).sum(-1), atol=1e-5)
    chex.assert_trees_all_equal(spread(x, 24), x.repeat(2, axis=-1))
    (back,) = jax.linear_transpose(lambda y: spread(y, 12), x[..., :3])(x)
    chex.assert_trees_all_close(back, sums(x, 3), atol=1e-5)


def test_stays_in_float64():
    with jax.enable_x64(True):
        left, right = (jnp.asarray(x, jnp.float64) for x in (LEFT, RIGHTS[0]))
        chex.assert_trees_all_close(product(left, right), left @ right, rtol=1e-13)
        assert sums(left, 1).dtype == spread(left, 10).dtype == jnp.float64
