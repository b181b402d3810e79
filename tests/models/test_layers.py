import chex
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from srzoo_jax.models import layers, pixels


def test_pixel_shuffle_orders_channels_as_pytorch():
    x = np.random.default_rng(0).random((2, 3, 5, 2 * 9)).astype(np.float32)
    out = np.asarray(pixels.pixel_shuffle(x, 3))
    assert out.shape == (2, 9, 15, 2)
    for row, column, channel in np.ndindex(9, 15, 2):
        source = channel * 9 + row % 3 * 3 + column % 3
        np.testing.assert_array_equal(
            out[:, row, column, channel], x[:, row // 3, column // 3, source]
        )


class Step(nn.Module):
    @nn.compact
    def __call__(self, x):
        return jnp.tanh(layers.Conv(3)(x))


class Deep(nn.Module):
    @nn.compact
    def __call__(self, x):
        return layers.repeat(Step(name="steps"), 4)(x)


def test_repeat_is_the_loop_over_its_stack():
    x = jax.random.normal(jax.random.key(0), (1, 5, 6, 3))
    params = Deep().init(jax.random.key(1), x)
    stack = params["params"]["steps"]
    expected = x
    for i in range(4):
        one = jax.tree.map(lambda leaf, i=i: leaf[i], stack)
        expected = Step().apply({"params": one}, expected)
    chex.assert_trees_all_close(Deep().apply(params, x), expected, atol=1e-6)
    kernel = stack["Conv_0"]["kernel"]
    assert kernel.shape[0] == 4 and not jnp.allclose(kernel[0], kernel[1])


@pytest.mark.parametrize(("stride", "groups"), [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_conv_pads_and_groups_as_pytorch(stride, groups):
    x = jax.random.normal(jax.random.key(0), (2, 8, 7, 4))
    conv = layers.Conv(6, 3, stride, groups)
    params = conv.init(jax.random.key(1), x)
    expected = lax.conv_general_dilated(
        x,
        params["params"]["kernel"],
        (stride, stride),
        [(1, 1), (1, 1)],
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups,
    )
    chex.assert_trees_all_close(conv.apply(params, x), expected, atol=1e-5)


def test_steps():
    assert [layers.steps(scale) for scale in (1, 2, 3, 4, 8)] == [(), (2,), (3,), (2, 2), (2,) * 3]
    with pytest.raises(ValueError, match="3 or a power of two, got 6"):
        layers.steps(6)
