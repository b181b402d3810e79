"""High resolution in cells of low resolution: sampling layers as plain matrix products.

Where kernels are as large as two strides, strided and transposed convolutions are convolutions of
2x2 cells, of stride x stride pixels, whose channels are those of all pixels in the cell. Features
that only pass from one such layer to the next, through operations on each pixel, can stay in cells,
as they do in DBPN: nothing is moved between channels and space, and every layer is one product of
large matrices. DBPN x4 takes 0.7 of the time (two CPU cores); with three cells, as of x2, nothing
would be gained.

Cells begin `padding` pixels before the image, as kernels do: those at the border are in part
outside, and hold zeros there. As an array, cells are [B, H + 1, (W + 1) s s, C] of images of low
resolution [B, H, W, C] and of stride s.
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from srzoo_jax.models import canvas
from srzoo_jax.models.convolution import precision, shortcuts


class Grid(NamedTuple):
    """How cells lie."""

    stride: int
    """Pixels of a cell's side."""
    padding: int
    """Pixels before the image."""


def grid(x: jax.Array, size: int, stride: int, padding: int) -> Grid | None:
    """Returns how cells lie for kernels of `size`; None: layers shall run as they are.

    Args:
        x: Low-resolution features.
        size: Of the kernel.
        stride: Of the kernel.
        padding: Of the kernel.
    """
    known = all(isinstance(side, int) for side in x.shape)
    plain = precision.value != "float32" or x.dtype != jnp.float32
    if size != 2 * stride or not shortcuts.value or not known or plain:
        return None
    return Grid(stride, padding)


def expand(x: jax.Array, kernel: jax.Array, grid: Grid) -> jax.Array:
    """Transposed convolution of [B, H, W, I] by [2 s, 2 s, I, O] -> cells of O channels."""
    batch, height, width, _ = x.shape
    height, width, outputs = height + 1, width + 1, kernel.shape[-1]
    x = jnp.pad(canvas.blank(x), ((0, 0), (1, 1), (1, 1), (0, 0)))
    seen = [x[:, 1 - i : 1 - i + height, 1 - j : 1 - j + width] for i, j in _TAPS]
    seen = jnp.concatenate(seen, -1).reshape(batch * height * width, -1)
    kernel = _by_cell(kernel, grid).transpose(0, 2, 4, 1, 3, 5)
    cells = _matmul(seen, kernel.reshape(seen.shape[1], -1))
    return cells.reshape(batch, height, -1, outputs)


def reduce(cells: jax.Array, kernel: jax.Array, grid: Grid) -> jax.Array:
    """Strided convolution of cells of I channels by [2 s, 2 s, I, O] -> [B, H, W, O]."""
    batch, height, line, _ = cells.shape
    width, outputs = line // grid.stride**2, kernel.shape[-1]
    cells = cells.reshape(batch * height * width, -1)
    kernel = _by_cell(kernel, grid).transpose(1, 3, 4, 0, 2, 5)
    # What each cell gives to the pixels around it, first.
    parts = _matmul(cells, kernel.reshape(cells.shape[1], -1))
    parts = parts.reshape(batch, height, width, 2, 2, outputs)
    return sum(parts[:, i : i + height - 1, j : j + width - 1, i, j] for i, j in _TAPS)


def blank(cells: jax.Array, low: jax.Array, grid: Grid) -> jax.Array:
    """Zeroes what is outside of the image, whose low-resolution features are like `low`."""
    s, padding = grid
    lengths = (cells.shape[1], cells.shape[2] // s**2)
    places = [s * jnp.arange(length)[:, None] + jnp.arange(s) - padding for length in lengths]
    sides = (s * side for side in canvas.sides(low))
    rows, columns = ((p >= 0) & (p < side) for p, side in zip(places, sides, strict=True))
    inside = rows[:, None, :, None] & columns[:, None, :]
    return jnp.where(inside.reshape(1, lengths[0], -1, 1), cells, 0)


def convolve(features: Sequence[jax.Array], kernel: jax.Array, grid: Grid) -> jax.Array:
    """Convolution of what several cells hold, together [B, sH, sW, I], by [k, k, I, O], O small.

    What each place of the kernel makes of every pixel comes first, in cells; then few channels are
    left to be moved.
    """
    size, _, _, outputs = kernel.shape
    ends = np.cumsum([cells.shape[-1] for cells in features])[:-1]
    parts = jnp.split(kernel.transpose(2, 0, 1, 3), ends)
    found = sum(
        _matmul(cells, part.reshape(part.shape[0], -1))
        for cells, part in zip(features, parts, strict=True)
    )
    image = to_image(found, grid)
    height, width = image.shape[1:3]
    around = (size // 2, size // 2)
    image = jnp.pad(image, ((0, 0), around, around, (0, 0)))
    image = image.reshape(*image.shape[:3], size, size, outputs)
    places = product(range(size), repeat=2)
    return sum(image[:, i : i + height, j : j + width, i, j] for i, j in places)


def to_image(cells: jax.Array, grid: Grid) -> jax.Array:
    """Cells -> [B, sH, sW, C]."""
    s, padding = grid
    batch, tall, _, channels = cells.shape
    x = cells.reshape(batch, tall, -1, s, s, channels).swapaxes(2, 3)
    x = x.reshape(batch, tall * s, -1, channels)
    height, width = (side - s for side in x.shape[1:3])
    return x[:, padding : padding + height, padding : padding + width]


_TAPS = tuple(product(range(2), repeat=2))


def _by_cell(kernel: jax.Array, grid: Grid) -> jax.Array:
    """[2 s, 2 s, I, O] -> [2, s, 2, s, I, O]: by cell and place in the cell."""
    s = grid.stride
    return kernel.reshape(2, s, 2, s, *kernel.shape[2:])


def _matmul(left: jax.Array, right: jax.Array) -> jax.Array:
    return jnp.matmul(left, right, precision=lax.Precision.HIGHEST)
