"""EUSR (Kim and Lee, CVPRW 2018) and 4PP-EUSR (Choi et al., 2018).

https://openaccess.thecvf.com/content_cvpr_2018_workshops/w13/html/Kim_Deep_Residual_Network_CVPR_2018_paper.html
https://arxiv.org/abs/1809.04789; its generator is EUSR's, trained otherwise.
"""

from collections.abc import Sequence

import flax.linen as nn
import jax.numpy as jnp
import numpy as np

from srzoo_jax.models import layers, pixels
from srzoo_jax.models.layers import Conv
from srzoo_jax.porting.names import Layer, Names
from srzoo_jax.porting.shapes import Inferred, Open, Shapes, count, one_of

_SCALES = (2, 4, 8)  # The authors keep all scales of a multi-scale network in one file.
_SPECIFIC = range(2)


class ResBlock(nn.Module):
    """conv, relu, conv, added to the input."""

    features: int
    kernel_size: int = 3

    @nn.compact
    def __call__(self, x):
        y = nn.relu(Conv(self.features, self.kernel_size, name="conv1")(x))
        return x + Conv(self.features, self.kernel_size, name="conv2")(y)


class ResidualModule(nn.Module):
    """Residual blocks and a convolution, added to the input."""

    features: int
    blocks: int = 1

    @nn.compact
    def __call__(self, x):
        y = layers.repeat(ResBlock(self.features, name="blocks"), self.blocks)(x)
        return x + Conv(self.features, name="conv")(y)


class EnhancedUpscaling(nn.Module):
    """Doubles the size: four residual modules in turn, each output one of every 2x2 pixels."""

    features: int

    @nn.compact
    def __call__(self, x):
        phases = layers.chain(ResidualModule(self.features, name="modules"), 4)(x)
        return pixels.depth_to_space(jnp.concatenate(phases, axis=-1), 2)


class EUSR(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped; scale 2, 4 or 8.

    A multi-scale network has 5x5 blocks for each scale (`specific`) before the shared ones.
    """

    scale: int
    features: int = 64
    blocks: int = 16
    specific: bool = True
    mean: tuple[float, float, float] = (114.444, 111.4605, 103.02)
    """Colour, of 255."""

    @nn.compact
    def __call__(self, image):
        mean = np.array(self.mean, np.float32)
        x = Conv(self.features, name="head")(255 * image - mean)  # The authors' range.
        if self.specific:
            for i in _SPECIFIC:
                x = ResBlock(self.features, 5, name=f"specific{i}")(x)
        x = ResidualModule(self.features, self.blocks, name="shared")(x)
        for i in _steps(self.scale):
            x = EnhancedUpscaling(self.features, name=f"up{i}")(x)
        return (Conv(3, name="tail")(x) + mean) / 255


def _steps(scale: int) -> range:
    """Numbers the doublings."""
    if scale not in _SCALES:
        raise ValueError(f"scale must be 2, 4 or 8, got {scale}")
    return range(scale.bit_length() - 1)


def flat_names(model: EUSR) -> Names:
    """The multi-scale network of junhyukk/EUSR-Tensorflow: layers numbered as they were made."""
    made = ["head"]
    made += [layer for scale in _SCALES for layer in _if(scale == model.scale, _specific())]
    made += _module("shared", model.blocks)
    made += [layer for scale in _SCALES for layer in _if(scale == model.scale, _upsampler(scale))]
    return {**_numbered("", made), **_training("loss/")}


def scoped_names(model: EUSR) -> Names:
    """The single-scale network of junhyukk/EUSR-Tensorflow -> ours."""
    names = {
        **_numbered("", ["head", "shared/conv", "tail"]),
        **_numbered("RB_*/", ["shared/blocks/conv1", "shared/blocks/conv2"]),
    }
    for i in _steps(model.scale):
        theirs, ours = f"upsampler_{model.scale}/EUM_{i}/RM_*/", f"up{i}/modules"
        names |= _numbered(f"{theirs}RB_*/", [f"{ours}/blocks/conv1", f"{ours}/blocks/conv2"])
        names |= _numbered(theirs, [f"{ours}/conv"])
    return {**names, **_training("loss/")}


def generator_names(model: EUSR) -> Names:
    """The generator of idearibosome/tf-perceptual-eusr -> ours; the other scales stay behind."""
    initial, upscaling = "generator/initial_blocks", "generator/upscaling"
    names = {
        "generator/first_conv/conv2d": "head",
        **_numbered(f"{initial}/x{model.scale}/", _specific()),
        **_numbered("generator/shared/", _module("shared", model.blocks)),
        f"{upscaling}/x{model.scale}/conv2d": "tail",
    }
    for i in _steps(model.scale):
        for pixel in range(4):
            theirs = f"{upscaling}/x{model.scale}/m{i}/px{pixel}/"
            names |= _numbered(theirs, _module(f"up{i}/modules", 1, (pixel,)))
    others = [scale for scale in _SCALES if scale != model.scale]
    names |= {f"{part}/x{other}/**": None for part in (initial, upscaling) for other in others}
    return {**names, "discriminator/**": None, **_training("")}


def _numbered(scope: str, made: Sequence[str | Layer | None]) -> Names:
    """Names as TensorFlow gives them to layers without one, in the order they are made."""
    return {f"{scope}conv2d_{i}" if i else f"{scope}conv2d": ours for i, ours in enumerate(made)}


def _specific() -> list[str]:
    return [f"specific{i}/conv{j}" for i in _SPECIFIC for j in (1, 2)]


def _module(path: str, blocks: int, place: tuple[int, ...] = ()) -> list[Layer]:
    """The layers of a residual module, which is at `place` of a stack."""
    inner = [(block, conv) for block in range(blocks) for conv in (1, 2)]
    return [
        *(Layer(f"{path}/blocks/conv{conv}", index=(*place, block)) for block, conv in inner),
        Layer(f"{path}/conv", index=place),
    ]


def _upsampler(scale: int) -> list[str | Layer]:
    places = [(i, pixel) for i in _steps(scale) for pixel in range(4)]
    modules = [_module(f"up{i}/modules", 1, (pixel,)) for i, pixel in places]
    return [*(layer for module in modules for layer in module), "tail"]


def _if(needed: bool, made: list) -> list:
    return made if needed else [None] * len(made)


def _training(scope: str) -> Names:
    """What a checkpoint holds of the optimizer."""
    powers = (f"{scope}beta{i}_power**" for i in (1, 2))
    return dict.fromkeys(("global_step/global_step", *powers, "**/Adam", "**/Adam_1"))


_SEVERAL = "there are upsamplers of several scales"
_MEAN = Open("a constant that is subtracted", ((114.444, 111.4605, 103.02), (114.4, 111.5, 103.0)))


def infer_flat(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `flat_names` knows them."""
    specific = len(_specific())
    scales = [s for i, s in enumerate(_SCALES) if f"conv2d_{1 + i * specific}" in shapes]
    others = 2 + sum(specific + len(_upsampler(scale)) for scale in scales)
    return {
        "scale": one_of(scales, _SEVERAL),
        "features": shapes["conv2d"][-1],
        "blocks": (1 + count(shapes, "conv2d_*") - others) // 2,
        "specific": True,
        "mean": _MEAN,
    }


def infer_scoped(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `scoped_names` knows them."""
    scales = [scale for scale in _SCALES if f"upsampler_{scale}/EUM_0/RM_0/conv2d" in shapes]
    return {
        "scale": one_of(scales, _SEVERAL),
        "features": shapes["conv2d"][-1],
        "blocks": count(shapes, "RB_*/conv2d"),
        "specific": False,
        "mean": _MEAN,
    }


def infer_generator(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `generator_names` knows them."""
    scales = [s for s in _SCALES if f"generator/upscaling/x{s}/conv2d" in shapes]
    return {
        "scale": one_of(scales, _SEVERAL),
        "features": shapes["generator/first_conv/conv2d"][-1],
        "blocks": count(shapes, "generator/shared/conv2d_*") // 2,
        "specific": True,
        "mean": _MEAN,
    }
