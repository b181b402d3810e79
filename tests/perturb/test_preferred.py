import jax
import jax.numpy as jnp
import pytest

from srzoo_jax.perturb import preferred


@pytest.mark.parametrize("channel", [0, 2])
def test_the_preferred_image_of_a_linear_filter_is_black_and_white(channel):
    kernel = jax.random.normal(jax.random.key(0), (3, 4))
    start = 0.5 + 0.01 * jax.random.normal(jax.random.key(1), (2, 5, 6, 3))
    found = preferred.preferred(lambda params, x: x @ params, kernel, start, channel=channel)
    wanted = jnp.broadcast_to(kernel[:, channel] > 0, start.shape)
    assert jnp.array_equal(found, wanted.astype(found.dtype))
