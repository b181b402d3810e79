"""Hyper-parameters, read off the names and shapes of a checkpoint's arrays.

A family's `infer` takes such shapes and returns its fields: values, or `Open` where the arrays do
not tell. It need not look at everything: whether the arrays fit is found out by `rename`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from srzoo_jax.porting.names import KINDS, pattern, split

Shapes = Mapping[str, tuple[int, ...]]
"""Convolutions by layer, whatever the framework: "head.0" -> shape of the kernel, (h, w, in, out).
All else by whole name."""


class Open(NamedTuple):
    """A hyper-parameter that the arrays do not tell."""

    why: str
    choices: tuple
    """Values that fit the arrays."""
    complete: bool = False
    """Whether no other value fits."""


Inferred = dict[str, Any]
"""Field -> its value, or `Open`."""


def of_arrays(arrays: Mapping[str, np.ndarray]) -> Shapes:
    """Returns the shapes of a checkpoint."""
    shapes = {}
    for name, array in arrays.items():
        layer, suffix = split(name)
        leaf = KINDS["conv"].get(suffix)
        if leaf and leaf.name == "kernel" and array.ndim >= 4:
            # Five axes: a convolution in three dimensions, which only TensorFlow's files have.
            shapes[layer] = leaf.transform(array).shape if array.ndim == 4 else array.shape
        else:
            shapes[name] = array.shape
    return shapes


def matching(shapes: Shapes, name: str) -> list[tuple[int, ...]]:
    """Returns the shapes of all layers so named; a star stands for a number."""
    known = pattern(name)
    return [shape for layer, shape in shapes.items() if known.fullmatch(layer)]


def count(shapes: Shapes, name: str) -> int:
    """Returns how many layers are so named.

    Raises:
        LookupError: None is.
    """
    found = len(matching(shapes, name))
    if not found:
        raise LookupError(f"no layer {name}")
    return found


def enlargement(shapes: Shapes, name: str) -> int:
    """Returns by how much the convolutions so named and pixel shuffles behind them enlarge."""
    return math.prod(math.isqrt(out // inputs) for *_, inputs, out in matching(shapes, name))


def one_of(choices: Sequence, why: str) -> Any:
    """Returns the only choice; if there are several, that they are open.

    Raises:
        LookupError: There is none.
    """
    return Open(why, tuple(choices), complete=True) if len(choices) > 1 else choices[0]
