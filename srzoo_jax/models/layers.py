"""Layers that several families share."""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax.models import canvas
from srzoo_jax.models.convolution import conv2d, shortcuts
from srzoo_jax.models.pixels import pixel_shuffle
from srzoo_jax.models.strided import strided, transposed

DIV2K_MEAN = np.array((0.4488, 0.4371, 0.4040), np.float32)
"""Mean colour of the DIV2K training images, as EDSR, RCAN, MSRN and CARN subtract it."""


class Conv(nn.Module):
    """Convolution with zero padding, as PyTorch's: by default of half the kernel.

    [B, H, W, I] -> [B, ceil(H / stride), ceil(W / stride), features] for odd kernels and default
    padding. Computes in the type of its input. Starts as PyTorch's layers do: uniform within
    1 / sqrt(fan in).
    """

    features: int
    kernel_size: int = 3
    stride: int = 1
    groups: int = 1
    use_bias: bool = True
    padding: int | None = None

    @nn.compact
    def __call__(self, *maps):
        """Several feature maps are taken as concatenated."""
        size, inputs = self.kernel_size, sum(x.shape[-1] for x in maps) // self.groups
        padding = size // 2 if self.padding is None else self.padding
        uniform = nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform")
        kernel = self.param("kernel", uniform, (size, size, inputs, self.features))
        kernel = kernel.astype(maps[0].dtype)
        if size == 1 and self.groups == 1 and shortcuts.value:
            # Concatenating costs as much as multiplying.
            ends = np.cumsum([x.shape[-1] for x in maps])[:-1]
            kernels = jnp.split(kernel, ends, axis=2)
            x = sum(self._convolve(*pair, padding) for pair in zip(maps, kernels, strict=True))
        else:
            x = jnp.concatenate(maps, axis=-1) if len(maps) > 1 else maps[0]
            x = canvas.blank(x) if size > 1 else x
            # Group by group: XLA's own grouped convolution takes 2 to 4 times as long on CPU.
            parts = (jnp.split(part, self.groups, axis=-1) for part in (x, kernel))
            outs = [self._convolve(*part, padding) for part in zip(*parts, strict=True)]
            x = jnp.concatenate(outs, axis=-1)
        if self.use_bias:
            x = x + self.param("bias", nn.initializers.zeros, (self.features,)).astype(x.dtype)
        return x

    def _convolve(self, x, kernel, padding):
        if self.stride == 1:
            return conv2d(x, kernel, (padding, padding))
        return strided(x, kernel, self.stride, padding)


class ConvTranspose(nn.Module):
    """Transposed convolution, as PyTorch's.

    [B, H, W, I] -> [B, h, w, features] with h = (H - 1) stride + kernel_size - 2 padding.
    """

    features: int
    kernel_size: int
    stride: int
    padding: int

    @nn.compact
    def __call__(self, x):
        size = self.kernel_size
        uniform = nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform")
        kernel = self.param("kernel", uniform, (size, size, x.shape[-1], self.features))
        x = transposed(canvas.blank(x), kernel.astype(x.dtype), self.stride, self.padding)
        return x + self.param("bias", nn.initializers.zeros, (self.features,)).astype(x.dtype)


class PReLU(nn.Module):
    """ReLU that lets negative values through, times a learnt slope: of all channels, or of each."""

    shared: bool = True

    @nn.compact
    def __call__(self, x):
        shape = (1,) if self.shared else x.shape[-1:]
        slope = self.param("slope", nn.initializers.constant(0.25), shape).astype(x.dtype)
        return prelu(x, slope)


@jax.jit
def prelu(x: jax.Array, slope: jax.Array) -> jax.Array:
    """What `PReLU` does; a call under its name in programs, by which exporters know it."""
    return jnp.where(x < 0, slope * x, x)


def repeat(block: nn.Module, length: int) -> Callable[[jax.Array], jax.Array]:
    """Returns x -> block(...block(x)), `length` times, each with parameters of its own.

    The parameters are stacked along a new first axis and the block is scanned over them: the
    program is that of one block, which compiles once.
    """
    return lambda x: _scan(block, length, lambda y: None)(x)[0]


def chain(block: nn.Module, length: int) -> Callable[[jax.Array], jax.Array]:
    """Like `repeat`, but x -> the outputs of all blocks, along a new first axis."""
    return lambda x: _scan(block, length, lambda y: y)(x)[1]


def _scan(block, length, kept):
    def step(block, x, _):
        y = block(x)
        return y, kept(y)

    scan = nn.scan(
        step,
        variable_axes={"params": 0, "intermediates": 0},
        split_rngs={"params": True},
        length=length,
    )
    return lambda x: scan(block, x, None)


def steps(scale: int) -> tuple[int, ...]:
    """The factors by which upsamplers go: x3 in one step, powers of two by doubling.

    Raises:
        ValueError: `scale` is neither 3 nor a power of two.
    """
    if scale == 3:
        return (3,)
    if scale < 1 or scale & (scale - 1):
        raise ValueError(f"scale must be 3 or a power of two, got {scale}")
    return (2,) * (scale.bit_length() - 1)


class Upsampler(nn.Module):
    """For each step: convolution to f f times the features, activation, pixel shuffle."""

    scale: int
    activation: Callable[[jax.Array], jax.Array] | None = None
    groups: int = 1
    shuffle: Callable[[jax.Array, int], jax.Array] = pixel_shuffle

    @nn.compact
    def __call__(self, x):
        features = x.shape[-1]
        for i, factor in enumerate(steps(self.scale)):
            x = Conv(features * factor**2, groups=self.groups, name=f"conv{i}")(x)
            x = self.activation(x) if self.activation else x
            x = self.shuffle(x, factor)
        return x
