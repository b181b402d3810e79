"""A restorer as a program for images of any size: what all formats are made from."""

import dataclasses
import re

import jax
import jax.numpy as jnp
import numpy as np
from jax import export
from jax.extend import core

from srzoo_jax import zoo
from srzoo_jax.catalogue import Entry
from srzoo_jax.types import Params, Restorer

SYMBOLS = ("batch", "height", "width")


@dataclasses.dataclass(frozen=True)
class Program:
    """A restorer, traced with symbolic batch, height and width.

    Attributes:
        restore: The restorer.
        params: Its parameters.
        image: Shape and type of its images; lengths are symbols, or multiples of one.
    """

    restore: Restorer
    params: Params
    image: jax.ShapeDtypeStruct

    @property
    def jaxpr(self) -> core.ClosedJaxpr:
        """Its equations, as a function of `arrays` and the image."""
        return jax.make_jaxpr(self.restore)(self.params, self.image)

    @property
    def arrays(self) -> list[np.ndarray]:
        """The parameters in the order of the jaxpr's inputs."""
        return jax.tree.leaves(self.params)

    @staticmethod
    def symbol(dim) -> tuple[str, int]:
        """Takes apart a length of the image: "4*height" -> ("height", 4)."""
        multiple, name = re.fullmatch(r"(?:(\d+)\*)?(\w+)", str(dim)).groups()
        return name, int(multiple or 1)


def trace(row: Entry, params: Params) -> Program:
    """Traces a row's network.

    Args:
        row: A row of the catalogue.
        params: Its parameters; where only the program matters, shapes and types do.
    """
    least, multiple = getattr(row.model, "min_side", 1), getattr(row.model, "multiple", 1)
    at_least = -(-least // multiple)
    batch, height, width = export.symbolic_shape(
        ", ".join(SYMBOLS), constraints=[f"{side} >= {at_least}" for side in SYMBOLS[1:]]
    )
    shape = (batch, multiple * height, multiple * width, row.channels)
    return Program(zoo.restorer(row), params, jax.ShapeDtypeStruct(shape, jnp.float32))
