"""PSNR with a penalty for blocks (Yim, Bovik, IEEE TIP 2011)."""

import math

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax.metrics import maps

_BLOCK = 8


def psnr_b(sr: jax.Array, hr: jax.Array, peak: float = 1.0) -> jax.Array:
    """Returns PSNR-B of each image, in dB; higher is better.

    To the mean squared error is added by how much neighbours differ more across the borders of
    JPEG's 8 x 8 blocks than elsewhere in the restored image (squared, the mean of all pairs), times
    log2(8) / log2(shorter side); nothing if they don't. Blocks are counted from the top left, so
    images are not to be shaved. Where sides are no multiples of 8, which the paper does not treat,
    the mean is over the pairs that are there. The mean over channels.

    Args:
        sr: Restored images [B, H, W, C] in [0, 1].
        hr: Reference images, like `sr`.
        peak: The dynamic range.

    Returns:
        [B]; inf where the images are equal and show no blocks.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
        ValueError: A side is shorter than two blocks.
    """
    maps.checked("PSNR-B", sr, hr, 2 * _BLOCK)
    across, count_across, within, count_within = 0, 0, 0, 0
    for axis in (1, 2):
        steps = jnp.moveaxis(jnp.diff(sr, axis=axis) ** 2, axis, 1)
        border = np.arange(1, steps.shape[1] + 1) % _BLOCK == 0
        across += steps[:, border].sum((1, 2))
        within += steps[:, ~border].sum((1, 2))
        count_across += border.sum() * steps.shape[2]
        count_within += (~border).sum() * steps.shape[2]
    excess = across / count_across - within / count_within
    factor = math.log(_BLOCK) / math.log(min(sr.shape[1:3]))
    error = jnp.mean((sr - hr) ** 2, axis=(1, 2)) + factor * excess.clip(0)
    return maps.decibel(error / peak**2).mean(-1)
