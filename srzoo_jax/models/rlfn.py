"""RLFN (Kong et al., CVPRW 2022), https://arxiv.org/abs/2205.07514."""

import math
from functools import partial

import flax.linen as nn

from srzoo_jax.models import attention, pixels
from srzoo_jax.models.layers import Conv
from srzoo_jax.porting.names import Names
from srzoo_jax.porting.shapes import Inferred, Shapes, count

_leaky = partial(nn.leaky_relu, negative_slope=0.05)


class Block(nn.Module):
    """Three convolutions with a skip, then a 1x1 convolution and spatial attention."""

    features: int
    inner: int

    @nn.compact
    def __call__(self, x):
        y = x
        for i, features in enumerate((self.inner, self.inner, self.features), 1):
            y = _leaky(Conv(features, name=f"conv{i}")(y))
        y = Conv(self.features, 1, name="fusion")(x + y)
        return attention.SpatialAttention(16, name="attention")(y)


class RLFN(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped; sides of at least 15.

    48 features make RLFN-S; 46 outside and 48 inside of 4 blocks are the NTIRE 2022 entry.
    """

    scale: int
    features: int = 52
    blocks: int = 6
    inner: int | None = None

    min_side = attention.MIN_SIDE

    @nn.compact
    def __call__(self, image):
        x = Conv(self.features, name="head")(255 * image)  # The authors work in [0, 255].
        y = x
        for i in range(self.blocks):
            y = Block(self.features, self.inner or self.features, name=f"block{i}")(y)
        x = x + Conv(self.features, name="body")(y)
        y = Conv(3 * self.scale**2, name="tail")(x)
        return pixels.pixel_shuffle(y, self.scale) / 255


def names(model: RLFN) -> Names:
    """The layers of bytedance/RLFN -> ours."""
    spatial = attention.names(("conv3",))
    block = {
        **{f"c{i}_r": f"conv{i}" for i in (1, 2, 3)},
        "c5": "fusion",
        **{f"esa.{theirs}": f"attention/{ours}" for theirs, ours in spatial.items()},
    }
    return {
        "conv_1": "head",
        **{
            f"block_{i + 1}.{theirs}": f"block{i}/{ours}"
            for i in range(model.blocks)
            for theirs, ours in block.items()
        },
        "conv_2": "body",
        "upsampler.0": "tail",
    }


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    features, inner = (shapes[layer][-1] for layer in ("conv_1", "block_1.c1_r"))
    return {
        "scale": math.isqrt(shapes["upsampler.0"][-1] // 3),
        "features": features,
        "blocks": count(shapes, "block_*.c1_r"),
        "inner": None if inner == features else inner,
    }
