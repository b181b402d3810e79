"""The linear tail of EDSR and its kin in one step.

Convolutions and pixel shuffles without an activation between them are one convolution together,
at low resolution, whose channels are the pixels of the output: of x4, 5x5 for 9x the arithmetic
less. Only where zeros were put around what is between does it differ: in a ring of one LR pixel
along the border, which is computed step by step.
"""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from srzoo_jax.models import canvas, folding
from srzoo_jax.models.convolution import conv2d, shortcuts
from srzoo_jax.models.layers import Conv, Upsampler, steps
from srzoo_jax.models.pixels import pixel_shuffle

_STRIP = 3
"""LR pixels that those of the ring see, across it."""
_SMALLEST = 16
"""Below this side, in LR pixels, the ring and the kernel's composition cost more than they save."""


def enlarge(x: jax.Array, upsampler: Upsampler, last: Conv) -> jax.Array:
    """Returns `last(upsampler(x))`, [B, H, W, C] -> [B, s H, s W, O].

    Args:
        x: Features.
        upsampler: With pixel shuffles and without activation or groups.
        last: A layer of kernel 3 with bias.
    """
    sizes = x.shape[1:3]
    watched = upsampler.is_mutable_collection("intermediates")
    if (
        not shortcuts.value
        or upsampler.is_initializing()
        or watched
        or not all(isinstance(size, int) and size >= _SMALLEST for size in sizes)
    ):
        return last(upsampler(x))
    params = upsampler.variables["params"]
    factors = steps(upsampler.scale)
    if "folded" in params:
        with shortcuts(False):
            return _shuffled(folding.apply(x, params["folded"]), factors)
    layers = [*(params[f"conv{i}"] for i in range(len(factors))), last.variables["params"]]
    # In float64 as the layers would be, with parameters of float32, too.
    kind = jnp.promote_types(x.dtype, jnp.float32)
    layers = jax.tree.map(lambda leaf: leaf.astype(kind), layers)
    with shortcuts(False):  # What is left is small.
        kernel, bias = _collapse(layers, factors)
        pad = kernel.shape[0] // 2
        out = conv2d(canvas.blank(x), kernel.astype(x.dtype), (pad, pad)) + bias.astype(x.dtype)
        return _ring(x, _shuffled(out, factors), lambda x: last(upsampler(x)), upsampler.scale)


def _shuffled(x: jax.Array, factors: Sequence[int]) -> jax.Array:
    for factor in factors:
        x = pixel_shuffle(x, factor)
    return x


def _collapse(layers: list[dict], factors: tuple[int, ...]) -> tuple:
    """The kernel and bias of all layers together; outputs are ordered for `factors` in turn."""
    *layers, last = layers
    kernel, bias = last["kernel"], last["bias"]
    for layer, factor in zip(reversed(layers), reversed(factors), strict=True):
        kernel, more = _composed(layer["kernel"], layer["bias"], kernel, factor)
        bias = jnp.repeat(bias, factor**2) + more
    return kernel, bias


def _composed(before: jax.Array, bias: jax.Array, after: jax.Array, factor: int) -> tuple:
    """A convolution, a pixel shuffle and a convolution as one, before a pixel shuffle.

    Args:
        before: The first one's kernel [h, h, C, I f f].
        bias: The first one's [I f f].
        after: The second one's kernel [k, k, I, O].
        factor: f of both shuffles.

    Returns:
        A kernel [r, r, C, O f f], and what the bias adds up to [O f f].
    """
    size, _, channels, _ = before.shape
    # The bias is what a channel of ones makes by itself.
    ones = jnp.pad(bias[None, None, None], 2 * [2 * (size // 2,)] + 2 * [(0, 0)])
    before = jnp.concatenate([before, ones], axis=2)
    before = before.reshape(size, size, channels + 1, -1, factor, factor)
    places = _places(size, after.shape[0], factor)
    how = "hkrap,wlsbq,hwciab,klio->rscopq"
    kernel = jnp.einsum(how, places, places, before, after, precision=lax.Precision.HIGHEST)
    kernel = kernel.reshape(*kernel.shape[:3], -1)
    return kernel[:, :, :channels], kernel[:, :, channels].sum((0, 1))


def _places(first: int, second: int, factor: int) -> np.ndarray:
    """Along one side: [h, k, r, a, p], 1 where tap h and tap k, by way of sub-pixel a, are tap r.

    For sub-pixel p of the result; taps h and r are cells apart, k sub-pixels.
    """
    reach = -(-(second // 2) // factor)  # Cells that the second one sees, to either side.
    shape = first, second, first + 2 * reach, factor, factor
    h, k, r, a, p = np.ogrid[tuple(map(slice, shape))]
    return np.float32(factor * (r - h - reach) + a == p + k - second // 2)


def _ring(x: jax.Array, out: jax.Array, tail: Callable, scale: int) -> jax.Array:
    """Replaces the outermost LR pixels of `out` by those of `tail`."""
    for axis in (1, 2):
        ends = jnp.concatenate(canvas.strips(x, _STRIP, axis))
        sides = [*canvas.sides(x)]
        sides[axis - 1] = _STRIP
        with canvas.within(sides, ends):
            start, stop = jnp.split(tail(ends), 2)
        first = lax.slice_in_dim(start, 0, scale, axis=axis)
        last = lax.slice_in_dim(stop, stop.shape[axis] - scale, stop.shape[axis], axis=axis)
        out = lax.dynamic_update_slice_in_dim(out, first, 0, axis)
        end = canvas.sides(out)[axis - 1]
        out = lax.dynamic_update_slice_in_dim(out, last, end - scale, axis)
    return out
