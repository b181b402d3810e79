"""Which pixels of the image a detail of the output is made from.

Gradients along a path from a baseline to the image, times the steps of the path: integrated
gradients (Sundararajan et al., ICML 2017) where the path is straight, local attribution maps (Gu
and Dong, CVPR 2021, https://arxiv.org/abs/2011.11036) where it sharpens a blurred image. What the
map sums up to is what the detail's figure gains along the path.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from srzoo_jax.types import Image, Params, Restorer

Detail = Callable[[Image], jax.Array]
"""Restored images [B, H, W, C] -> [B]: how much of the detail there is."""


def along(
    restore: Restorer,
    params: Params,
    path: Callable[[jax.Array], Image],
    detail: Detail,
    *,
    steps: int,
) -> jax.Array:
    """Returns the map [B, H, W, C] of a path, by the midpoint rule.

    Args:
        restore: The model.
        params: Its parameters.
        path: Time in [0, 1] -> images; 0 is the baseline, 1 the image.
        detail: What is explained.
        steps: Of the path; the error falls as 1 / steps^2 where all is smooth.
    """

    def step(total, number):
        start, middle, end = (path((number + part) / steps) for part in (0, 0.5, 1))
        gradient = jax.grad(lambda x: detail(restore(params, x)).sum())(middle)
        return total + gradient * (end - start), None

    zeros = jnp.zeros_like(path(jnp.zeros(())))
    return jax.lax.scan(step, zeros, jnp.arange(steps))[0]


def straight(image: Image, baseline: Image) -> Callable[[jax.Array], Image]:
    """The path of integrated gradients."""
    return lambda time: baseline + time * (image - baseline)


def sharpening(image: Image, sigma: float = 1.2, radius: int = 4) -> Callable[[jax.Array], Image]:
    """The path of local attribution maps: Gaussian blur of a deviation falling from sigma to 0.

    Args:
        image: [B, H, W, C].
        sigma: Of the baseline's blur, in pixels; 1.2 by the authors' code.
        radius: Of the kernel, which has 2 radius + 1 taps a side; 4 by the authors' code.
    """
    return lambda time: blurred(image, sigma * (1 - time), radius)


def blurred(image: Image, sigma: jax.Array | float, radius: int) -> Image:
    """Blurs by a sampled Gaussian of 2 radius + 1 taps; a deviation of 0 changes nothing.

    The border is mirrored about the outermost pixel.
    """
    squares = jnp.arange(-radius, radius + 1) ** 2
    sharp = sigma < 0.05  # There the other weights are below e^-200: zero in float32.
    weights = jnp.exp(-squares / (2 * jnp.where(sharp, 1, sigma) ** 2))
    weights = jnp.where(sharp, squares == 0, weights).astype(image.dtype)
    weights = weights / weights.sum()
    return _filtered(_filtered(image, weights, 1), weights, 2)


def edges(top: int, left: int, size: int) -> Detail:
    """The sum of gradient magnitudes in a window: how much edge there is.

    Args:
        top: First row of the window, in output pixels.
        left: First column.
        size: Rows and columns of the window.
    """

    def detail(sr):
        window = sr[:, top : top + size + 1, left : left + size + 1]
        down = window[:, 1:, :-1] - window[:, :-1, :-1]
        across = window[:, :-1, 1:] - window[:, :-1, :-1]
        square = down**2 + across**2
        flat = square == 0  # The root has no gradient there; both sides of `where` must be finite.
        return jnp.where(flat, 0, jnp.sqrt(jnp.where(flat, 1, square))).sum((1, 2, 3))

    return detail


def attribution_map(
    restore: Restorer,
    params: Params,
    image: Image,
    *,
    top: int,
    left: int,
    size: int = 16,
    sigma: float = 1.2,
    steps: int = 50,
) -> jax.Array:
    """Returns the local attribution map [B, H, W, C] of a window's edges; see `edges`."""
    path = sharpening(image, sigma)
    return along(restore, params, path, edges(top, left, size), steps=steps)


def gini(field: jax.Array) -> jax.Array:
    """Returns the Gini coefficient of the magnitudes of a map [B, H, W, C], [B].

    0: all pixels count alike; 1: one counts alone. Channels are summed first.
    """
    values = jnp.sort(jnp.abs(field.sum(-1)).reshape(len(field), -1), axis=1)
    count = values.shape[1]
    rank = jnp.arange(1, count + 1)
    weighted = ((2 * rank - count - 1) * values).sum(1)
    total = values.sum(1)
    return jnp.where(total == 0, 0, weighted / jnp.where(total == 0, 1, count * total))


def diffusion_index(field: jax.Array) -> jax.Array:
    """Returns (1 - Gini coefficient) x 100 [B]: how widely a map is spread (Gu and Dong)."""
    return 100 * (1 - gini(field))


def _filtered(image, weights, axis: int):
    """Correlates along an axis; the border is mirrored about the outermost pixel."""
    radius = len(weights) // 2
    padding = [(radius, radius) if i == axis else (0, 0) for i in range(4)]
    padded = jnp.pad(image, padding, mode="reflect")
    length = image.shape[axis]
    slices = (jax.lax.slice_in_dim(padded, i, i + length, axis=axis) for i in range(2 * radius + 1))
    return sum(weight * part for weight, part in zip(weights, slices, strict=True))
