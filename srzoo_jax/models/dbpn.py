"""DBPN (Haris et al., CVPR 2018), https://arxiv.org/abs/1803.02735.

With `stages=10` it is DBPNLL. With `rounds=3` it is DBPN-MR64-3 of the authors' extension,
https://arxiv.org/abs/1904.05677; trained with `residual`, DBPN-RES-MR64-3.
"""

from collections.abc import Sequence

import flax.linen as nn
import jax

from srzoo_jax.models import canvas, cells
from srzoo_jax.models.layers import Conv, ConvTranspose, PReLU
from srzoo_jax.porting.names import Layer, Names
from srzoo_jax.porting.shapes import Inferred, Open, Shapes, count, one_of

_OVERLAP = 4  # Pixels by which kernels of the sampling layers exceed their stride.


class Projection(nn.Module):
    """Samples up or down, back again, and corrects the result by what the way back missed.

    Sees all earlier features of the other resolution, newest first.
    """

    scale: int
    up: bool
    features: int
    grid: cells.Grid | None = None
    """If given, high-resolution features are in cells."""

    @nn.compact
    def __call__(self, seen: Sequence[jax.Array], low: jax.Array):
        """`low`: any features of low resolution."""

        def blank(x):
            return cells.blank(x, low, self.grid) if self.grid else x

        def resample(x, up, name):
            layer = ConvTranspose if up else Conv
            size, padding = self.scale + _OVERLAP, _OVERLAP // 2
            layer = layer(self.features, size, self.scale, padding=padding, name=name)
            x = _in_cells(layer, x, up, self.grid) if self.grid else layer(x)
            x = PReLU(name=f"{name}_act")(x)
            return blank(x) if up else x

        x = seen[0]
        if len(seen) > 1:
            x = Conv(self.features, 1, name="fusion")(*seen)
            x = PReLU(name="fusion_act")(x)
            x = x if self.up else blank(x)
        y = resample(x, self.up, "conv1")
        missed = resample(y, not self.up, "conv2") - x
        return y + resample(missed, self.up, "conv3")


def _in_cells(layer: nn.Module, x: jax.Array, up: bool, grid: cells.Grid) -> jax.Array:
    """What a sampling layer gives, by its parameters."""
    params = layer.variables["params"]
    sample = cells.expand if up else cells.reduce
    return sample(x, params["kernel"], grid) + params["bias"]


class BackProjection(nn.Module):
    """Up- and down-projections by turns: features -> (newest low, all high, newest first)."""

    scale: int
    stages: int
    features: int
    grid: cells.Grid | None = None

    @nn.compact
    def __call__(self, x):
        low, high = [], []
        for i in range(1, self.stages + 1):
            up = Projection(self.scale, True, self.features, self.grid, name=f"up{i}")
            high.insert(0, up(low or [x], x))
            if i < self.stages:
                down = Projection(self.scale, False, self.features, self.grid, name=f"down{i}")
                low.insert(0, down(high, x))
        return low[0], high


class DBPN(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped; s is 2, 4 or 8.

    The image is made of all high-resolution features. If the stages run in several rounds, one
    after the other with the same parameters, it is made of the last ones of each round.
    """

    scale: int
    stages: int = 7
    rounds: int = 1
    residual: bool = False
    features: int = 64

    @nn.compact
    def __call__(self, image):
        x = PReLU(name="head1_act")(Conv(256, name="head1")(image))
        x = PReLU(name="head2_act")(Conv(self.features, 1, name="head2")(x))
        grid = None
        if not (self.is_initializing() or self.is_mutable_collection("intermediates")):
            grid = cells.grid(x, self.scale + _OVERLAP, self.scale, _OVERLAP // 2)
        body = BackProjection(self.scale, self.stages, self.features, grid, name="body")
        last = []
        for _ in range(self.rounds):
            x, high = body(x)
            last.append(high[0])
        high = high if self.rounds == 1 else last
        tail = Conv(3, name="tail")
        if grid:
            params = tail.variables["params"]
            y = cells.convolve(high, params["kernel"], grid) + params["bias"]
        else:
            y = tail(*high)
        if self.residual:
            # Pillow's bicubic; the authors' is also rounded and clipped to 8 bits, pass by pass.
            canvas.refuse("interpolation by Pillow's rules depends on the image's size")
            y = y + jax.image.resize(image, y.shape, "cubic")
        return y


def names(model: DBPN) -> Names:
    """The layers of alterzero/DBPN-Pytorch -> ours."""
    table = {
        "feat0.conv": "head1",
        "feat0.act": Layer("head1_act", "prelu"),
        "feat1.conv": "head2",
        "feat1.act": Layer("head2_act", "prelu"),
        "output_conv.conv": "tail",
    }
    units = [("up", i) for i in range(1, model.stages + 1)]
    units += [("down", i) for i in range(1, model.stages)]
    for unit, number in units:
        theirs, ours = f"{unit}{number}", f"body/{unit}{number}"
        if number > (2 if unit == "up" else 1):
            table[f"{theirs}.conv.conv"] = f"{ours}/fusion"
            table[f"{theirs}.conv.act"] = Layer(f"{ours}/fusion_act", "prelu")
        for i in (1, 2, 3):
            layer = f"{theirs}.{unit}_conv{i}"
            if (unit == "up") == (i != 2):
                table[f"{layer}.deconv"] = Layer(f"{ours}/conv{i}", "transposed")
            else:
                table[f"{layer}.conv"] = f"{ours}/conv{i}"
            table[f"{layer}.act"] = Layer(f"{ours}/conv{i}_act", "prelu")
    return table


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    stages, features = count(shapes, "up*.up_conv2.conv"), shapes["feat1.conv"][-1]
    last = shapes["output_conv.conv"][-2] // features
    return {
        "scale": shapes["up1.up_conv2.conv"][0] - _OVERLAP,
        "stages": stages,
        "rounds": one_of(
            (1, last) if last == stages else (last,),
            "the image is made of as many features as there are stages: one round, or as many",
        ),
        "residual": Open("the enlarged image may be added", (False, True), complete=True),
        "features": features,
    }
