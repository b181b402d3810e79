"""Which canvases serve images of many sizes: few programs, few pixels beside the images."""

import collections
from collections.abc import Iterable
from itertools import combinations

Size = tuple[int, int]
"""Height and width."""

LEAST = 16
"""Images with a smaller side have a program of their own: networks take other ways there."""

_DISTINCT = 48  # Sizes beyond this many are rounded up at first, as every pair of them is tried.


def canvases(sizes: Iterable[Size], most: int, worth: float = 0) -> dict[Size, Size]:
    """Returns the canvas of every size: `most` different ones at most, those below `LEAST` apart.

    Two canvases at a time are made one, always those that waste least, until few are left.

    Args:
        sizes: Of images; as often as there are images of it.
        most: How many; 0: every size is its own.
        worth: How many pixels may be wasted, rather than to have one canvas more.
    """
    counts = collections.Counter(sizes)
    if not most:
        return {size: size for size in counts}
    small = {size: size for size in counts if min(size) < LEAST}
    groups: dict[Size, list[Size]] = {}
    for size, canvas in _rounded([size for size in counts if size not in small]).items():
        groups.setdefault(canvas, []).append(size)
    numbers = {canvas: sum(counts[size] for size in group) for canvas, group in groups.items()}
    while len(groups) > 1:
        first, second = min(combinations(groups, 2), key=lambda pair: _waste(*pair, numbers))
        if len(groups) <= most and _waste(first, second, numbers) >= worth:
            break
        merged = _around(first, second)
        group, number = groups.pop(first) + groups.pop(second), numbers[first] + numbers[second]
        groups[merged] = groups.get(merged, []) + group
        numbers[merged] = number + (numbers.get(merged, 0) if merged not in (first, second) else 0)
    return small | {size: canvas for canvas, group in groups.items() for size in group}


def shared(found: dict[Size, Size]) -> dict[Size, Size]:
    """Those of sizes and their canvases that are not a canvas to themselves."""
    counts = collections.Counter(found.values())
    return {size: on for size, on in found.items() if size != on or counts[on] > 1}


def waste(found: dict[Size, Size], sizes: Iterable[Size]) -> float:
    """How many pixels canvases have beside those of images, as a share of these."""
    sizes = list(sizes)
    return sum(map(_area, map(found.__getitem__, sizes))) / sum(map(_area, sizes)) - 1


def _rounded(sizes: list[Size]) -> dict[Size, Size]:
    """Sizes -> these, or, if there are many, rounded up to multiples of some power of two."""
    step = 1
    while len({_up(size, step) for size in sizes}) > _DISTINCT:
        step *= 2
    found: dict[Size, list[Size]] = {}
    for size in sizes:
        found.setdefault(_up(size, step), []).append(size)
    largest = {up: tuple(map(max, zip(*group, strict=True))) for up, group in found.items()}
    return {size: largest[up] for up, group in found.items() for size in group}


def _up(size: Size, step: int) -> Size:
    return (-(-size[0] // step) * step, -(-size[1] // step) * step)


def _around(first: Size, second: Size) -> Size:
    return (max(first[0], second[0]), max(first[1], second[1]))


def _area(size: Size) -> int:
    return size[0] * size[1]


def _waste(first: Size, second: Size, numbers: dict[Size, int]) -> int:
    """The pixels more that two canvases have as one."""
    merged = _area(_around(first, second))
    return sum(numbers[canvas] * (merged - _area(canvas)) for canvas in (first, second))
