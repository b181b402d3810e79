"""Multi-scale structural similarity (Wang, Simoncelli, Bovik, Asilomar 2003)."""

import jax
import jax.numpy as jnp

from srzoo_jax.metrics.ssim import WANG, components

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
MINIMUM_SIDE = len(WANG.weights) * 2 ** (len(_WEIGHTS) - 1)


def ms_ssim(sr: jax.Array, hr: jax.Array, peak: float = 1.0) -> jax.Array:
    """Returns the multi-scale structural similarity of each image; at most 1, higher is better.

    The authors' `msssim.m`: contrast-structure at five scales, luminance at the coarsest, weighted
    geometrically; each coarser scale is the mean of 2 x 2 pixels, odd sides mirrored by one pixel.
    The mean over channels. Negative structure, which has no real power, counts as zero.

    Args:
        sr: Restored images [B, H, W, C] in [0, 1].
        hr: Reference images, like `sr`.
        peak: The dynamic range.

    Returns:
        [B]; exactly 1 where the images are equal.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
        ValueError: A side is shorter than 176 pixels.
    """
    if min(sr.shape[1:3]) < MINIMUM_SIDE:
        raise ValueError(
            f"MS-SSIM needs sides of at least {MINIMUM_SIDE} pixels, got"
            f" {sr.shape[1]} x {sr.shape[2]}"
        )
    product = 1.0
    for weight in _WEIGHTS[:-1]:
        _, structure = components(sr, hr, peak)
        product = product * _power(structure.mean((1, 2)), weight)
        sr, hr = _halved(sr), _halved(hr)
    luminance, structure = components(sr, hr, peak)
    product = product * _power((luminance * structure).mean((1, 2)), _WEIGHTS[-1])
    return product.mean(-1)


def _power(base, exponent):
    """Of a positive base; zero else, with zero gradient instead of NaN."""
    positive = base > 0
    return jnp.where(positive, jnp.where(positive, base, 1) ** exponent, 0)


def _halved(x):
    height, width = x.shape[1:3]
    x = jnp.pad(x, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="symmetric")
    return (x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]) / 4
