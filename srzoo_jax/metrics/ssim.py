"""Structural similarity (Wang, Bovik, Sheikh, Simoncelli, IEEE TIP 2004)."""

import chex
import jax
import jax.numpy as jnp
import numpy as np

WINDOW = 11
_SIGMA = 1.5
_C1, _C2 = 0.01**2, 0.03**2


def ssim(sr: jax.Array, hr: jax.Array) -> jax.Array:
    """Returns the mean structural similarity of each image; at most 1, higher is better.

    The definition of the authors' `ssim_index.m`: Gaussian window of 11 x 11, sigma 1.5, only
    where it fits whole, biased variances, K1 = 0.01, K2 = 0.03; the mean over channels.

    Args:
        sr: Restored images [B, H, W, C] in [0, 1].
        hr: Reference images, like `sr`.

    Returns:
        [B]; exactly 1 where the images are equal.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
        ValueError: A side is shorter than the window.
    """
    luminance, structure = components(sr, hr)
    return (luminance * structure).mean((1, 2, 3))


def ssim_matlab(sr: jax.Array, hr: jax.Array) -> jax.Array:
    """Returns the SSIM of MATLAB's `ssim` (Image Processing Toolbox) of each image.

    It differs from `ssim` at the border alone: windows are placed on every pixel, and what lies
    outside repeats the edge. Colour images, which MATLAB takes for volumes, are not covered: the
    mean over channels.

    Args and errors are those of `ssim`.
    """
    chex.assert_rank([sr, hr], 4)
    chex.assert_equal_shape([sr, hr])
    reach = WINDOW // 2
    around = ((0, 0), (reach, reach), (reach, reach), (0, 0))
    return ssim(*(jnp.pad(image, around, mode="edge") for image in (sr, hr)))


def components(sr: jax.Array, hr: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Returns the two factors of SSIM, luminance and contrast-structure, of every window.

    Args and errors are those of `ssim`; the maps are [B, H - 10, W - 10, C].
    """
    chex.assert_rank([sr, hr], 4)
    chex.assert_equal_shape([sr, hr])
    if min(sr.shape[1:3]) < WINDOW:
        raise ValueError(
            f"SSIM needs sides of at least {WINDOW} pixels, got {sr.shape[1]} x {sr.shape[2]}"
        )
    # In terms of the difference: algebraically Wang's formula, but in float32 E[x^2] - mu^2 of
    # the images themselves costs 8e-5, this 6e-7. Variances do not depend on an offset, and are
    # most exact when it is near the values.
    centre = hr.mean((1, 2), keepdims=True)
    diff, sr, hr = sr - hr, sr - centre, hr - centre
    maps = _blur(jnp.concatenate([diff, hr, diff**2, sr**2, hr**2]))
    mean_diff, mean_hr, square_diff, square_sr, square_hr = jnp.split(maps, 5)
    mean_sr = mean_hr + mean_diff
    luminance = 1 - mean_diff**2 / ((mean_sr + centre) ** 2 + (mean_hr + centre) ** 2 + _C1)
    var_diff, var_sr = square_diff - mean_diff**2, square_sr - mean_sr**2
    structure = 1 - var_diff / (var_sr + square_hr - mean_hr**2 + _C2)
    return luminance, structure


def _blur(x):
    """Gaussian weighted means of all whole windows, rows then columns.

    Shifted sums: on CPU many times faster than a convolution, and never TF32.
    """
    offsets = np.arange(WINDOW) - WINDOW // 2
    weights = np.exp(-(offsets**2) / (2 * _SIGMA**2))
    weights = (weights / weights.sum()).astype(x.dtype)
    height, width = (side - WINDOW + 1 for side in x.shape[1:3])
    x = sum(weight * x[:, i : i + height] for i, weight in enumerate(weights))
    return sum(weight * x[:, :, i : i + width] for i, weight in enumerate(weights))
