"""What an attack raises: functions of a restored image, one figure an image.

PSNR itself would not do: its gradient is infinite where two images are equal.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from srzoo_jax.types import Image

Objective = Callable[[Image], jax.Array]
"""Restored images [B, H, W, C] -> [B], of which more is wanted."""


def away_from(target: Image, weight: jax.Array | float = 1.0) -> Objective:
    """Returns the mean squared distance from `target`.

    The target is HR in the code of Choi et al. (ICCV 2019), the restored clean image in their
    formula. The latter has zero gradient at the clean image: an attack on it needs a start
    elsewhere.

    Args:
        target: [B, H, W, C].
        weight: What each pixel counts, [H, W, 1] or [B, H, W, 1]; those outside a mask, say.
    """
    return lambda sr: _mean_square(sr - target, weight)


def towards(target: Image, weight: jax.Array | float = 1.0) -> Objective:
    """Returns the negative distance from `target`: a targeted attack.

    The target may be any image of that size, or what another model gives.
    """
    return lambda sr: -_mean_square(sr - target, weight)


def _mean_square(difference, weight):
    return jnp.mean(weight * difference**2, axis=(1, 2, 3))
