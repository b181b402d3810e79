"""Where pixels go: shuffles between channels and space, and enlargement without parameters.

Each is a call under its name in programs, by which exporters know it.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from srzoo_jax.models.calls import task
from srzoo_jax.resize import cubic

CUBIC_REACH = 2
"""Pixels that bicubic interpolation sees to either side."""


@partial(jax.jit, static_argnames="factor")
def pixel_shuffle(x: jax.Array, factor: int) -> jax.Array:
    """[B, H, W, C f f] -> [B, f H, f W, C]; channels in PyTorch's order: (C, row, column)."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height, width, channels // factor**2, factor, factor)
    x = x.transpose(0, 1, 4, 2, 5, 3)
    return x.reshape(batch, factor * height, factor * width, -1)


@partial(jax.jit, static_argnames="factor")
def depth_to_space(x: jax.Array, factor: int) -> jax.Array:
    """[B, H, W, f f C] -> [B, f H, f W, C]; channels in TensorFlow's order: (row, column, C)."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height, width, factor, factor, channels // factor**2)
    x = x.transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(batch, factor * height, factor * width, -1)


@partial(jax.jit, static_argnames=("height", "width"))
def bilinear(x: jax.Array, height: int, width: int) -> jax.Array:
    """Resizes [B, H, W, C] bilinearly, as PyTorch's `interpolate(align_corners=False)`.

    Outside the image its edge pixels go on. Nothing is filtered when it shrinks.
    """
    sides = zip(x.shape[1:3], (height, width), strict=True)
    return interpolated(x, *(interpolation(*line) for line in sides))


def interpolated(x: jax.Array, rows: jax.Array, columns: jax.Array) -> jax.Array:
    """Applies the matrices [new, old] of `interpolation` to the rows and columns of images."""
    x = jnp.einsum("hi,bijc->bhjc", rows.astype(x.dtype), x, precision=lax.Precision.HIGHEST)
    return jnp.einsum("wj,bhjc->bhwc", columns.astype(x.dtype), x, precision=lax.Precision.HIGHEST)


def interpolation(old: int, new: int, old_part=None, new_part=None) -> np.ndarray | jax.Array:
    """The matrix [new, old] that interpolates a line linearly.

    Lengths may be symbolic. If given, only so many pixels of either line are an image's.
    """
    rows, columns = new, old
    old, new = (
        whole if part is None else part for whole, part in ((old, old_part), (new, new_part))
    )
    known = all(isinstance(length, int) for length in (rows, columns, old, new))
    xp = np if known else jnp
    # Twice a place, in multiples of 1 / new: whole numbers, which float32 would round.
    steps = ((2 * xp.arange(rows) + 1) * old - new).clip(0, 2 * new * (old - 1))
    return xp.maximum(0, 1 - xp.abs(steps[:, None] - 2 * new * xp.arange(columns)) / (2 * new))


def bicubic(x: jax.Array, factor: int) -> jax.Array:
    """Enlarges [B, H, W, C] by a whole factor as MATLAB's `imresize`; sides of at least 2.

    Equal to `resize.imresize` but for rounding, in a third of its time (CPU), and for images of
    symbolic size, too.
    """
    return bicubic_inside(_mirrored(x, CUBIC_REACH), factor)


def bicubic_inside(x: jax.Array, factor: int) -> jax.Array:
    """Like `bicubic`, of images that have a border of `CUBIC_REACH` pixels already."""
    taps = np.arange(-CUBIC_REACH, CUBIC_REACH + 1)
    places = (np.arange(factor) + 0.5) / factor - 0.5
    weights = cubic(places[:, None] - taps, a=-0.5)
    return polyphase(x, weights.astype(x.dtype))


def _mirrored(x: jax.Array, border: int) -> jax.Array:
    """Adds a border that repeats the image in reverse, edge pixels included."""
    for axis in (1, 2):
        size = x.shape[axis]
        first = lax.slice_in_dim(x, 0, border, axis=axis)
        last = lax.slice_in_dim(x, size - border, size, axis=axis)
        x = jnp.concatenate([jnp.flip(first, axis), x, jnp.flip(last, axis)], axis)
    return x


@jax.jit
def polyphase(x: jax.Array, weights: jax.Array) -> jax.Array:
    """[B, H + t - 1, W + t - 1, C] -> [B, f H, f W, C]: f weighted sums of t pixels, each way.

    `weights` is [f, t]; there is no border, and channels stay apart.
    """
    factor, taps = weights.shape
    for axis in (1, 2):
        size = x.shape[axis] - taps + 1
        parts = [lax.slice_in_dim(x, tap, tap + size, axis=axis) for tap in range(taps)]
        phases = [
            sum(weights[phase, tap] * part for tap, part in enumerate(parts))
            for phase in range(factor)
        ]
        shape = [*x.shape]
        shape[axis] = factor * size
        x = jnp.stack(phases, axis + 1).reshape(shape)
    return x


@partial(jax.jit, static_argnames="factor")
def nearest(x: jax.Array, factor: int) -> jax.Array:
    """[B, H, W, C] -> [B, f H, f W, C]: every pixel becomes a square."""
    return x.repeat(factor, axis=1).repeat(factor, axis=2)


@jax.jit
def average(x: jax.Array) -> jax.Array:
    """[B, H, W, C] -> [B, 1, 1, C], the mean over each image.

    On CPUs every image is summed up by itself: where there are several, XLA adds in another order.
    """
    batch = x.shape[0]
    if jax.default_backend() != "cpu" or not isinstance(batch, int):
        return _mean(x)
    if batch == 1:
        return task(_mean)(x)
    return lax.map(lambda image: task(_mean)(image[None])[0], x)


def _mean(x):
    return x.mean((1, 2), keepdims=True)
