"""Running a restorer on images of any size: compiled once per size, timed."""

import functools
import statistics
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import image as images
from srzoo_jax.timing import Timing, spread, timed
from srzoo_jax.types import Params, Restorer


class NotFiniteError(ArithmeticError):
    """A model gave NaN or infinity."""


def executor(
    restore: Restorer,
    params: Params,
    *,
    repeats: int = 0,
    device: jax.Device | None = None,
) -> Callable[[np.ndarray], tuple[jax.Array, Timing]]:
    """Returns a function that restores single images.

    It takes uint8 RGB [H, W, 3] and returns the restored image [1, sH, sW, 3], on the device, and
    what that took. It raises `NotFiniteError` if any value is NaN or infinite.

    Args:
        restore: The model.
        params: Its parameters.
        repeats: How many runs are timed, after one of every size that is not; 0: the one run that
            is needed, though the first of a size may take longer than the next.
        device: Where to run; default: JAX's default device.
    """
    device = device or jax.devices()[0]
    params = jax.device_put(params, device)
    place = jax.sharding.SingleDeviceSharding(device)

    def checked(params, image):
        sr = restore(params, image)
        return sr, jnp.isfinite(sr).all()

    @functools.cache
    def compiled(shape):
        spec = jax.ShapeDtypeStruct(shape, jnp.float32, sharding=place)
        function, seconds = timed(lambda: jax.jit(checked).lower(params, spec).compile())
        if repeats:
            blank = jax.device_put(np.zeros(shape, np.float32), device)
            jax.block_until_ready(function(params, blank))
        return function, seconds

    def run(lr):
        image = jax.block_until_ready(jax.device_put(images.from_bytes(lr)[None], device))
        function, compile_seconds = compiled(image.shape)
        seconds = []
        for _ in range(max(repeats, 1)):
            (sr, finite), taken = timed(function, params, image)
            seconds.append(taken)
        if not finite:
            raise NotFiniteError("the model's output is not finite (NaN or infinity)")
        return sr, Timing(statistics.median(seconds), spread(seconds), compile_seconds)

    return run
