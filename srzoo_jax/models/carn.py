"""CARN and CARN-M (Ahn et al., ECCV 2018), https://arxiv.org/abs/1803.08664."""

from collections.abc import Callable, Sequence
from functools import partial

import flax.linen as nn
import jax

from srzoo_jax.models import layers
from srzoo_jax.models.layers import Conv
from srzoo_jax.porting.names import Names, mean_shift
from srzoo_jax.porting.shapes import Inferred, Shapes, one_of

_CASCADE = (1, 2, 3)  # Three units in a block, three blocks in the network.
_SCALES = (2, 3, 4)  # The authors keep the upsamplers of all scales in one file.


class Unit(nn.Module):
    """Residual unit: conv, relu, conv, relu after the addition; mobile: one more 1x1 conv."""

    features: int
    groups: int
    mobile: bool

    @nn.compact
    def __call__(self, x):
        y = nn.relu(Conv(self.features, groups=self.groups, name="conv1")(x))
        y = Conv(self.features, groups=self.groups, name="conv2")(y)
        if self.mobile:
            y = Conv(self.features, 1, name="conv3")(nn.relu(y))
        return nn.relu(x + y)


def cascade(x: jax.Array, units: Sequence[Callable], features: int) -> jax.Array:
    """Runs `units` in turn; each next one sees a 1x1 fusion of all outputs so far."""
    seen = [x]
    for i, unit in enumerate(units, 1):
        seen.append(unit(x))
        x = nn.relu(Conv(features, 1, name=f"fusion{i}")(*seen))
    return x


class Block(nn.Module):
    """A cascade of three units; in CARN-M they are one unit, run three times."""

    features: int
    groups: int
    mobile: bool

    @nn.compact
    def __call__(self, x):
        unit = partial(Unit, self.features, self.groups, self.mobile)
        if self.mobile:
            units = [unit(name="unit")] * len(_CASCADE)
        else:
            units = [unit(name=f"unit{i}") for i in _CASCADE]
        return cascade(x, units, self.features)


class CARN(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped; `mobile` with 4 groups is CARN-M."""

    scale: int
    features: int = 64
    groups: int = 1
    mobile: bool = False

    @nn.compact
    def __call__(self, image):
        x = Conv(self.features, name="head")(image - layers.DIV2K_MEAN)
        block = partial(Block, self.features, self.groups, self.mobile)
        x = cascade(x, [block(name=f"block{i}") for i in _CASCADE], self.features)
        x = layers.Upsampler(self.scale, nn.relu, self.groups, name="up")(x)
        return Conv(3, name="tail")(x) + layers.DIV2K_MEAN


def names(model: CARN) -> Names:
    """The layers of nmhkahn/CARN-pytorch -> ours; the other scales' upsamplers stay behind."""
    units = {"b1": "unit"} if model.mobile else {f"b{i}": f"unit{i}" for i in _CASCADE}
    convs = (1, 2, 3) if model.mobile else (1, 2)
    return {
        "sub_mean.shifter": mean_shift(-1, layers.DIV2K_MEAN),
        "add_mean.shifter": mean_shift(1, layers.DIV2K_MEAN),
        "entry": "head",
        **{
            f"b{b}.{theirs}.body.{2 * (i - 1)}": f"block{b}/{ours}/conv{i}"
            for b in _CASCADE
            for theirs, ours in units.items()
            for i in convs
        },
        **{f"b{b}.c{i}.body.0": f"block{b}/fusion{i}" for b in _CASCADE for i in _CASCADE},
        **{f"c{i}.body.0": f"fusion{i}" for i in _CASCADE},
        **{
            f"upsample.up{scale}.body.{3 * i}": f"up/conv{i}" if scale == model.scale else None
            for scale in _SCALES
            for i in range(len(layers.steps(scale)))
        },
        "exit": "tail",
    }


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    features = shapes["entry"][-1]
    scales = [scale for scale in _SCALES if f"upsample.up{scale}.body.0" in shapes]
    return {
        "scale": one_of(scales, "there are upsamplers of several scales"),
        "features": features,
        "groups": features // shapes["b1.b1.body.0"][-2],
        "mobile": "b1.b1.body.4" in shapes,
    }
