"""Several devices of one machine at work on a batch, or on one large image."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from srzoo_jax import image as images
from srzoo_jax.models import canvas
from srzoo_jax.models.convolution import shortcuts
from srzoo_jax.troubles import NotFiniteError
from srzoo_jax.types import Image, Params, Restorer

AXES = {"batch": P("device"), "height": P(None, "device")}
"""What may be spread over devices."""


def sharded(
    restore: Restorer, axis: str, devices: Sequence[jax.Device] | None = None
) -> Callable[[Params, Image], Image]:
    """Returns `restore`, compiled so that each device computes its part of every layer.

    XLA exchanges the rows that neighbours need, and sums what is summed over the whole image:
    exact for every model, of global statistics, too, but for the order of those sums. Runs
    without `convolution.shortcuts`, which are of one device.

    Args:
        restore: The model; a function of more arguments, which all devices get, will do.
        axis: "batch", or "height" for images too large for one device. Of the input it must divide
            by the number of devices.
        devices: Default: all of JAX's default kind.

    Raises:
        ValueError: There is no such axis; the returned function, if a size does not divide.
    """
    if axis not in AXES:
        raise ValueError(f"axis must be one of {', '.join(AXES)}; got {axis!r}")
    mesh = Mesh(devices or jax.devices(), ("device",))
    parts, everywhere = NamedSharding(mesh, AXES[axis]), NamedSharding(mesh, P())

    def plain(params, image, *others):
        with shortcuts(False):
            return restore(params, image, *others)

    number = list(AXES).index(axis)
    compiled = jax.jit(plain, out_shardings=parts)

    def run(params, image, *others):
        if image.shape[number] % mesh.size:
            raise ValueError(
                f"the {axis} of {image.shape[number]} does not divide by {mesh.size} devices"
            )
        params, others = jax.device_put((params, others), everywhere)
        return compiled(params, jax.device_put(image, parts), *others)

    return run


def split(
    restore: Restorer, params: Params, devices: Sequence[jax.Device] | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a function that restores one image over all devices, as `sharded` by height does.

    It takes uint8 or uint16 [H, W, 3] of any height, which is filled up on a canvas, and returns
    float32 [sH, sW, 3], unclipped. Models that know no canvas (`models.canvas`) take heights that
    divide by the number of devices.

    Raises:
        ValueError: The returned function, if the height does not divide and has to.
        ArithmeticError: A value is NaN or infinite.
    """
    devices = devices or jax.devices()
    whole, part = (sharded(f, "height", devices) for f in (restore, canvas.laid(restore)))

    def run(pixels):
        height, width = pixels.shape[:2]
        missing = -height % len(devices)
        image = np.pad(images.from_bytes(pixels), ((0, missing), (0, 0), (0, 0)))[None]
        sides = jnp.array((height, width))
        sr = part(params, image, sides) if missing else whole(params, image)
        sr = np.asarray(sr)[0]
        sr = sr[: sr.shape[0] // image.shape[1] * height]
        if not np.isfinite(sr).all():
            raise NotFiniteError
        return sr

    return run
