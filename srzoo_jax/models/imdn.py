"""IMDN and IMDN_AS (Hui et al., ACM MM 2019), https://arxiv.org/abs/1909.11856."""

import math
from functools import partial

import flax.linen as nn
import jax.numpy as jnp

from srzoo_jax.models import canvas, pixels
from srzoo_jax.models.layers import Conv
from srzoo_jax.porting.names import Names
from srzoo_jax.porting.shapes import Inferred, Shapes, count, matching

_leaky = partial(nn.leaky_relu, negative_slope=0.05)


class ContrastAttention(nn.Module):
    """Weighs channels by the standard deviation plus the mean of each, through two layers."""

    reduction: int = 16

    @nn.compact
    def __call__(self, x):
        features = x.shape[-1]
        mean = canvas.average(x)
        contrast = jnp.sqrt(canvas.average(jnp.square(x - mean)))
        y = nn.relu(Conv(features // self.reduction, 1, name="conv1")(contrast + mean))
        return x * nn.sigmoid(Conv(features, 1, name="conv2")(y))


class Block(nn.Module):
    """Information multi-distillation: of each conv a quarter is kept, the rest refined on."""

    features: int

    @nn.compact
    def __call__(self, x):
        kept, refined = [], x
        for i in (1, 2, 3):
            y = _leaky(Conv(self.features, name=f"conv{i}")(refined))
            part, refined = jnp.split(y, [self.features // 4], axis=-1)
            kept.append(part)
        kept.append(Conv(self.features // 4, name="conv4")(refined))
        y = ContrastAttention(name="attention")(jnp.concatenate(kept, axis=-1))
        return x + Conv(self.features, 1, name="fusion")(y)


class IMDN(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped.

    With `halvings=2` it is IMDN_AS: scale 1, the input is already enlarged, two strided
    convolutions shrink it by 4; then its sides must be multiples of 4.
    """

    scale: int
    features: int = 64
    blocks: int = 6
    halvings: int = 0

    @property
    def multiple(self) -> int:
        """What the sides of images must divide by."""
        return 2**self.halvings

    @nn.compact
    def __call__(self, image):
        shrink = self.multiple
        if image.shape[1] % shrink or image.shape[2] % shrink:
            raise ValueError(
                f"IMDN_AS needs sides that are multiples of {shrink}, got height"
                f" {image.shape[1]} and width {image.shape[2]}"
            )
        if self.halvings:
            canvas.refuse("on a canvas, sides that are no multiples would not be noticed")
            x = Conv(self.features, stride=2, name="head0")(image)
            for i in range(1, self.halvings):
                x = Conv(self.features, stride=2, name=f"head{i}")(_leaky(x))
        else:
            x = Conv(self.features, name="head")(image)
        y, seen = x, []
        for i in range(self.blocks):
            y = Block(self.features, name=f"block{i}")(y)
            seen.append(y)
        y = _leaky(Conv(self.features, 1, name="fusion")(*seen))
        x = x + Conv(self.features, name="body")(y)
        factor = self.scale * shrink
        return pixels.pixel_shuffle(Conv(3 * factor**2, name="tail")(x), factor)


def names(model: IMDN) -> Names:
    """The layers of Zheng222/IMDN -> ours."""
    head = {f"fea_conv.{2 * i}": f"head{i}" for i in range(model.halvings)}
    block = {
        **{f"c{i}": f"conv{i}" for i in (1, 2, 3, 4)},
        "c5": "fusion",
        "cca.conv_du.0": "attention/conv1",
        "cca.conv_du.2": "attention/conv2",
    }
    return {
        **(head or {"fea_conv": "head"}),
        **{
            f"IMDB{i + 1}.{theirs}": f"block{i}/{ours}"
            for i in range(model.blocks)
            for theirs, ours in block.items()
        },
        "c.0": "fusion",
        "LR_conv": "body",
        "upsampler.0": "tail",
    }


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    halvings = len(matching(shapes, "fea_conv.*"))
    factor = math.isqrt(shapes["upsampler.0"][-1] // 3)
    return {
        "scale": factor // 2**halvings,
        "features": shapes["LR_conv"][-1],
        "blocks": count(shapes, "IMDB*.c1"),
        "halvings": halvings,
    }
