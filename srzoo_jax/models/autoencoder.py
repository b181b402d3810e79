"""The autoencoder of Mentzer et al., CVPR 2018, https://arxiv.org/abs/1801.04260.

Encoder with importance map, quantiser with learned centres, decoder.
"""

from collections.abc import Callable
from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from srzoo_jax.models import layers, pixels
from srzoo_jax.models.convolution import conv2d
from srzoo_jax.models.layers import Conv

BLOCKS = 3
"""Residual blocks in a group."""


class Halve(nn.Module):
    """Convolution of stride 2: [B, H, W, I] -> [B, ceil(H / 2), ceil(W / 2), features].

    Padded as TensorFlow's SAME: of the zeros that are needed the larger half comes last.
    """

    features: int
    kernel_size: int

    @nn.compact
    def __call__(self, x):
        shape = (self.kernel_size, self.kernel_size, x.shape[-1], self.features)
        kernel = self.param("kernel", nn.initializers.he_normal(), shape)
        return lax.conv_general_dilated(
            x,
            kernel.astype(x.dtype),
            window_strides=(2, 2),
            padding="SAME",
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            precision=lax.Precision.HIGHEST,
        )


class Double(nn.Module):
    """Transposed convolution of stride 2: [B, H, W, I] -> [B, 2H, 2W, features].

    The adjoint of `Halve`, so its kernel, of size 3 or 5, is [h, w, features, I]. Each of the four
    outputs of a pixel is a 3x3 convolution: one convolution gives all, and a shuffle places them.
    """

    features: int
    kernel_size: int

    @nn.compact
    def __call__(self, x):
        size, inputs = self.kernel_size, x.shape[-1]
        initializer = nn.initializers.he_normal(in_axis=-1, out_axis=-2)
        kernel = self.param("kernel", initializer, (size, size, self.features, inputs))
        before = (5 - size) // 2
        pads = [(before, 6 - size - before)] * 2 + [(0, 0)] * 2
        taps = jnp.pad(jnp.flip(kernel, (0, 1)), pads).reshape(3, 2, 3, 2, self.features, inputs)
        taps = jnp.flip(taps, (1, 3)).transpose(0, 2, 5, 4, 1, 3).reshape(3, 3, inputs, -1)
        x = conv2d(x, taps.astype(x.dtype), padding=(1, 1))
        return pixels.pixel_shuffle(x, 2)


class BatchNorm(nn.Module):
    """Batch normalisation by the statistics of the training."""

    @nn.compact
    def __call__(self, x):
        shape = x.shape[-1:]
        ones, zeros = nn.initializers.ones, nn.initializers.zeros
        scale, variance = (self.param(name, ones, shape) for name in ("scale", "variance"))
        bias, mean = (self.param(name, zeros, shape) for name in ("bias", "mean"))
        factor = scale.astype(x.dtype) * lax.rsqrt(variance.astype(x.dtype) + 1e-5)
        return (x - mean.astype(x.dtype)) * factor + bias.astype(x.dtype)


class ConvNorm(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    features: int
    kernel_size: int = 3
    conv: Callable = partial(Conv, use_bias=False)
    relu: bool = True

    @nn.compact
    def __call__(self, x):
        x = self.conv(self.features, self.kernel_size, name="conv")(x)
        x = BatchNorm(name="norm")(x)
        return nn.relu(x) if self.relu else x


class ResBlock(nn.Module):
    """Two convolutions, added to the input."""

    relu: bool = True

    @nn.compact
    def __call__(self, x):
        features = x.shape[-1]
        y = ConvNorm(features, relu=self.relu, name="conv1")(x)
        return x + ConvNorm(features, relu=False, name="conv2")(y)


class Group(nn.Module):
    """Three residual blocks, added to the input."""

    @nn.compact
    def __call__(self, x):
        return x + layers.repeat(ResBlock(name="blocks"), BLOCKS)(x)


class Trunk(nn.Module):
    """Groups and one more block without ReLU, added to the input."""

    groups: int

    @nn.compact
    def __call__(self, x):
        y = layers.repeat(Group(name="groups"), self.groups)(x)
        return x + ResBlock(relu=False, name="last")(y)


def importance(x: jax.Array, channels: int) -> jax.Array:
    """[B, H, W] -> mask [B, H, W, C] in [0, 1], of so many first channels as `x` says."""
    level = nn.sigmoid(x)[..., None] * channels
    return jnp.clip(level - jnp.arange(channels, dtype=x.dtype), 0, 1)


class Encoder(nn.Module):
    """Normalised image [B, H, W, 3] -> bottleneck [B, ceil(H / 8), ceil(W / 8), C], masked."""

    channels: int
    features: int
    groups: int

    @nn.compact
    def __call__(self, x):
        x = ConvNorm(self.features // 2, 5, Halve, name="head1")(x)
        x = ConvNorm(self.features, 5, Halve, name="head2")(x)
        x = Trunk(self.groups, name="trunk")(x)
        x = ConvNorm(1 + self.channels, 5, Halve, relu=False, name="tail")(x)
        return x[..., 1:] * importance(x[..., 0], self.channels)


class Decoder(nn.Module):
    """Quantised bottleneck [B, H, W, C] -> normalised image [B, 8H, 8W, 3]."""

    features: int
    groups: int

    @nn.compact
    def __call__(self, x):
        x = ConvNorm(self.features, 3, Double, name="head")(x)
        x = Trunk(self.groups, name="trunk")(x)
        x = ConvNorm(self.features // 2, 5, Double, name="tail1")(x)
        return ConvNorm(3, 5, Double, relu=False, name="tail2")(x)


class Quantizer(nn.Module):
    """Learned centres, in no order; a symbol is the number of one."""

    levels: int

    def setup(self):
        self.centers = self.param("centers", nn.initializers.normal(1.0), (self.levels,))

    def symbols(self, x):
        """Returns the number of the nearest centre; of equally near ones the first."""
        distances = jnp.square(x[..., None] - self.centers.astype(x.dtype))
        return jnp.argmin(distances, axis=-1).astype(jnp.int32)

    def values(self, symbols, dtype):
        return jnp.asarray(self.centers, dtype)[symbols]

    def __call__(self, x):
        """Returns the nearest centre; its derivative is that of the soft assignment (Eq. 4)."""
        centers = self.centers.astype(x.dtype)
        # Minus the squared distance, but for x x, which all centres share: it could be huge.
        closeness = 2 * x[..., None] * centers - centers**2
        soft = nn.softmax(closeness) @ centers
        return self.values(self.symbols(x), x.dtype) + (soft - lax.stop_gradient(soft))
