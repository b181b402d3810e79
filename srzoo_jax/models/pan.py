"""PAN (Zhao et al., ECCVW 2020), https://arxiv.org/abs/2010.01073."""

from functools import partial

import flax.linen as nn

from srzoo_jax.models import canvas, layers, pixels
from srzoo_jax.models.layers import Conv
from srzoo_jax.porting.names import Names
from srzoo_jax.porting.shapes import Inferred, Shapes, count, one_of

_leaky = partial(nn.leaky_relu, negative_slope=0.2)


class Block(nn.Module):
    """Two branches of half the features, one of them with pixel attention (SC-PA)."""

    features: int

    @nn.compact
    def __call__(self, x):
        conv = partial(Conv, self.features // 2, use_bias=False)
        plain = _leaky(conv(1, name="plain_in")(x))
        plain = _leaky(conv(name="plain_conv")(plain))
        calibrated = _leaky(conv(1, name="attention_in")(x))
        weight = nn.sigmoid(Conv(self.features // 2, 1, name="attention")(calibrated))
        calibrated = weight * conv(name="attention_conv1")(calibrated)
        calibrated = _leaky(conv(name="attention_conv2")(calibrated))
        fusion = Conv(self.features, 1, use_bias=False, name="fusion")
        return x + fusion(plain, calibrated)


class Upsampler(nn.Module):
    """Enlarges by repeating pixels, then convolves, with pixel attention (U-PA)."""

    factor: int
    features: int

    @nn.compact
    def __call__(self, x):
        x = Conv(self.features, name="conv1")(pixels.nearest(x, self.factor))
        x = _leaky(x * nn.sigmoid(Conv(self.features, 1, name="attention")(x)))
        return _leaky(Conv(self.features, name="conv2")(x))


class PAN(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped."""

    scale: int
    features: int = 40
    up_features: int = 24
    blocks: int = 16

    @nn.compact
    def __call__(self, image):
        x = Conv(self.features, name="head")(image)
        y = layers.repeat(Block(self.features, name="blocks"), self.blocks)(x)
        x = x + Conv(self.features, name="body")(y)
        for i, factor in enumerate(layers.steps(self.scale)):
            x = Upsampler(factor, self.up_features, name=f"up{i}")(x)
        y = Conv(3, name="tail")(x)
        return y + canvas.bilinear(image, y)


def names(model: PAN) -> Names:
    """The layers of zhaohengyuan1/PAN -> ours."""
    block = {
        "conv1_a": "plain_in",
        "k1.0": "plain_conv",
        "conv1_b": "attention_in",
        "PAConv.k2": "attention",
        "PAConv.k3": "attention_conv1",
        "PAConv.k4": "attention_conv2",
        "conv3": "fusion",
    }
    up = {"upconv{}": "conv1", "att{}.conv": "attention", "HRconv{}": "conv2"}
    return {
        "conv_first": "head",
        **{f"SCPA_trunk.*.{theirs}": f"blocks/{ours}" for theirs, ours in block.items()},
        "trunk_conv": "body",
        **{
            theirs.format(i + 1): f"up{i}/{ours}"
            for i in range(len(layers.steps(model.scale)))
            for theirs, ours in up.items()
        },
        "conv_last": "tail",
    }


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    steps = count(shapes, "upconv*")
    scales = (2, 3) if steps == 1 else (2**steps,)
    return {
        "scale": one_of(scales, "x2 and x3 differ in how often pixels are repeated"),
        "features": shapes["conv_first"][-1],
        "up_features": shapes["upconv1"][-1],
        "blocks": count(shapes, "SCPA_trunk.*.conv1_a"),
    }
