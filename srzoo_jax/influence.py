"""How far an input pixel reaches in a model's output: the halo that makes tiles exact.

Found in the model's program itself: marks of what depends on a line of the image are carried
through every operation. No derivative is taken, so nothing is missed where a ReLU happens to be
flat, and parameters may have any values.
"""

import functools
import json
import os
from functools import partial
from pathlib import Path
from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import dependence, files
from srzoo_jax.catalogue import CATALOGUE, Entry

STORE = Path(__file__).with_suffix(".json")
"""What has been found of the catalogue's models."""

_THIN = 16  # Columns of the probed images; spatial attention refuses less than 15.
_LONGEST = 1024  # What reaches from end to end of so many lines is taken for global.
_PERIODS = 8  # The longest period of a pattern that is looked for: SwinIR's and imgcomp's.


class Influence(NamedTuple):
    """What a tile needs to equal the whole image, in LR pixels.

    Tiles whose offsets are multiples of `alignment`, and whose sides are those of the image modulo
    `alignment`, give what the whole gives, from `radius` pixels off their inner borders on.
    """

    radius: int
    alignment: int


def influence(row: Entry) -> Influence | None:
    """Returns the influence of a model; None: statistics of the whole image, or its size, matter.

    Of nearly all of the catalogue's models it is stored; others take seconds to minutes.
    """
    if CATALOGUE.get(row.name) == row and row.name in _stored():
        found = _stored()[row.name]
        return found and Influence(*found)
    return computed(row)


def radius(row: Entry) -> int | None:
    """Returns how many LR pixels away, in rows or columns, an input pixel still matters."""
    found = influence(row)
    return found and found.radius


def computed(row: Entry) -> Influence | None:
    """Like `influence`, but always out of the program.

    Raises:
        NotImplementedError: The program has an operation that `dependence` has no rule for.
    """
    return _computed(row.model, row.channels)


@functools.cache
def _computed(model: nn.Module, channels: int) -> Influence | None:
    try:
        both = [_along(model, channels, axis) for axis in (1, 2)]
    except dependence.IrregularError:
        return None
    if None in both:
        return None
    radii, alignments = zip(*both, strict=True)
    return Influence(max(radii), int(np.lcm.reduce(alignments)))


def store(found: dict[str, Influence | None], path: str | os.PathLike = STORE) -> None:
    """Writes what `influence` is to know without computing, by model."""
    lines = (f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in found.items())
    files.write_atomically(path, "{\n" + ",\n".join(lines) + "\n}\n")


def _along(model: nn.Module, channels: int, axis: int) -> Influence | None:
    """The influence along one axis: of images that are long in it and thin in the other."""
    reached = partial(_reached, model, channels, axis)
    length = 64
    while (first := reached(length, [length // 2]))[0, [0, -1]].any():
        length *= 2
        if length > _LONGEST:
            return None
    radius = int(np.abs(np.flatnonzero(first[0]) - length // 2).max())
    # So long that every seed's pattern ends before the image, by a whole period.
    length = 2 * _PERIODS * -(-(radius + 3 * _PERIODS) // _PERIODS)
    seeds = length // 2 + np.arange(-_PERIODS, _PERIODS)
    # In turns, for the sake of memory.
    found = np.concatenate([reached(length, part) for part in np.split(seeds, 4)])
    distances = np.abs(np.arange(length) - seeds[:, None])[found]
    for period in range(1, _PERIODS + 1):
        if (np.roll(found, period, axis=1)[:-period] == found[period:]).all():
            return Influence(int(distances.max()), period)
    return None


def _reached(model: nn.Module, channels: int, axis: int, length: int, seeds) -> np.ndarray:
    """Which lines of the output, in LR pixels, each seed reaches: bool [seeds, length]."""
    shape = [len(seeds), _THIN, _THIN, channels]
    shape[axis] = length
    image = np.zeros(shape, bool)
    np.moveaxis(image, axis, 1)[np.arange(len(seeds)), seeds] = True
    spec = jax.ShapeDtypeStruct(shape, jnp.float32)
    variables = jax.eval_shape(model.init, jax.random.key(0), spec)
    output = dependence.marks(model.apply, variables, image)
    return output.any((3 - axis, 3)).reshape(len(seeds), length, -1).any(-1)


@functools.cache
def _stored() -> dict[str, list[int] | None]:
    return json.loads(STORE.read_text())
