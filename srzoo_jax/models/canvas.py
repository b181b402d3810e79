"""An image in the top left corner of a larger canvas: one program for images of many sizes.

Within `laid`, whatever looks beyond a pixel finds outside of the image what it finds there without
a canvas: zeros, or the border repeated or mirrored; and means are of the image alone. So in the
corner the result is what the image by itself gives: to the last bit, but for the rounding of means
and of interpolation. What lies outside is of no use.

Layers ask here for what they need; without a canvas, all of this costs nothing.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from srzoo_jax.models import pixels
from srzoo_jax.types import Image, Params, Restorer

Side = int | jax.Array


class CanvasError(ValueError):
    """The model has layers that know of no canvas: every size of images needs a program."""


class _Frame(NamedTuple):
    sides: tuple[Side, Side]
    """Of the image."""
    canvas: tuple[int, int]


_frame: ContextVar[_Frame | None] = ContextVar("frame", default=None)


def laid(restore: Restorer) -> Callable[[Params, Image, jax.Array], Image]:
    """Returns (params, canvas [B, H, W, 3], height and width of the images on it [2]) -> SR canvas.

    Args:
        restore: A model made of this package's layers; others would be wrong at the borders.

    Raises:
        CanvasError: The returned function, if the model can't.
    """

    def on_canvas(params, image, sides):
        with _set(_Frame(tuple(sides), image.shape[1:3])):
            return restore(params, image)

    return on_canvas


def within(sides: Sequence[Side], x: jax.Array) -> contextlib.AbstractContextManager:
    """On a canvas: arrays of the size of `x` have images of these sides, larger ones in proportion.

    For layers after which sides are no multiples or fractions of those before.
    """
    return _set(_frame.get() and _Frame(tuple(sides), x.shape[1:3]))


def refuse(reason: str) -> None:
    """Called by layers that are wrong on a canvas.

    Raises:
        CanvasError: There is one.
    """
    if _frame.get():
        raise CanvasError(reason)


def is_laid() -> bool:
    """Whether there is one."""
    return _frame.get() is not None


def sides(x: jax.Array) -> tuple[Side, Side]:
    """Returns height and width of the image on [B, H, W, C]: without a canvas, H and W."""
    frame = _frame.get()
    if not frame:
        return x.shape[1:3]
    parts = zip(frame.sides, x.shape[1:3], frame.canvas, strict=True)
    # As plain arithmetic as there is: every operation is compiled by itself.
    return tuple(
        lax.div(side * new, old) if new % old else side * (new // old) for side, new, old in parts
    )


def blank(x: jax.Array) -> jax.Array:
    """Zeroes what is outside of the image."""
    if not _frame.get():
        return x
    # By `lax`, as `jnp.where` takes several times as long to trace.
    rows, columns = (
        lax.broadcasted_iota(jnp.int32, x.shape[1:3], axis) < side
        for axis, side in enumerate(sides(x))
    )
    inside = lax.broadcast_in_dim(lax.bitwise_and(rows, columns), x.shape, (1, 2))
    return lax.select(inside, x, lax.full_like(x, 0))


def strips(x: jax.Array, width: int, axis: int) -> tuple[jax.Array, jax.Array]:
    """Returns the first and the last `width` rows (`axis` 1) or columns (2) of the image."""
    first = lax.slice_in_dim(x, 0, width, axis=axis)
    if not _frame.get():
        return first, lax.slice_in_dim(x, x.shape[axis] - width, x.shape[axis], axis=axis)
    start = sides(x)[axis - 1] - width
    return first, lax.dynamic_slice_in_dim(x, start, width, axis)


def flip(x: jax.Array, axes: Sequence[int]) -> jax.Array:
    """`jnp.flip` of the image, which stays in the corner."""
    for axis in axes:
        x = jnp.flip(x, axis)
        if _frame.get():
            x = jnp.roll(x, sides(x)[axis - 1] - x.shape[axis], axis)
    return x


def average(x: jax.Array) -> jax.Array:
    """[B, H, W, C] -> [B, 1, 1, C], the mean over each image."""
    mean = pixels.average(blank(x))
    if not _frame.get():
        return mean
    height, width = sides(x)
    return mean * (x.shape[1] * x.shape[2] / (height * width))


def bilinear(x: jax.Array, like: jax.Array) -> jax.Array:
    """`pixels.bilinear` to the height and width of `like`."""
    return resized(x, like, sides(like))


def resized(x: jax.Array, like: jax.Array, new: Sequence[Side]) -> jax.Array:
    """Resizes bilinearly to the height and width of `like`, whose image has sides `new`."""
    if not _frame.get():
        return pixels.bilinear(x, *like.shape[1:3])
    lengths = zip(x.shape[1:3], like.shape[1:3], sides(x), new, strict=True)
    return pixels.interpolated(x, *(pixels.interpolation(*line) for line in lengths))


def bicubic(x: jax.Array, factor: int) -> jax.Array:
    """`pixels.bicubic`."""
    if not _frame.get():
        return pixels.bicubic(x, factor)
    reach = pixels.CUBIC_REACH
    for axis, side in zip((1, 2), sides(x), strict=True):
        places = jnp.arange(-reach, x.shape[axis] + reach)
        places = jnp.where(places < side, places, 2 * side - 1 - places)
        x = jnp.take(x, jnp.where(places < 0, -1 - places, places), axis, mode="clip")
    return pixels.bicubic_inside(x, factor)


def reflected(x: jax.Array) -> jax.Array:
    """Continues the image outside by its mirror image; edge pixels come once."""
    if not _frame.get():
        return x
    for axis, side in zip((1, 2), sides(x), strict=True):
        places = jnp.arange(x.shape[axis])
        x = jnp.take(x, jnp.where(places < side, places, 2 * side - 2 - places), axis, mode="clip")
    return x


@contextlib.contextmanager
def transposed() -> Iterator[None]:
    """Within, heights are widths."""
    frame = _frame.get()
    with _set(frame and _Frame(frame.sides[::-1], frame.canvas[::-1])):
        yield


@contextlib.contextmanager
def _set(frame: _Frame | None) -> Iterator[None]:
    token = _frame.set(frame)
    try:
        yield
    finally:
        _frame.reset(token)
