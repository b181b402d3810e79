"""ECBSR (Zhang et al., ACM MM 2021), https://doi.org/10.1145/3474085.3475291.

As it runs, in plain convolutions: its edge-oriented blocks only parametrise training, and fold
into these.
"""

import math

import flax.linen as nn

from srzoo_jax.models.layers import Conv, PReLU
from srzoo_jax.models.pixels import nearest, pixel_shuffle
from srzoo_jax.porting.names import Layer, Names
from srzoo_jax.porting.shapes import Inferred, Shapes, count


class ECBSR(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped.

    All convolutions are at the size of LR; what they give corrects nearest-neighbour enlargement.
    """

    scale: int
    features: int = 32
    blocks: int = 10

    @nn.compact
    def __call__(self, image):
        x = PReLU(shared=False, name="act_head")(Conv(self.features, name="head")(image))
        for i in range(self.blocks):
            x = PReLU(shared=False, name=f"act{i}")(Conv(self.features, name=f"conv{i}")(x))
        x = Conv(3 * self.scale**2, name="tail")(x)
        return pixel_shuffle(x, self.scale) + nearest(image, self.scale)


def names(model: ECBSR) -> Names:
    """The layers of PlainSR in xindongzhang/ECBSR -> ours."""
    layers = ["head", *(f"conv{i}" for i in range(model.blocks)), "tail"]
    slopes = ["act_head", *(f"act{i}" for i in range(model.blocks))]
    return {
        **{f"backbone.{i}.conv3x3": name for i, name in enumerate(layers)},
        **{f"backbone.{i}.act": Layer(name, "prelu") for i, name in enumerate(slopes)},
    }


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    layers = count(shapes, "backbone.*.conv3x3")
    return {
        "scale": math.isqrt(shapes[f"backbone.{layers - 1}.conv3x3"][-1] // 3),
        "features": shapes["backbone.0.conv3x3"][-1],
        "blocks": layers - 2,
    }
