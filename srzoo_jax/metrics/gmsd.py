"""Gradient magnitude similarity deviation (Xue, Zhang, Mou, Bovik, IEEE TIP 2014)."""

import jax
import jax.numpy as jnp

from srzoo_jax.metrics import maps

_PREWITT = (1 / 3, 1 / 3, 1 / 3)
_T = 170


def gmsd(sr: jax.Array, hr: jax.Array) -> jax.Array:
    """Returns the deviation of gradient similarity of each image; at least 0, lower is better.

    The authors' `GMSD.m`: on levels of 255, halved by means of 2 x 2 pixels, Prewitt's gradients
    with zeros beyond the border, T = 170, the standard deviation (of N - 1) of the similarities.
    The authors take MATLAB's `rgb2gray`, to which `bt601_full_luma` comes next. The mean over
    channels.

    Args:
        sr: Restored images [B, H, W, C] in [0, 1].
        hr: Reference images, like `sr`.

    Returns:
        [B]; 0 where the images are equal.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
        ValueError: A side is shorter than 6 pixels: after halving the operator would not fit.
    """
    maps.checked("GMSD", sr, hr, 6)
    sr, hr = (maps.gradient_magnitude(maps.reduced(255 * image, 2), _PREWITT) for image in (sr, hr))
    similar = maps.similarity(sr, hr, _T)
    return maps.root(jnp.var(similar, (1, 2), ddof=1)).mean(-1)
