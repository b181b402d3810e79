"""Defences: wrappers that restore something else than what was attacked.

A defence that only hides the gradient looks strong until it is attacked itself (Athalye et al.,
ICML 2018). The wrappers here are differentiable, so that `attack(resized(restore), ...)` already
goes through the defence; of random ones, it climbs the expected objective if it is given a key.
Self-ensemble, the other defence of Choi et al. (ICCV 2019), is `restorers.self_ensemble`.
"""

from collections.abc import Sequence

import jax

from srzoo_jax.perturb.attacks import RandomRestorer
from srzoo_jax.resize import imresize
from srzoo_jax.types import Restorer


def resized(restore: Restorer, by: int = -1) -> Restorer:
    """Resizes the image bicubically, each side by `by` pixels, and back; then restores it."""

    def defended(params, image):
        height, width = image.shape[1:3]
        other = imresize(image, (height + by, width + by))
        return restore(params, imresize(other, (height, width)))

    return defended


def randomly_resized(
    restore: Restorer, by: Sequence[int] = (-3, -2, -1, 1, 2, 3)
) -> RandomRestorer:
    """Like `resized`, by a number of pixels drawn at every call (after Xie et al., ICLR 2018)."""
    branches = [resized(restore, pixels) for pixels in by]

    def defended(params, image, key):
        return jax.lax.switch(jax.random.randint(key, (), 0, len(by)), branches, params, image)

    return defended
