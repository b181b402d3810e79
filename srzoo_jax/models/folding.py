"""The linear tail of EDSR and its kin, composed once for a model's parameters.

As in `tail`, but outside of programs, and for the border, too: there, zeros around what is between
the layers cut off a part of what a pixel sees. So it has a kernel of its own, by whether it lies in
the first row, inside, or in the last, and likewise along the row: one of nine.
"""

from collections.abc import Callable, Iterator
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from srzoo_jax.models import canvas
from srzoo_jax.models.convolution import conv2d
from srzoo_jax.models.layers import steps
from srzoo_jax.types import Params

_FIRST, _INSIDE, _LAST = _PLACES = range(3)


def fold(params: Params, scale: int) -> Params:
    """Adds the composed tail to a model's parameters, by which `tail.enlarge` takes it.

    For running: what is added is no function of the other parameters any more, so that derivatives
    by these lack it.

    Args:
        params: With layers `up` and `tail`, as `enlarge` is called with.
        scale: Of the model.
    """
    factors = steps(scale)
    layers = [*(params["up"][f"conv{i}"] for i in range(len(factors))), params["tail"]]
    *layers, last = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), layers)
    kernels, biases = (np.broadcast_to(part, (3, 3, *part.shape)) for part in _parts(last))
    for layer, factor in zip(reversed(layers), reversed(factors), strict=True):
        kernels, biases = _composed(*_parts(layer), kernels, biases, factor)
    reach = kernels.shape[2] // 2
    seen = slice(reach, None), slice(None), slice(None, reach + 1)
    folded = {
        "kernels": [[kernels[v, u][seen[v], seen[u]] for u in _PLACES] for v in _PLACES],
        "biases": [[biases[v, u] for u in _PLACES] for v in _PLACES],
    }
    return {**params, "up": {**params["up"], "folded": folded}}


def apply(x: jax.Array, folded: dict) -> jax.Array:
    """[B, H, W, C] -> [B, H, W, O s s], before the pixel shuffles; sides of at least 3."""
    reach = folded["kernels"][_INSIDE][_INSIDE].shape[0] // 2

    def there(image, v, u):
        pads = tuple(reach if place == _INSIDE else 0 for place in (v, u))
        kernel, bias = (folded[part][v][u].astype(x.dtype) for part in ("kernels", "biases"))
        return conv2d(image, kernel, pads) + bias

    def rows(columns, u):
        return _along(1, columns, reach, lambda part, v: there(part, v, u))

    return _along(2, canvas.blank(x), reach, rows)


def _along(axis: int, image: jax.Array, reach: int, function: Callable) -> jax.Array:
    """Puts together what `function` makes of the image's start, for its first line, and so on."""
    start, end = canvas.strips(image, reach + 1, axis)
    first, inside, last = map(function, (start, image, end), _PLACES)
    line = lax.broadcasted_iota(jnp.int32, inside.shape, axis)
    final = canvas.sides(inside)[axis - 1] - 1
    first, last = (jnp.broadcast_to(part, inside.shape) for part in (first, last))
    return lax.select(line == 0, first, lax.select(line == final, last, inside))


def _parts(layer: dict) -> tuple:
    return layer["kernel"], layer["bias"]


def _composed(before, bias, after, biases, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """A convolution, a pixel shuffle and nine kernels as nine kernels before a pixel shuffle.

    Args:
        before: The convolution's kernel [h, h, C, I f f].
        bias: Its bias [I f f].
        after: Kernels by place [3, 3, k, k, I, O].
        biases: Theirs [3, 3, O].
        factor: f of the shuffle.

    Returns:
        Kernels [3, 3, r, r, C, O f f] and biases [3, 3, O f f].
    """
    size, _, channels, _ = before.shape
    taps, inputs, outputs = after.shape[2], *after.shape[4:]
    # The bias is what a channel of ones makes by itself.
    ones = np.pad(bias[None, None, None], 2 * [2 * (size // 2,)] + 2 * [(0, 0)])
    before = np.concatenate([before, ones], 2)
    before = before.reshape(size, size, -1, inputs, factor, factor)
    before = np.moveaxis(before, 3, -1).reshape(-1, inputs)
    reach = -(-(taps // 2) // factor)  # Cells that the kernels see, to either side.
    cells = size + 2 * reach
    kernels = np.zeros((3, 3, cells, cells, channels + 1, outputs, factor, factor))
    more = np.zeros((3, 3, outputs, factor, factor))
    for at in product(_PLACES, repeat=2):
        together = before @ np.moveaxis(after[at], 2, 0).reshape(inputs, -1)
        together = together.reshape(size, size, channels + 1, factor, factor, taps, taps, outputs)
        ways = product(*(_ways(place, taps, factor) for place in at))
        for (v, p, i, r, a), (u, q, j, s, b) in ways:
            r, s = (slice(reach + cell, reach + cell + size) for cell in (r, s))
            kernels[v, u, r, s, :, :, p, q] += together[:, :, :, a, b, i, j]
            more[v, u, :, p, q] = biases[at]
    kernels = kernels.reshape(*kernels.shape[:5], -1)
    more = more.reshape(3, 3, -1) + kernels[:, :, :, :, channels].sum((2, 3))
    return kernels[:, :, :, :, :channels], more


def _ways(at: int, taps: int, factor: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Along a side: how sub-pixels at one place come to see cells that are inside the image.

    Yields:
        The place of the sub-pixel's cell, and which sub-pixel of that it is; by which tap of what
        comes after it sees another one; how many cells away that is, and which of its cell.
    """
    ends = {(_FIRST, 0): _FIRST, (_LAST, factor - 1): _LAST}
    for cell, sub, tap in product(_PLACES, range(factor), range(taps)):
        away, there = divmod(sub + tap - taps // 2, factor)
        outside = (cell == _FIRST and away < 0) or (cell == _LAST and away > 0)
        if ends.get((cell, sub), _INSIDE) == at and not outside:
            yield cell, sub, tap, away, there
