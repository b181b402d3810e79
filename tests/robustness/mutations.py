"""Files spoilt in every way that bytes can be: pure functions of a seed."""

import numpy as np


def _flip(rng, data, other):
    """One to eight bits."""
    for place in rng.integers(0, len(data), rng.integers(1, 9)):
        data[place] ^= 1 << int(rng.integers(8))
    return data


def _cut(rng, data, other):
    """The end is missing."""
    return data[: int(rng.integers(0, len(data)))]


def _splice(rng, data, other):
    """A stretch is replaced by one of another file, of any length."""
    start, end = sorted(rng.integers(0, len(data), 2))
    first, last = sorted(rng.integers(0, len(other), 2))
    data[start:end] = other[first:last]
    return data


def _repeat(rng, data, other):
    """A stretch is there twice."""
    start, end = sorted(rng.integers(0, len(data), 2))
    data[end:end] = data[start:end]
    return data


def _number(rng, data, other):
    """Bytes become a number on the edge of what its type holds: sizes and offsets that lie."""
    width = int(rng.choice((1, 2, 4, 8)))
    value = int(rng.choice((0, 1, -1, 1 << (8 * width - 1), (1 << (8 * width - 1)) - 1)))
    order = "little" if rng.integers(4) else "big"
    place = int(rng.integers(0, max(1, len(data) - width)))
    data[place : place + width] = (value % (1 << 8 * width)).to_bytes(width, order)
    return data


MUTATIONS = {
    "bit flips": _flip,
    "truncation": _cut,
    "splice": _splice,
    "repetition": _repeat,
    "lying number": _number,
}


def mutated(seed: int, data: bytes, other: bytes) -> tuple[str, bytes]:
    """Returns what was done to `data`, and the result; `other` is what is spliced in."""
    rng = np.random.default_rng(seed)
    name = list(MUTATIONS)[seed % len(MUTATIONS)]
    return name, bytes(MUTATIONS[name](rng, bytearray(data), other))
