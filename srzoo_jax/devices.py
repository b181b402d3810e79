"""Several devices of one machine at work on a batch, or on one large image."""

from collections.abc import Callable, Sequence

import jax
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from srzoo_jax.models.convolution import shortcuts
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
        restore: The model.
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

    def plain(params, image):
        with shortcuts(False):
            return restore(params, image)

    compiled = jax.jit(plain, in_shardings=(everywhere, parts), out_shardings=parts)
    number = list(AXES).index(axis)

    def run(params, image):
        if image.shape[number] % mesh.size:
            raise ValueError(
                f"the {axis} of {image.shape[number]} does not divide by {mesh.size} devices"
            )
        return compiled(params, image)

    return run
