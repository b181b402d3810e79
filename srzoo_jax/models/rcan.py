"""RCAN (Zhang et al., ECCV 2018), https://arxiv.org/abs/1807.02758."""

import flax.linen as nn

from srzoo_jax.models import canvas, folding, layers
from srzoo_jax.models.layers import Conv
from srzoo_jax.models.tail import enlarge
from srzoo_jax.porting.names import Names, mean_shift
from srzoo_jax.porting.shapes import Inferred, Shapes, count, enlargement
from srzoo_jax.types import Params


class ChannelAttention(nn.Module):
    """Weighs channels by the mean of each over the image, through two layers."""

    reduction: int

    @nn.compact
    def __call__(self, x):
        features = x.shape[-1]
        y = canvas.average(x)
        y = nn.relu(Conv(features // self.reduction, 1, name="conv1")(y))
        return x * nn.sigmoid(Conv(features, 1, name="conv2")(y))


class Block(nn.Module):
    """conv, relu, conv, channel attention, added to the input."""

    features: int
    reduction: int

    @nn.compact
    def __call__(self, x):
        y = nn.relu(Conv(self.features, name="conv1")(x))
        y = Conv(self.features, name="conv2")(y)
        return x + ChannelAttention(self.reduction, name="attention")(y)


class Group(nn.Module):
    """Blocks and a convolution, added to the input."""

    features: int
    blocks: int
    reduction: int

    @nn.compact
    def __call__(self, x):
        block = Block(self.features, self.reduction, name="blocks")
        y = layers.repeat(block, self.blocks)(x)
        return x + Conv(self.features, name="conv")(y)


class RCAN(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped."""

    scale: int
    features: int = 64
    groups: int = 10
    blocks: int = 20
    reduction: int = 16

    @nn.compact
    def __call__(self, image):
        x = 255 * (image - layers.DIV2K_MEAN)  # The authors work in [0, 255].
        x = Conv(self.features, name="head")(x)
        group = Group(self.features, self.blocks, self.reduction, name="groups")
        y = layers.repeat(group, self.groups)(x)
        x = x + Conv(self.features, name="body")(y)
        x = enlarge(x, layers.Upsampler(self.scale, name="up"), Conv(3, name="tail"))
        return (x + 255 * layers.DIV2K_MEAN) / 255

    def fold(self, params: Params) -> Params:
        """What `zoo.load` calls."""
        return folding.fold(params, self.scale)


def names(model: RCAN) -> Names:
    """The layers of yulunzhang/RCAN -> ours."""
    steps = range(len(layers.steps(model.scale)))
    return {
        "sub_mean": mean_shift(-255, layers.DIV2K_MEAN),
        "add_mean": mean_shift(255, layers.DIV2K_MEAN),
        "head.0": "head",
        "body.*.body.*.body.0": "groups/blocks/conv1",
        "body.*.body.*.body.2": "groups/blocks/conv2",
        "body.*.body.*.body.3.conv_du.0": "groups/blocks/attention/conv1",
        "body.*.body.*.body.3.conv_du.2": "groups/blocks/attention/conv2",
        f"body.*.body.{model.blocks}": "groups/conv",
        f"body.{model.groups}": "body",
        **{f"tail.0.{2 * i}": f"up/conv{i}" for i in steps},
        "tail.1": "tail",
    }


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    features = shapes["head.0"][-1]
    return {
        "scale": enlargement(shapes, "tail.0.*"),
        "features": features,
        "groups": count(shapes, "body.*.body.0.body.0"),
        "blocks": count(shapes, "body.0.body.*.body.0"),
        "reduction": features // shapes["body.0.body.0.body.3.conv_du.0"][-1],
    }
