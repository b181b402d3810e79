"""Peak signal-to-noise ratio."""

import chex
import jax
import jax.numpy as jnp


def psnr(sr: jax.Array, hr: jax.Array) -> jax.Array:
    """Returns the peak signal-to-noise ratio of each image, in dB; higher is better.

    Channels and borders count as given: a protocol picks luma and shaves before.

    Args:
        sr: Restored images [B, H, W, C] in [0, 1].
        hr: Reference images, like `sr`.

    Returns:
        [B]; inf where the images are equal.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
    """
    chex.assert_rank([sr, hr], 4)
    chex.assert_equal_shape([sr, hr])
    return -10 * jnp.log10(jnp.mean((sr - hr) ** 2, axis=(1, 2, 3)))
