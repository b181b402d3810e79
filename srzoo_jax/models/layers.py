"""Layers that several families share."""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from srzoo_jax.models.convolution import conv2d
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
    def __call__(self, x):
        size, inputs = self.kernel_size, x.shape[-1] // self.groups
        padding = size // 2 if self.padding is None else self.padding
        uniform = nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform")
        kernel = self.param("kernel", uniform, (size, size, inputs, self.features))
        kernel = kernel.astype(x.dtype)
        if self.stride == self.groups == 1:
            x = conv2d(x, kernel, padding=(padding, padding))
        elif self.groups == 1:
            x = strided(x, kernel, self.stride, padding)
        else:
            x = lax.conv_general_dilated(
                x,
                kernel,
                window_strides=(self.stride, self.stride),
                padding=[(padding, padding)] * 2,
                dimension_numbers=("NHWC", "HWIO", "NHWC"),
                feature_group_count=self.groups,
                precision=lax.Precision.HIGHEST,
            )
        if self.use_bias:
            x = x + self.param("bias", nn.initializers.zeros, (self.features,)).astype(x.dtype)
        return x


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
        x = transposed(x, kernel.astype(x.dtype), self.stride, self.padding)
        return x + self.param("bias", nn.initializers.zeros, (self.features,)).astype(x.dtype)


class PReLU(nn.Module):
    """ReLU that lets negative values through, times a learnt slope: one for all channels."""

    @nn.compact
    def __call__(self, x):
        slope = self.param("slope", nn.initializers.constant(0.25), (1,)).astype(x.dtype)
        return jnp.where(x < 0, slope * x, x)


def repeat(block: nn.Module, length: int) -> Callable[[jax.Array], jax.Array]:
    """Returns x -> block(...block(x)), `length` times, each with parameters of its own.

    The parameters are stacked along a new first axis and the block is scanned over them: the
    program is that of one block, which compiles once.
    """
    scan = nn.scan(
        lambda block, x, _: (block(x), None),
        variable_axes={"params": 0, "intermediates": 0},
        split_rngs={"params": True},
        length=length,
    )
    return lambda x: scan(block, x, None)[0]


def pixel_shuffle(x: jax.Array, factor: int) -> jax.Array:
    """[B, H, W, C f f] -> [B, f H, f W, C]; channels in PyTorch's order: (C, row, column)."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height, width, channels // factor**2, factor, factor)
    x = x.transpose(0, 1, 4, 2, 5, 3)
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

    @nn.compact
    def __call__(self, x):
        features = x.shape[-1]
        for i, factor in enumerate(steps(self.scale)):
            x = Conv(features * factor**2, groups=self.groups, name=f"conv{i}")(x)
            x = self.activation(x) if self.activation else x
            x = pixel_shuffle(x, factor)
        return x
