"""EDSR (Lim et al., CVPRW 2017), https://arxiv.org/abs/1707.02921."""

import flax.linen as nn

from srzoo_jax.models import folding, layers
from srzoo_jax.models.layers import Conv
from srzoo_jax.models.tail import enlarge
from srzoo_jax.porting.names import Names, mean_shift
from srzoo_jax.porting.shapes import Inferred, Open, Shapes, count, enlargement
from srzoo_jax.types import Params


class ResBlock(nn.Module):
    """conv, relu, conv, scaled and added to the input."""

    features: int
    res_scale: float

    @nn.compact
    def __call__(self, x):
        y = nn.relu(Conv(self.features, name="conv1")(x))
        return x + self.res_scale * Conv(self.features, name="conv2")(y)


class EDSR(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped; defaults: baseline."""

    scale: int
    features: int = 64
    blocks: int = 16
    res_scale: float = 1.0

    @nn.compact
    def __call__(self, image):
        x = 255 * (image - layers.DIV2K_MEAN)  # The authors work in [0, 255].
        x = Conv(self.features, name="head")(x)
        block = ResBlock(self.features, self.res_scale, name="blocks")
        y = layers.repeat(block, self.blocks)(x)
        x = x + Conv(self.features, name="body")(y)
        x = enlarge(x, layers.Upsampler(self.scale, name="up"), Conv(3, name="tail"))
        return (x + 255 * layers.DIV2K_MEAN) / 255

    def fold(self, params: Params) -> Params:
        """What `zoo.load` calls."""
        return folding.fold(params, self.scale)


def names(model: EDSR) -> Names:
    """The layers of sanghyun-son/EDSR-PyTorch -> ours."""
    steps = range(len(layers.steps(model.scale)))
    return {
        "sub_mean": mean_shift(-255, layers.DIV2K_MEAN),
        "add_mean": mean_shift(255, layers.DIV2K_MEAN),
        "head.0": "head",
        "body.*.body.0": "blocks/conv1",
        "body.*.body.2": "blocks/conv2",
        f"body.{model.blocks}": "body",
        **{f"tail.0.{2 * i}": f"up/conv{i}" for i in steps},
        "tail.1": "tail",
    }


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    return {
        "scale": enlargement(shapes, "tail.0.*"),
        "features": shapes["head.0"][-1],
        "blocks": count(shapes, "body.*.body.0"),
        "res_scale": Open("a factor between layers, no parameter", (1.0, 0.1)),
    }
