"""Peak signal-to-noise ratio."""

import jax

from srzoo_jax.metrics import maps


def psnr(sr: jax.Array, hr: jax.Array, peak: float = 1.0) -> jax.Array:
    """Returns the peak signal-to-noise ratio of each image, in dB; higher is better.

    10 log10(peak^2 / mean squared error). Channels and borders count as given: a protocol picks
    luma and shaves before.

    Args:
        sr: Restored images [B, H, W, C] in [0, 1].
        hr: Reference images, like `sr`.
        peak: The dynamic range.

    Returns:
        [B]; inf where the images are equal, where the slope is infinite, too, and the gradient
        given is zero.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
    """
    return maps.decibel(squared_error(sr, hr, peak).mean((1, 2, 3)))


def squared_error(sr: jax.Array, hr: jax.Array, peak: float = 1.0) -> jax.Array:
    """The squared error of every value, relative to the peak; arguments and errors of `psnr`."""
    maps.checked("PSNR", sr, hr, 1)
    return (sr - hr) ** 2 / peak**2
