"""The linear tail of EDSR and its kin in one step.

Convolutions and pixel shuffles without an activation between them are one convolution together,
at low resolution, whose channels are the pixels of the output: of x4, 5x5 for 9x the arithmetic
less. Only where zeros were put around what is between does it differ: in a ring of one LR pixel
along the border, which is computed step by step.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from srzoo_jax.models import canvas
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
    layers = [params[f"conv{i}"] for i in range(len(factors))]
    with shortcuts(False):  # What is left is small.
        kernel, bias = _collapse(layers, last.variables["params"], factors)
        pad = kernel.shape[0] // 2
        out = conv2d(canvas.blank(x), kernel.astype(x.dtype), (pad, pad)) + bias.astype(x.dtype)
        for factor in factors:
            out = pixel_shuffle(out, factor)
        return _ring(x, out, lambda x: last(upsampler(x)), upsampler.scale)


def _collapse(layers: list[dict], last: dict, factors: tuple[int, ...]) -> tuple:
    """The kernel and bias of all layers together; outputs are ordered for `factors` in turn."""
    kernel, bias = last["kernel"], last["bias"]
    for layer, factor in zip(reversed(layers), reversed(factors), strict=True):
        kernel, bias = _before_shuffle(kernel, factor), jnp.repeat(bias, factor**2)
        bias = bias + jnp.einsum("hwio,i->o", kernel, layer["bias"], precision="highest")
        kernel = _composed(kernel, layer["kernel"])
    return kernel, bias


def _before_shuffle(kernel: jax.Array, factor: int) -> jax.Array:
    """[k, k, C, O] behind a pixel shuffle -> [m, m, C f f, O f f] before another one."""
    size, _, inputs, outputs = kernel.shape
    reach = -(-(size // 2) // factor)
    cells = 2 * reach + 1

    def of_phase(row, column):
        """What the output at this place of a cell sees: the kernel moved within the cells."""
        fronts = [factor * reach - size // 2 + place for place in (row, column)]
        pads = [(front, factor * cells - size - front) for front in fronts]
        cut = jnp.pad(kernel, (*pads, (0, 0), (0, 0)))
        cut = cut.reshape(cells, factor, cells, factor, inputs, outputs)
        return cut.transpose(0, 2, 4, 1, 3, 5).reshape(cells, cells, -1, outputs)

    phases = [of_phase(i, j) for i in range(factor) for j in range(factor)]
    return jnp.stack(phases, axis=-1).reshape(cells, cells, -1, outputs * factor**2)


def _composed(after: jax.Array, before: jax.Array) -> jax.Array:
    """The kernel of one convolution after another: their full convolution."""
    pad = after.shape[0] - 1
    kernels = conv2d(before.transpose(2, 0, 1, 3), jnp.flip(after, (0, 1)), (pad, pad))
    return kernels.transpose(1, 2, 0, 3)


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
