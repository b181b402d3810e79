"""Structural similarity (Wang, Bovik, Sheikh, Simoncelli, IEEE TIP 2004), in three variants."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp

from srzoo_jax.metrics import maps

K1, K2 = 0.01, 0.03


class Window(NamedTuple):
    """Where local means and variances are taken.

    Attributes:
        weights: Along one side; the window is their outer product, and they add up to 1.
        factor: What variances are multiplied by: 1, or N / (N - 1) for unbiased ones.
    """

    weights: tuple[float, ...]
    factor: float = 1.0


WANG = Window(maps.gaussian(11, 1.5))
UNIFORM = Window((1 / 7,) * 7, factor=49 / 48)


def ssim(sr: jax.Array, hr: jax.Array, peak: float = 1.0, *, window: Window = WANG) -> jax.Array:
    """Returns the mean structural similarity of each image; at most 1, higher is better.

    The definition of the authors' `ssim_index.m`: Gaussian window of 11 x 11, sigma 1.5, only
    where it fits whole, biased variances, K1 = 0.01, K2 = 0.03; the mean over channels.

    Args:
        sr: Restored images [B, H, W, C] in [0, 1].
        hr: Reference images, like `sr`.
        peak: The dynamic range.
        window: Another one.

    Returns:
        [B]; exactly 1 where the images are equal.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
        ValueError: A side is shorter than the window.
    """
    return similarity(sr, hr, peak, window).mean((1, 2, 3))


def similarity(sr: jax.Array, hr: jax.Array, peak: float = 1.0, window: Window = WANG) -> jax.Array:
    """The structural similarity of every whole window; arguments and errors of `ssim`."""
    luminance, structure = components(sr, hr, peak, window)
    return luminance * structure


def ssim_matlab(sr: jax.Array, hr: jax.Array, peak: float = 1.0) -> jax.Array:
    """Returns the SSIM of MATLAB's `ssim` (Image Processing Toolbox) of each image.

    It differs from `ssim` at the border alone: windows are placed on every pixel, and what lies
    outside repeats the edge. Colour images, which MATLAB takes for volumes, are not covered: the
    mean over channels.

    Args and errors are those of `ssim`.
    """
    chex.assert_rank([sr, hr], 4)
    chex.assert_equal_shape([sr, hr])
    reach = len(WANG.weights) // 2
    around = ((0, 0), (reach, reach), (reach, reach), (0, 0))
    return ssim(*(jnp.pad(image, around, mode="edge") for image in (sr, hr)), peak)


def ssim_skimage(sr: jax.Array, hr: jax.Array, peak: float = 1.0) -> jax.Array:
    """Returns the SSIM that scikit-image's `structural_similarity` gives by default.

    Windows of 7 x 7 equal weights, and unbiased variances: about 0.01 above `ssim`.

    Args and errors are those of `ssim`.
    """
    return ssim(sr, hr, peak, window=UNIFORM)


def components(
    sr: jax.Array, hr: jax.Array, peak: float = 1.0, window: Window = WANG
) -> tuple[jax.Array, jax.Array]:
    """Returns the two factors of SSIM, luminance and contrast-structure, of every whole window.

    Args and errors are those of `ssim`; the maps are [B, H - 10, W - 10, C] of Wang's window.
    """
    maps.checked("SSIM", sr, hr, len(window.weights))
    # In terms of the difference: algebraically Wang's formula, but in float32 E[x^2] - mu^2 of
    # the images themselves costs 8e-5, this 6e-7. Variances do not depend on an offset, and are
    # most exact when it is near the values.
    centre = hr.mean((1, 2), keepdims=True)
    diff, sr, hr = sr - hr, sr - centre, hr - centre
    local = maps.blur(jnp.concatenate([diff, hr, diff**2, sr**2, hr**2]), window.weights)
    mean_diff, mean_hr, square_diff, square_sr, square_hr = jnp.split(local, 5)
    mean_sr = mean_hr + mean_diff
    c1, c2 = (K1 * peak) ** 2, (K2 * peak) ** 2 / window.factor
    luminance = 1 - mean_diff**2 / ((mean_sr + centre) ** 2 + (mean_hr + centre) ** 2 + c1)
    var_diff, var_sr = square_diff - mean_diff**2, square_sr - mean_sr**2
    structure = 1 - var_diff / (var_sr + square_hr - mean_hr**2 + c2)
    return luminance, structure
