"""How authors name and store layers, as tables of data.

A table maps the authors' layers to ours. Kernels and biases follow by rule; what is no ordinary
convolution is marked:

    {"head.0": "head",                       # "head.0.weight" -> "head/kernel", transposed, ...
     "body.*.conv": "blocks/conv",           # one stack over all numbers that fill the star
     "up": Layer("up", "prelu"),             # another kind of layer
     "conv2d_7": Layer("up/conv", index=(3,)),  # the fourth of a stack
     "sub_mean": mean_shift(-255, mean),     # a constant of ours, which the file must agree with
     "upsample.up3.0": None,                 # known, not needed here
     "**/Adam": None}                        # a whole name; two stars stand for anything

A layer's name ends at the last `.` or `/`, and what follows tells the layout: PyTorch's `weight`
is OIHW, TensorFlow's `kernel` or `weights` HWIO.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np


class Layer(NamedTuple):
    """One of our layers, and how the authors store it."""

    path: str
    kind: str = "conv"
    """A key of `KINDS`."""
    index: tuple[int, ...] = ()
    """Its place in a stack; numbers that fill stars come behind it."""
    constants: Mapping[str, np.ndarray] = MappingProxyType({})
    """Stored with it, but built into our model: checked as those of `Constant`."""


class Constant(NamedTuple):
    """Values that our model has built in; those of the file must be equal to float32 rounding."""

    values: dict[str, np.ndarray]


Names = dict[str, str | Layer | Constant | None]
"""The authors' layers -> ours."""


class Leaf(NamedTuple):
    """What becomes of one array of a layer: our name for it, and its transposition."""

    name: str
    transform: Callable[[np.ndarray], np.ndarray] = lambda array: array


KINDS: dict[str, dict[str, Leaf]] = {
    "conv": {
        "weight": Leaf("kernel", lambda oihw: oihw.transpose(2, 3, 1, 0)),
        "kernel": Leaf("kernel"),
        "weights": Leaf("kernel"),
        "bias": Leaf("bias"),
        "biases": Leaf("bias"),
    },
    "transposed": {
        "weight": Leaf("kernel", lambda iohw: iohw.transpose(2, 3, 0, 1)),
        "bias": Leaf("bias"),
    },
    "prelu": {"weight": Leaf("slope")},
    "batch_norm": {
        "gamma": Leaf("scale"),
        "beta": Leaf("bias"),
        "moving_mean": Leaf("mean"),
        "moving_variance": Leaf("variance"),
    },
    "centers": {"centers": Leaf("centers")},
    "linear": {"weight": Leaf("kernel", np.transpose), "bias": Leaf("bias")},
    "norm": {"weight": Leaf("scale"), "bias": Leaf("bias")},
    "attention": {"relative_position_bias_table": Leaf("bias")},
}


def mean_shift(factor: float, mean: np.ndarray) -> Constant:
    """EDSR's MeanShift: a 1x1 convolution that adds `factor` times `mean` to the colours."""
    eye = np.eye(3, dtype=np.float32)
    bias = np.float32(factor) * np.asarray(mean, np.float32)
    return Constant({"weight": eye[..., None, None], "kernel": eye[None, None], "bias": bias})


class Match(NamedTuple):
    """A row of a table that an array belongs to."""

    theirs: str
    ours: str | Layer | Constant | None
    layer: str
    suffix: str
    numbers: tuple[int, ...]
    """What fills the stars."""


def matches(names: Names, arrays: Mapping[str, np.ndarray]) -> Iterator[tuple[str, Match | None]]:
    """Finds the row of every array; None for those that the table does not know."""
    patterns = [(pattern(theirs), theirs, ours) for theirs, ours in names.items()]
    for name in arrays:
        layer, suffix = split(name)
        for known, theirs, ours in patterns:
            found = known.fullmatch(layer) or (not ours and known.fullmatch(name))
            if found:
                yield name, Match(theirs, ours, layer, suffix, tuple(map(int, found.groups())))
                break
        else:
            yield name, None


def split(name: str) -> tuple[str, str]:
    """Layer and suffix: "head.0.weight" -> "head.0", "weight"."""
    end = max(name.rfind("."), name.rfind("/"))
    return name[: max(end, 0)], name[end + 1 :]


def pattern(theirs: str) -> re.Pattern:
    """What a name of a table stands for, as a regular expression."""
    return re.compile(re.escape(theirs).replace(r"\*\*", ".*").replace(r"\*", r"(\d+)"))
