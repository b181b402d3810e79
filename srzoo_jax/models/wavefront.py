"""The context model evaluated as a coder needs it: each prediction from symbols coded before.

Symbol (c, h, w) of a volume depends on no other of the front w + 2h + 4c = t or a later one: a
front is coded at once. All layers advance front by front, so that nothing is computed twice.

Encoder and decoder must get the same frequencies to the last bit, and maybe on different machines.
Therefore this is NumPy in float64, whose rounding (1e-14) is lost when the logits are rounded to
multiples of 1/256; that changes the rate by some 1e-5.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from srzoo_jax.models.context import DEPTH, causal

Code = Callable[[tuple[np.ndarray, ...], np.ndarray], np.ndarray]
"""(indices [N] into each axis of the volume, frequencies [N, levels]) -> symbols [N]."""

_PACE = (4, 2, 1)  # The fronts that a step along channels, rows, columns passes.
_STEPS_OF_LOGITS = 256
_TOTAL = 2**20  # The frequency of the likeliest symbol.


class _Layer(NamedTuple):
    """A masked convolution: its taps, as offsets into a flat grid, and their weights."""

    offsets: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray

    def __call__(self, grid: np.ndarray, places: np.ndarray) -> np.ndarray:
        taps = grid[places[:, None] + self.offsets]
        return taps.reshape(-1, len(self.kernel)) @ self.kernel + self.bias


def run(context: Mapping, centers: np.ndarray, shape: tuple[int, int, int], code: Code) -> None:
    """Walks through a volume of symbols, calling `code` on every front.

    Args:
        context: The parameters of a `ContextModel`.
        centers: The value of each symbol.
        shape: The volume's: channels, rows, columns.
        code: Is told what is expected on a front, and tells which symbols are there.
    """
    grid = (shape[0] + DEPTH, shape[1] + 2 * DEPTH, shape[2] + 2 * DEPTH)
    layers = [_layer(context[f"conv{i}"], grid, itself=i > 0) for i in range(DEPTH)]
    centers = np.asarray(centers, np.float64)
    values = np.full((np.prod(grid), 1), centers[0])
    features = len(layers[0].bias)
    first, second, third = (np.zeros((len(values), features)) for _ in range(DEPTH - 1))
    for places in zip(*(_fronts(grid, border) for border in range(1, DEPTH + 1)), strict=True):
        first[places[0]] = _relu(layers[0](values, places[0]))
        second[places[1]] = _relu(layers[1](first, places[1]))
        third[places[2]] = first[places[2]] + layers[2](second, places[2])
        if not places[3].size:
            continue
        logits = _relu(layers[3](third, places[3]))
        indices = tuple(axis - DEPTH for axis in np.unravel_index(places[3], grid))
        symbols = code(indices, _frequencies(logits))
        values[places[3], 0] = centers[symbols]


def _layer(params: Mapping, grid: tuple[int, ...], *, itself: bool) -> _Layer:
    mask = causal(itself=itself)
    offsets = (np.argwhere(mask) - 1) @ (grid[1] * grid[2], grid[2], 1)
    kernel = np.asarray(params["kernel"], np.float64)[mask]
    return _Layer(
        offsets, kernel.reshape(-1, kernel.shape[-1]), np.asarray(params["bias"], np.float64)
    )


def _fronts(grid: tuple[int, ...], border: int) -> list[np.ndarray]:
    """Returns the flat places of each front, in order, without so much of the grid's border."""
    inside = np.zeros(grid, bool)
    inside[border:, border:-border, border:-border] = True
    places = np.flatnonzero(inside)
    times = np.stack(np.unravel_index(places, grid), axis=-1) @ _PACE
    order = np.argsort(times, kind="stable")
    last = int(np.dot(np.array(grid) - 1, _PACE))
    return np.split(places[order], np.searchsorted(times[order], np.arange(1, last + 1)))


def _relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def _frequencies(logits: np.ndarray) -> np.ndarray:
    """Whole numbers, as float32 for the coder, in proportion to the probabilities; at least 1."""
    steps = np.rint(logits * _STEPS_OF_LOGITS)
    likelihood = np.exp((steps - steps.max(-1, keepdims=True)) / _STEPS_OF_LOGITS)
    return np.maximum(np.rint(likelihood * _TOTAL), 1).astype(np.float32)
