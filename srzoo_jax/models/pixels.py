"""Where pixels go: shuffles between channels and space, and enlargement without parameters."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


def pixel_shuffle(x: jax.Array, factor: int) -> jax.Array:
    """[B, H, W, C f f] -> [B, f H, f W, C]; channels in PyTorch's order: (C, row, column)."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height, width, channels // factor**2, factor, factor)
    x = x.transpose(0, 1, 4, 2, 5, 3)
    return x.reshape(batch, factor * height, factor * width, -1)


def depth_to_space(x: jax.Array, factor: int) -> jax.Array:
    """[B, H, W, f f C] -> [B, f H, f W, C]; channels in TensorFlow's order: (row, column, C)."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height, width, factor, factor, channels // factor**2)
    x = x.transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(batch, factor * height, factor * width, -1)


def bilinear(x: jax.Array, height: int, width: int) -> jax.Array:
    """Resizes [B, H, W, C] bilinearly, as PyTorch's `interpolate(align_corners=False)`.

    Outside the image its edge pixels go on. Nothing is filtered when it shrinks.
    """
    rows, columns = _interpolation(x.shape[1], height), _interpolation(x.shape[2], width)
    x = jnp.einsum("hi,bijc->bhjc", rows.astype(x.dtype), x, precision=lax.Precision.HIGHEST)
    return jnp.einsum("wj,bhjc->bhwc", columns.astype(x.dtype), x, precision=lax.Precision.HIGHEST)


def _interpolation(old: int, new: int) -> np.ndarray:
    """The matrix [new, old] that interpolates a line linearly."""
    places = ((np.arange(new) + 0.5) * old / new - 0.5).clip(0, old - 1)
    return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(old)))


def nearest(x: jax.Array, factor: int) -> jax.Array:
    """[B, H, W, C] -> [B, f H, f W, C]: every pixel becomes a square."""
    return x.repeat(factor, axis=1).repeat(factor, axis=2)
