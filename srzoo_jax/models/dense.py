"""Densely connected convolutions, each of all feature maps before it, as RRDB and FRSR have them.

One after the other, these layers read every map as often as it is seen. Here they read it once:

- On CPUs, Winograd's convolution transforms its input first; what is transformed is kept. The
  result is the same to the last bit, in 0.71 to 0.74 of the time (RRDB, 80x120 pixels, two cores;
  320x320: 0.87).
- On GPUs, a map is convolved at once for all layers that see it, which then add what is theirs.
  Convolutions of many outputs run nearer to a GPU's peak, and nothing is concatenated: 0.71 of the
  time in bfloat16, 0.67 in TF32, 0.88 in float32 (RRDB's block, 16 times 120x80 pixels, H100).
"""

from collections.abc import Callable, Sequence
from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from srzoo_jax.models import canvas, winograd
from srzoo_jax.models.convolution import conv2d, precision, shortcuts
from srzoo_jax.models.layers import Conv

Activation = Callable[[jax.Array], jax.Array]

_LARGEST = 6400  # Of more tiles, what is kept transformed takes too much memory: 28 KB each.

_kept = partial(jax.jit, static_argnums=0)  # Traced once, not for every block alike.


def dense(
    block: nn.Module, x: jax.Array, layers: Sequence[Conv], activations: Sequence[Activation]
) -> list[jax.Array]:
    """Returns `x` and what each layer makes of all that was there before.

    Args:
        block: The module that has the layers.
        x: [B, H, W, C].
        layers: Of kernel 3, with bias.
        activations: What comes after each.
    """
    watched = block.is_initializing() or block.is_mutable_collection("intermediates")
    known = all(isinstance(size, int) for size in x.shape)
    if watched or not known or not shortcuts.value:
        maps = [x]
        for layer, activation in zip(layers, activations, strict=True):
            maps.append(activation(layer(*maps)))
        return maps
    params = [layer.variables["params"] for layer in layers]
    # In the type of the input, as layers compute.
    kernels, biases = ([p[name].astype(x.dtype) for p in params] for name in ("kernel", "bias"))
    sides = jnp.asarray(canvas.sides(x)) if canvas.is_laid() else None
    return [x, *_dense(tuple(activations), x, kernels, biases, sides)]


def _transforms(x: jax.Array, kernels: Sequence[jax.Array]) -> bool:
    """Whether CPUs use Winograd's convolution, of few enough tiles, for all of these."""
    tiles = -(-x.shape[1] // winograd.STEP) * -(-x.shape[2] // winograd.STEP)
    suited = all(winograd.suits(x, kernel, winograd.CPU_CHANNELS) for kernel in kernels)
    few = winograd.LEAST_TILES <= tiles <= _LARGEST // x.shape[0]
    return precision.value == "float32" and suited and few


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _dense(activations, x, kernels, biases, sides):
    once, apart, at_once = (partial(f, activations) for f in (_shared, _apart, _summed))
    on_cpu = once if _transforms(x, kernels) else apart
    return lax.platform_dependent(
        x, kernels, biases, sides, cpu=on_cpu, cuda=at_once, rocm=at_once, default=apart
    )


@_dense.defjvp
def _derivative(activations, primals, tangents):
    *primals, sides = primals
    function = lambda *args: _apart(activations, *args, sides)  # noqa: E731
    return jax.jvp(function, tuple(primals), tuple(tangents[:-1]))


@_kept
def _apart(activations, x, kernels, biases, sides):
    maps = [x]
    with canvas.within(sides, x):
        for kernel, bias, activation in zip(kernels, biases, activations, strict=True):
            seen = canvas.blank(jnp.concatenate(maps, axis=-1))
            maps.append(activation(conv2d(seen, kernel, (1, 1)) + bias))
    return maps[1:]


@_kept
def _summed(activations, x, kernels, biases, sides):
    kind = jnp.bfloat16 if precision.value == "bfloat16" else x.dtype
    maps, sums, seen = [], list(biases), 0
    with canvas.within(sides, x):
        for i, activation in enumerate(activations):
            stop = seen + x.shape[-1]
            kernel = jnp.concatenate([kernel[:, :, seen:stop] for kernel in kernels[i:]], -1)
            out = conv2d(canvas.blank(x).astype(kind), kernel.astype(kind), (1, 1))
            ends = np.cumsum([bias.shape[-1] for bias in biases[i:]])[:-1]
            # As it is: joined to a sum, the convolution would be slower.
            parts = jnp.split(lax.optimization_barrier(out), ends, axis=-1)
            sums[i:] = [total + part for total, part in zip(sums[i:], parts, strict=True)]
            x, seen = activation(sums[i]), stop
            maps.append(x)
    return maps


@_kept
def _shared(activations, x, kernels, biases, sides):
    maps, tiles = [], []
    with canvas.within(sides, x):
        for kernel, bias, activation in zip(kernels, biases, activations, strict=True):
            tiles.append(winograd.transformed(canvas.blank(x), (1, 1)))
            x = activation(winograd.multiplied(tiles, kernel, x.shape[:3]) + bias)
            maps.append(x)
    return maps
