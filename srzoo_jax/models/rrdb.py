"""RRDB, the generator of ESRGAN (Wang et al., ECCVW 2018), https://arxiv.org/abs/1809.00219."""

from functools import partial

import flax.linen as nn

from srzoo_jax.models import layers, pixels
from srzoo_jax.models.dense import dense
from srzoo_jax.models.layers import Conv
from srzoo_jax.porting.names import Names
from srzoo_jax.porting.shapes import Inferred, Shapes, count

_DENSE = (1, 2, 3)  # Dense blocks in a block.
_CONVS = (1, 2, 3, 4, 5)  # Convolutions in a dense block.
_RES_SCALE = 0.2

_leaky = partial(nn.leaky_relu, negative_slope=0.2)


def _as_it_is(x):
    return x


class DenseBlock(nn.Module):
    """Each convolution sees the input and what all before it gave; the last one is added."""

    features: int
    growth: int

    @nn.compact
    def __call__(self, x):
        *growing, last = (f"conv{i}" for i in _CONVS)
        layers = [Conv(self.growth, name=name) for name in growing]
        layers.append(Conv(self.features, name=last))
        *_, y = dense(self, x, layers, [_leaky] * len(growing) + [_as_it_is])
        return x + _RES_SCALE * y


class Block(nn.Module):
    """Residual in residual: three dense blocks, scaled and added to the input."""

    features: int
    growth: int

    @nn.compact
    def __call__(self, x):
        y = x
        for i in _DENSE:
            y = DenseBlock(self.features, self.growth, name=f"dense{i}")(y)
        return x + _RES_SCALE * y


class RRDB(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, 4 H, 4 W, 3], unclipped."""

    features: int = 64
    growth: int = 32
    blocks: int = 23

    scale = 4

    @nn.compact
    def __call__(self, image):
        x = Conv(self.features, name="head")(image)
        block = Block(self.features, self.growth, name="blocks")
        y = layers.repeat(block, self.blocks)(x)
        x = x + Conv(self.features, name="body")(y)
        x = _leaky(Conv(self.features, name="up1")(pixels.nearest(x, 2)))
        x = _leaky(Conv(self.features, name="up2")(pixels.nearest(x, 2)))
        x = _leaky(Conv(self.features, name="tail1")(x))
        return Conv(3, name="tail2")(x)


def names(model: RRDB) -> tuple[Names, ...]:
    """The layers of xinntao/ESRGAN now, as it had them first, and of BasicSR -> ours."""
    ours = ("head", "body", "up1", "up2", "tail1", "tail2")
    now = ("conv_first", "trunk_conv", "upconv1", "upconv2", "HRconv", "conv_last")
    first = ("0", f"1.sub.{model.blocks}", "3", "6", "8", "10")
    basic = ("conv_first", "conv_body", "conv_up1", "conv_up2", "conv_hr", "conv_last")

    def table(dense_conv, others):
        """`dense_conv`: a convolution's name, with places for its and its block's number."""
        convs = {
            dense_conv.format(block, conv): f"blocks/dense{block}/conv{conv}"
            for block in _DENSE
            for conv in _CONVS
        }
        return convs | dict(zip(others, ours, strict=True))

    return (
        table("RRDB_trunk.*.RDB{}.conv{}", now),
        table("model.1.sub.*.RDB{}.conv{}.0", [f"model.{layer}" for layer in first]),
        table("body.*.rdb{}.conv{}", basic),
    )


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    namings = ("RRDB_trunk.*.RDB1.conv1", "model.1.sub.*.RDB1.conv1.0", "body.*.rdb1.conv1")
    (naming,) = (name for name in namings if name.replace("*", "0") in shapes)
    *_, features, growth = shapes[naming.replace("*", "0")]
    return {"features": features, "growth": growth, "blocks": count(shapes, naming)}
