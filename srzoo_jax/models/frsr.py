"""FRSR and NatSR (Soh et al., CVPR 2019), https://arxiv.org/abs/1911.03624.

One network, trained for PSNR (FRSR) or to look natural (NatSR).
"""

import flax.linen as nn
import numpy as np

from srzoo_jax.models import layers, pixels
from srzoo_jax.models.dense import dense
from srzoo_jax.models.layers import Conv
from srzoo_jax.porting.names import Layer, Names
from srzoo_jax.porting.shapes import Inferred, Shapes, count, enlargement

_DENSE = range(5)


class DenseBlock(nn.Module):
    """Five convolutions, each of all outputs before it; their 1x1 fusion is added by a tenth."""

    features: int

    @nn.compact
    def __call__(self, x):
        layers = [Conv(self.features, name=f"conv{i}") for i in _DENSE]
        seen = dense(self, x, layers, [nn.relu] * len(layers))
        return x + 0.1 * Conv(self.features, 1, name="fusion")(*seen)


class Fractal(nn.Module):
    """The input, plus what two smaller fractals make of it in turn; the smallest are blocks."""

    features: int
    level: int

    @nn.compact
    def __call__(self, x):
        if self.level > 1:
            half = Fractal(self.features, self.level - 1, name="halves")
        else:
            half = DenseBlock(self.features, name="halves")
        return x + layers.repeat(half, 2)(x)


class FRSR(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped; 2**levels dense blocks."""

    scale: int
    features: int = 64
    levels: int = 3

    @nn.compact
    def __call__(self, image):
        x = Conv(self.features, name="head")(image)
        y = Fractal(self.features, self.levels, name="fractal")(x)
        x = x + Conv(self.features, name="body")(y)
        x = layers.Upsampler(self.scale, shuffle=pixels.depth_to_space, name="up")(x)
        return Conv(3, name="tail")(x)


def names(model: FRSR) -> Names:
    """The layers of JWSoh/NatSR -> ours; the number of a block, in binary, is its place."""
    blocks = "fractal" + model.levels * "/halves"
    parts = {**{f"conv{i}": f"conv{i}" for i in _DENSE}, "conv_fusion": "fusion"}
    return {
        "GEN/conv1/conv2d": "head",
        **{
            f"GEN/Block{number}/{theirs}/conv2d": Layer(f"{blocks}/{ours}", index=tuple(index))
            for number, index in enumerate(np.ndindex((2,) * model.levels))
            for theirs, ours in parts.items()
        },
        "GEN/conv2/conv2d": "body",
        **{
            f"GEN/conv_up{i + 1}/conv2d": f"up/conv{i}"
            for i in range(len(layers.steps(model.scale)))
        },
        "GEN/conv_out/conv2d": "tail",
    }


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    return {
        "scale": enlargement(shapes, "GEN/conv_up*/conv2d"),
        "features": shapes["GEN/conv1/conv2d"][-1],
        "levels": count(shapes, "GEN/Block*/conv_fusion/conv2d").bit_length() - 1,
    }
