"""RFDN (Liu et al., ECCVW 2020), https://arxiv.org/abs/2009.11551."""

import math
from functools import partial

import flax.linen as nn

from srzoo_jax.models import attention, pixels
from srzoo_jax.models.layers import Conv
from srzoo_jax.porting.names import Names
from srzoo_jax.porting.shapes import Inferred, Shapes, count

_leaky = partial(nn.leaky_relu, negative_slope=0.05)


class Block(nn.Module):
    """Residual feature distillation: before each residual step, a 1x1 conv keeps a half."""

    features: int

    @nn.compact
    def __call__(self, x):
        kept = []
        for i in (1, 2, 3):
            kept.append(_leaky(Conv(self.features // 2, 1, name=f"distil{i}")(x)))
            x = _leaky(x + Conv(self.features, name=f"conv{i}")(x))
        kept.append(_leaky(Conv(self.features // 2, name="conv4")(x)))
        y = Conv(self.features, 1, name="fusion")(*kept)
        return attention.SpatialAttention(self.features // 4, depth=3, name="attention")(y)


class RFDN(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped; sides of at least 15."""

    scale: int
    features: int = 50
    blocks: int = 4

    min_side = attention.MIN_SIDE

    @nn.compact
    def __call__(self, image):
        x = Conv(self.features, name="head")(255 * image)  # The authors work in [0, 255].
        y, seen = x, []
        for i in range(self.blocks):
            y = Block(self.features, name=f"block{i}")(y)
            seen.append(y)
        y = _leaky(Conv(self.features, 1, name="fusion")(*seen))
        x = x + Conv(self.features, name="body")(y)
        y = Conv(3 * self.scale**2, name="tail")(x)
        return pixels.pixel_shuffle(y, self.scale) / 255


def names(model: RFDN) -> Names:
    """The layers of njulj/RFDN -> ours."""
    spatial = attention.names(("conv_max", "conv3", "conv3_"))
    block = {
        **{f"c{i}_d": f"distil{i}" for i in (1, 2, 3)},
        **{f"c{i}_r": f"conv{i}" for i in (1, 2, 3)},
        "c4": "conv4",
        "c5": "fusion",
        **{f"esa.{theirs}": f"attention/{ours}" for theirs, ours in spatial.items()},
    }
    return {
        "fea_conv": "head",
        **{
            f"B{i + 1}.{theirs}": f"block{i}/{ours}"
            for i in range(model.blocks)
            for theirs, ours in block.items()
        },
        "c.0": "fusion",
        "LR_conv": "body",
        "upsampler.0": "tail",
    }


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    return {
        "scale": math.isqrt(shapes["upsampler.0"][-1] // 3),
        "features": shapes["fea_conv"][-1],
        "blocks": count(shapes, "B*.c1_r"),
    }
