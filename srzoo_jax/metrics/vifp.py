"""Visual information fidelity in the pixel domain (Sheikh, Bovik, IEEE TIP 2006)."""

import jax
import jax.numpy as jnp

from srzoo_jax.metrics import maps

_SIZES = (17, 9, 5, 3)
_NOISE = 2.0
"""Variance of what the eye adds, on levels of 255."""
_NONE = 1e-10
MINIMUM_SIDE = 41
"""So that the smallest of the four scales has one whole window."""


def vifp(sr: jax.Array, hr: jax.Array) -> jax.Array:
    """Returns the visual information fidelity of each image; at least 0, higher is better.

    The authors' `vifp_mscale.m`: on levels of 255, four scales by Gaussian windows of 17, 9, 5 and
    3 pixels, where they fit whole. 1 for equal images, above 1 for those of more contrast. The
    authors take grey images. The mean over channels.

    Args:
        sr: Restored images [B, H, W, C] in [0, 1].
        hr: Reference images, like `sr`.

    Returns:
        [B]; NaN where the reference has no information: where it is constant.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
        ValueError: A side is shorter than 41 pixels.
    """
    maps.checked("VIFp", sr, hr, MINIMUM_SIDE)
    centre = hr.mean((1, 2), keepdims=True)  # Variances do not change, float32 errs less.
    sr, hr = 255 * (sr - centre), 255 * (hr - centre)
    kept = total = 0
    for size in _SIZES:
        window = maps.gaussian(size, size / 5)
        if size != _SIZES[0]:
            both = maps.blur(jnp.concatenate([sr, hr]), window)[:, ::2, ::2]
            sr, hr = jnp.split(both, 2)
        seen, there = _information(sr, hr, window)
        kept, total = kept + seen, total + there
    known = total > 0
    return jnp.where(known, kept / jnp.where(known, total, 1), jnp.nan).mean(-1)


def _information(sr, hr, window):
    """What of one scale's information is kept in SR, and what there is of it in HR: [B, C]."""
    local = maps.blur(jnp.concatenate([sr, hr, sr**2, hr**2, sr * hr]), window)
    mean_sr, mean_hr, square_sr, square_hr, product = jnp.split(local, 5)
    var_sr, var_hr = (square_sr - mean_sr**2).clip(0), (square_hr - mean_hr**2).clip(0)
    covariance = product - mean_sr * mean_hr
    flat_sr, flat_hr = var_sr < _NONE, var_hr < _NONE
    gain = covariance / jnp.where(flat_hr, 1, var_hr + _NONE)
    gain = jnp.where(flat_sr | flat_hr | (gain < 0), 0, gain)
    rest = jnp.where(gain > 0, var_sr - gain * covariance, var_sr)
    rest = jnp.where(flat_sr, 0, rest).clip(_NONE)
    var_hr = jnp.where(flat_hr, 0, var_hr)
    seen = jnp.log1p(gain**2 * var_hr / (rest + _NOISE))
    return seen.sum((1, 2)), jnp.log1p(var_hr / _NOISE).sum((1, 2))
