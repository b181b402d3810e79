"""Running a restorer on images of any size: compiled once per size, timed."""

import functools
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import image as images
from srzoo_jax.types import Params, Restorer


class NotFiniteError(ArithmeticError):
    """A model gave NaN or infinity."""


def executor(restore: Restorer, params: Params) -> Callable[[np.ndarray], tuple[jax.Array, float]]:
    """Returns a function that restores single images.

    It takes uint8 RGB [H, W, 3] and returns the restored image [1, sH, sW, 3], on the device, and
    the seconds that took, without compilation and transfer of the input. It raises
    `NotFiniteError` if any value is NaN or infinite.
    """
    params = jax.device_put(params)

    def checked(params, image):
        sr = restore(params, image)
        return sr, jnp.isfinite(sr).all()

    @functools.cache
    def compiled(shape):
        spec = jax.ShapeDtypeStruct(shape, jnp.float32)
        return jax.jit(checked).lower(params, spec).compile()

    def run(lr):
        image = jax.block_until_ready(jnp.asarray(images.from_bytes(lr)[None]))
        function = compiled(image.shape)
        start = time.perf_counter()
        sr, finite = jax.block_until_ready(function(params, image))
        seconds = time.perf_counter() - start
        if not finite:
            raise NotFiniteError("the model's output is not finite (NaN or infinity)")
        return sr, seconds

    return run
