"""Wrappers: Restorer -> Restorer. They compose, and their order tells."""

import jax
import jax.numpy as jnp

from srzoo_jax import image as images
from srzoo_jax.types import Restorer


def clipped(restore: Restorer) -> Restorer:
    """Clips what `restore` gives to [0, 1]."""
    return lambda params, image: restore(params, image).clip(0, 1)


def quantized(restore: Restorer) -> Restorer:
    """Clips and rounds what `restore` gives to the 256 levels of 8 bit, ties to even."""
    return lambda params, image: images.quantize(restore(params, image))


def self_ensemble(restore: Restorer) -> Restorer:
    """Averages `restore` over the eight symmetries of the square (Timofte et al., CVPR 2016).

    Square images run as one batch under `vmap`; others as two, upright and transposed.
    """

    def ensemble(params, image):
        upright = jnp.stack([jnp.flip(image, axes) for axes in _FLIPS])
        transposed = upright.swapaxes(2, 3)
        over = jax.vmap(restore, in_axes=(None, 0))
        if upright.shape == transposed.shape:
            outs = over(params, jnp.concatenate([upright, transposed]))
            upright, transposed = outs[:4], outs[4:]
        else:
            upright, transposed = over(params, upright), over(params, transposed)
        outs = upright + transposed.swapaxes(2, 3)
        return sum(jnp.flip(out, axes) for out, axes in zip(outs, _FLIPS, strict=True)) / 8

    return ensemble


_FLIPS = ((), (1,), (2,), (1, 2))
