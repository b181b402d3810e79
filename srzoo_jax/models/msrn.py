"""MSRN (Li et al., ECCV 2018), in the form that its authors retrained on RGB images in 2019.

https://openaccess.thecvf.com/content_ECCV_2018/papers/Juncheng_Li_Multi-scale_Residual_Network_ECCV_2018_paper.pdf
"""

import flax.linen as nn
import jax.numpy as jnp

from srzoo_jax.models import folding, layers
from srzoo_jax.models.layers import Conv
from srzoo_jax.models.tail import enlarge
from srzoo_jax.porting.names import Names, mean_shift
from srzoo_jax.porting.shapes import Inferred, Shapes, count, enlargement
from srzoo_jax.types import Params

_SIZES = (3, 5)  # Kernels of the two branches.


class Block(nn.Module):
    """Two branches of small and large kernels, which twice see what both gave; added."""

    features: int

    @nn.compact
    def __call__(self, x):
        y = x
        for step in (1, 2):
            features = step * self.features
            branches = [nn.relu(Conv(features, k, name=f"conv{k}_{step}")(y)) for k in _SIZES]
            y = jnp.concatenate(branches, axis=-1)
        return x + Conv(self.features, 1, name="fusion")(y)


class MSRN(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped."""

    scale: int
    features: int = 64
    blocks: int = 8

    @nn.compact
    def __call__(self, image):
        x = 255 * (image - layers.DIV2K_MEAN)  # The authors work in [0, 255].
        x = head = Conv(self.features, name="head")(x)
        seen = []
        for i in range(self.blocks):
            x = Block(self.features, name=f"block{i}")(x)
            seen.append(x)
        x = Conv(self.features, 1, name="fusion")(*seen, head)
        x = Conv(self.features, name="body")(x)
        x = enlarge(x, layers.Upsampler(self.scale, name="up"), Conv(3, name="tail"))
        return (x + 255 * layers.DIV2K_MEAN) / 255

    def fold(self, params: Params) -> Params:
        """What `zoo.load` calls."""
        return folding.fold(params, self.scale)


def names(model: MSRN) -> Names:
    """The layers of MIVRC/MSRN-PyTorch -> ours."""
    block = {f"conv_{k}_{step}": f"conv{k}_{step}" for k in _SIZES for step in (1, 2)}
    block["confusion"] = "fusion"
    steps = range(len(layers.steps(model.scale)))
    return {
        "sub_mean": mean_shift(-255, layers.DIV2K_MEAN),
        "add_mean": mean_shift(255, layers.DIV2K_MEAN),
        "head.0": "head",
        **{
            f"body.{i}.{theirs}": f"block{i}/{ours}"
            for i in range(model.blocks)
            for theirs, ours in block.items()
        },
        "tail.0": "fusion",
        "tail.1": "body",
        **{f"tail.2.{2 * i}": f"up/conv{i}" for i in steps},
        "tail.3": "tail",
    }


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    return {
        "scale": enlargement(shapes, "tail.2.*"),
        "features": shapes["head.0"][-1],
        "blocks": count(shapes, "body.*.confusion"),
    }
