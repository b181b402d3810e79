"""Spectral angle (Yuhas, Goetz, Boardman, JPL Airborne Geoscience Workshop 1992)."""

import jax
import jax.numpy as jnp

from srzoo_jax.metrics import maps


def sam(sr: jax.Array, hr: jax.Array) -> jax.Array:
    """Returns the mean angle between the colours of SR and HR, in degrees; lower is better.

    Brightness does not count. A black pixel has no direction: pixels that are black in either image
    are left out, as in the toolbox of Vivone et al. (IEEE TGRS 2015).

    Args:
        sr: Restored images [B, H, W, C] in [0, 1], of two channels or more.
        hr: Reference images, like `sr`.

    Returns:
        [B]; NaN where every pixel is left out.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
        ValueError: The images have one channel.
    """
    maps.checked("SAM", sr, hr, 1)
    if sr.shape[-1] < 2:
        raise ValueError("SAM needs colours: images of two channels or more")
    lengths = [maps.root((image**2).sum(-1, keepdims=True)) for image in (sr, hr)]
    there = (lengths[0] > 0) & (lengths[1] > 0)
    sr, hr = (
        image / jnp.where(there, length, 1) for image, length in zip((sr, hr), lengths, strict=True)
    )
    # The arc cosine of the product would lose half the digits of small angles.
    apart, together = (maps.root((x**2).sum(-1)) for x in (sr - hr, sr + hr))
    there = there[..., 0]
    angles = 2 * jnp.arctan2(jnp.where(there, apart, 0), jnp.where(there, together, 1))
    return jnp.rad2deg(angles.sum((1, 2)) / there.sum((1, 2)))
