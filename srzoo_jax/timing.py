"""Running time, measured alike everywhere.

A program is compiled first, and that is told apart; it is run once without being timed; then it is
timed until the device is done, on arrays that are there already: reading, decoding and writing of
images do not count.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np


class Timing(NamedTuple):
    """What one image took."""

    seconds: float
    """Median of the runs."""
    spread: float
    """Of the runs: see `spread`."""
    compile_seconds: float
    """To get the program, once for all images that it serves."""
    canvas: tuple[int, int] | None = None
    """Height and width that the program is for, in LR pixels, where images may be smaller."""


def timed(function: Callable, *arguments: Any) -> tuple[Any, float]:
    """Returns what a function gives, and the seconds until that is there."""
    start = time.perf_counter()
    result = jax.block_until_ready(function(*arguments))
    return result, time.perf_counter() - start


def spread(values: Sequence[float]) -> float:
    """The middle half of the values spans this much; unlike a range, one hiccup does not count."""
    low, high = np.quantile(values, (0.25, 0.75))
    return float(high - low)
