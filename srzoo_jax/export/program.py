"""A restorer as a program for images of any size: what all formats are made from."""

import dataclasses
import re

import jax
import jax.numpy as jnp
import numpy as np
from jax import export
from jax.extend import core

from srzoo_jax.types import Params, Restorer

_SYMBOLS = ("batch", "height", "width")


@dataclasses.dataclass(frozen=True)
class Program:
    """A restorer for images of symbolic batch, height and width.

    Attributes:
        restore: The restorer.
        params: Its parameters.
        image: Shape and type of its images; lengths are symbols, or multiples of one.
        border: How images of other sides are made such: `reflect` mirrors them about their last
            rows and columns, of which the output then loses its share; None: they are not.
    """

    restore: Restorer
    params: Params
    image: jax.ShapeDtypeStruct
    border: str | None = None

    @property
    def jaxpr(self) -> core.ClosedJaxpr:
        """Its equations, as a function of `arrays` and the image."""
        return jax.make_jaxpr(self.restore)(self.params, self.image)

    @property
    def arrays(self) -> list[np.ndarray]:
        """The parameters in the order of the jaxpr's inputs."""
        return [np.asarray(leaf) for leaf in jax.tree.leaves(self.params)]

    def sized(self, height: int, width: int) -> "Program":
        """Returns the program for one image of this size, for runtimes that take no other."""
        shape = (1, height, width, self.image.shape[-1])
        image = jax.ShapeDtypeStruct(shape, self.image.dtype)
        return Program(self.restore, self.params, image)

    @staticmethod
    def symbol(dim) -> tuple[str, int]:
        """Takes apart a length of the image: "4*height" -> ("height", 4)."""
        multiple, name = re.fullmatch(r"(?:(\d+)\*)?(\w+)", str(dim)).groups()
        return name, int(multiple or 1)


def of_any_size(
    restore: Restorer,
    params: Params,
    *,
    channels: int = 3,
    min_side: int = 1,
    multiple: int = 1,
    border: str | None = None,
) -> Program:
    """Returns a restorer as a program.

    Args:
        restore: The restorer.
        params: Its parameters.
        channels: Of its images.
        min_side: How long their sides are at least.
        multiple: What their sides divide by.
        border: What is done about it: see `Program`.
    """
    least = -(-min_side // multiple)
    batch, height, width = export.symbolic_shape(
        ", ".join(_SYMBOLS), constraints=[f"{side} >= {least}" for side in _SYMBOLS[1:]]
    )
    shape = (batch, multiple * height, multiple * width, channels)
    return Program(restore, params, jax.ShapeDtypeStruct(shape, jnp.float32), border)
