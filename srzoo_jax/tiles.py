"""Where an image is cut into tiles that overlap enough to give what the whole would give."""

from itertools import pairwise
from typing import NamedTuple


class Cut(NamedTuple):
    """A tile along one axis, in pixels: it begins at `offset` and answers for [start, stop)."""

    offset: int
    start: int
    stop: int


def cuts(length: int, tile: int, radius: int, alignment: int = 1) -> list[Cut]:
    """Cuts one side of an image; the tiles are all alike, and as many as needed.

    Args:
        length: Of the side.
        tile: Of a tile's side, at most; `side` tells what it becomes.
        radius: Pixels at a tile's inner borders that it does not answer for.
        alignment: Offsets are multiples of this, and tiles as long as the side modulo this.

    Raises:
        ValueError: The tile is too small.
    """
    tile = side(length, tile, alignment)
    if tile == length:
        return [Cut(0, 0, length)]
    step = (tile - 2 * radius) // alignment * alignment
    if step < 1:
        raise ValueError(
            f"a tile of {tile} pixels is too small: {2 * radius} of them are borders that do not"
            f" count; expected {least(radius, alignment)} at least"
        )
    rest = length - tile
    count = 1 + -(-rest // step)
    even = -(-rest // (count - 1) // alignment) * alignment
    offsets = [min(i * even, rest) for i in range(count)]
    seams = [(before + tile + after) // 2 for before, after in pairwise(offsets)]
    return [Cut(*cut) for cut in zip(offsets, [0, *seams], [*seams, length], strict=True)]


def side(length: int, tile: int, alignment: int = 1) -> int:
    """Returns how long tiles of at most `tile` pixels are, of a side of `length`."""
    return length if tile >= length else tile - (tile - length) % alignment


def least(radius: int, alignment: int = 1) -> int:
    """Returns the side of tiles that is always enough for `cuts`."""
    return 2 * radius + 2 * alignment - 1
