"""SwinIR (Liang et al., ICCVW 2021), https://arxiv.org/abs/2108.10257."""

import math
from collections.abc import Sequence
from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from srzoo_jax.models import canvas, folding, layers, pixels
from srzoo_jax.models.layers import Conv
from srzoo_jax.models.product import product, spread, sums
from srzoo_jax.models.tail import enlarge
from srzoo_jax.porting.names import Layer, Names
from srzoo_jax.porting.shapes import Inferred, Shapes, count, enlargement
from srzoo_jax.types import Params


def _linear(features: int, x: jax.Array, name: str) -> jax.Array:
    init = nn.initializers.truncated_normal(0.02)
    dense = partial(nn.Dense, kernel_init=init, precision=lax.Precision.HIGHEST)
    return dense(features, dtype=x.dtype, name=name)(x)


class Norm(nn.Module):
    """Layer norm over channels."""

    @nn.compact
    def __call__(self, x):
        features = x.shape[-1]
        scale = self.param("scale", nn.initializers.ones, (features,)).astype(x.dtype)
        bias = self.param("bias", nn.initializers.zeros, (features,)).astype(x.dtype)
        x = x - spread(sums(x, 1) / features, features)
        variance = sums(x**2, 1) / features
        return x * spread(lax.rsqrt(variance + 1e-5), features) * scale + bias


def to_windows(x: jax.Array | np.ndarray, size: int) -> jax.Array | np.ndarray:
    """[B, H, W, C] -> [B, number of windows, size * size, C]."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // size, size, width // size, size, channels)
    return x.swapaxes(2, 3).reshape(batch, -1, size * size, channels)


def from_windows(x: jax.Array, size: int, shape: tuple[int, ...]) -> jax.Array:
    """The inverse of `to_windows`; `shape` is that of the image."""
    batch, height, width, channels = shape
    x = x.reshape(batch, height // size, width // size, size, size, channels)
    return x.swapaxes(2, 3).reshape(shape)


def relative_positions(size: int) -> np.ndarray:
    """Numbers, [size * size, size * size], the offset from each pixel of a window to each."""
    row, column = np.divmod(np.arange(size * size), size)
    rows, columns = (axis[:, None] - axis + size - 1 for axis in (row, column))
    return rows * (2 * size - 1) + columns


def neighbours(
    height: int, width: int, size: int, sides: Sequence[canvas.Side] | None = None
) -> np.ndarray | jax.Array:
    """Labels the parts of an image, shifted around its border, that were neighbours before.

    Args:
        height: Of the image.
        width: Of the image.
        size: Of windows.
        sides: If this is a canvas: height and width of the image on it.

    Returns:
        [number of windows, size * size]; pixels of a window see each other if labelled alike.
    """

    def part(length, side):
        xp = np if isinstance(length, int) and side is None else jnp  # Of a symbolic length.
        place = xp.arange(length)
        ends = [length - size, length - size // 2, *([] if side is None else [side - size // 2])]
        return sum((place >= end).astype(int) for end in ends)

    rows, columns = map(part, (height, width), sides or (None, None))
    labels = 4 * rows[:, None] + columns
    return to_windows(labels[None, :, :, None], size)[0, ..., 0]


def rolled(x: jax.Array, shift: int) -> jax.Array:
    """`jnp.roll` along rows and columns, of images of symbolic size, too."""
    for axis in (1, 2):
        size = x.shape[axis]
        cut = size - shift if shift > 0 else -shift
        parts = (lax.slice_in_dim(x, *ends, axis=axis) for ends in ((cut, size), (0, cut)))
        x = jnp.concatenate([*parts], axis)
    return x


class Attention(nn.Module):
    """Multi-head self-attention inside windows, [B, windows, size * size, C], with a position bias.

    `labels` [windows, size * size]: if given, pixels see those with the same label.
    """

    heads: int
    size: int

    @nn.compact
    def __call__(self, x, labels=None):
        features = x.shape[-1] // self.heads
        qkv = _linear(3 * x.shape[-1], x, "qkv").reshape(*x.shape[:3], 3, self.heads, features)
        parts = jnp.split(qkv.transpose(3, 0, 1, 4, 2, 5), 3)
        query, key, value = (y[0] for y in parts)  # [B, windows, heads, size * size, features]
        logits = product(query * features**-0.5, key.swapaxes(-1, -2))
        offsets = (2 * self.size - 1) ** 2
        bias = self.param("bias", nn.initializers.truncated_normal(0.02), (offsets, self.heads))
        bias = bias.astype(x.dtype)[relative_positions(self.size)]
        logits = logits + bias.transpose(2, 0, 1)
        if labels is not None:
            apart = labels[:, :, None] != labels[:, None, :]
            logits = logits + jnp.where(apart, -100.0, 0.0)[:, None]  # The authors' infinity.
        # Softmax, divided by its sums at last, when there are fewer values to divide.
        weights = jnp.exp(logits - lax.stop_gradient(logits.max(-1, keepdims=True)))
        totals = weights.sum(-1).swapaxes(2, 3)
        y = product(weights, value).swapaxes(2, 3).reshape(x.shape)
        y = y * spread(1 / totals, x.shape[-1])
        return _linear(x.shape[-1], y, "projection")


class Block(nn.Module):
    """Attention in windows, which may be shifted by half their size; then an MLP; both added."""

    heads: int
    size: int
    shifted: bool

    @nn.compact
    def __call__(self, x):
        _, height, width, features = x.shape
        y = Norm(name="norm1")(x)
        shift, labels = self.size // 2, None
        if self.shifted:
            sides = canvas.sides(x) if canvas.is_laid() else None
            labels = jnp.asarray(neighbours(height, width, self.size, sides))
            y = rolled(y, -shift)
        attention = Attention(self.heads, self.size, name="attention")
        y = from_windows(attention(to_windows(y, self.size), labels), self.size, x.shape)
        x = x + (rolled(y, shift) if self.shifted else y)
        y = _linear(2 * features, Norm(name="norm2")(x), "mlp1")
        y = y * (0.5 + 0.5 * lax.erf(y * 0.5**0.5))  # GELU; `nn.gelu` has erfc, which is slower.
        return x + _linear(features, y, "mlp2")


class Group(nn.Module):
    """Blocks, every second one shifted, and a convolution, added to the input."""

    heads: int
    size: int
    blocks: int

    @nn.compact
    def __call__(self, x):
        y = x
        for i in range(self.blocks):
            y = Block(self.heads, self.size, shifted=i % 2 == 1, name=f"block{i}")(y)
        return x + Conv(x.shape[-1], name="conv")(y)


class SwinIR(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped; sides of at least 5.

    Defaults: classical; `direct`, lightweight: one convolution and one pixel shuffle at the end.
    The image is mirrored at the lower and right border to multiples of the window's size. (The
    authors' test script mirrors it by up to a whole window more before.)
    """

    scale: int
    features: int = 180
    groups: int = 6
    blocks: int = 6
    heads: int = 6
    size: int = 8
    direct: bool = False

    border = "reflect"

    @property
    def multiple(self) -> int:
        """What the sides of images are made to divide by."""
        return self.size

    @nn.compact
    def __call__(self, image):
        _, height, width, _ = image.shape
        margins = (-height % self.size, -width % self.size)
        if height <= margins[0] or width <= margins[1]:
            raise ValueError(f"SwinIR needs sides of at least 5, got {height} and {width}")
        x = jnp.pad(image, ((0, 0), (0, margins[0]), (0, margins[1]), (0, 0)), "reflect")
        x = canvas.reflected(x)
        sides = [side + -side % self.size for side in canvas.sides(image)]
        with canvas.within(sides, x):
            x = self._enlarge(x)
        return x[:, : self.scale * height, : self.scale * width] + layers.DIV2K_MEAN

    def _enlarge(self, x):
        x = Conv(self.features, name="head")(x - layers.DIV2K_MEAN)
        # Recomputed for the gradient, which takes a quarter of the memory then and less time.
        group = nn.remat(Group, prevent_cse=False)
        group = group(self.heads, self.size, self.blocks, name="groups")
        y = layers.repeat(group, self.groups)(Norm(name="norm1")(x))
        x = x + Conv(self.features, name="body")(Norm(name="norm2")(y))
        if self.direct:
            return pixels.pixel_shuffle(Conv(3 * self.scale**2, name="tail")(x), self.scale)
        x = nn.leaky_relu(Conv(64, name="fusion")(x))
        return enlarge(x, layers.Upsampler(self.scale, name="up"), Conv(3, name="tail"))

    def fold(self, params: Params) -> Params:
        """What `zoo.load` calls."""
        return params if self.direct else folding.fold(params, self.scale)


def names(model: SwinIR) -> Names:
    """The layers of JingyunLiang/SwinIR -> ours; masks in the file are of the training size."""
    positions = {"relative_position_index": relative_positions(model.size)}
    block = {
        "norm1": Layer("norm1", "norm"),
        "attn": Layer("attention", "attention", constants=positions),
        "attn.qkv": Layer("attention/qkv", "linear"),
        "attn.proj": Layer("attention/projection", "linear"),
        "norm2": Layer("norm2", "norm"),
        "mlp.fc1": Layer("mlp1", "linear"),
        "mlp.fc2": Layer("mlp2", "linear"),
    }
    theirs = "layers.*.residual_group.blocks"
    steps = range(len(layers.steps(model.scale)))
    return {
        "conv_first": "head",
        "patch_embed.norm": Layer("norm1", "norm"),
        **{
            f"{theirs}.{i}.{layer}": ours._replace(path=f"groups/block{i}/{ours.path}")
            for i in range(model.blocks)
            for layer, ours in block.items()
        },
        **{f"{theirs}.{i}": None for i in range(1, model.blocks, 2)},  # The masks.
        "layers.*.conv": "groups/conv",
        "norm": Layer("norm2", "norm"),
        "conv_after_body": "body",
        **(
            {"upsample.0": "tail"}
            if model.direct
            else {
                "conv_before_upsample.0": "fusion",
                **{f"upsample.{2 * i}": f"up/conv{i}" for i in steps},
                "conv_last": "tail",
            }
        ),
    }


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    bias = "layers.0.residual_group.blocks.*.attn.relative_position_bias_table"
    offsets, heads = shapes[bias.replace("*", "0")]
    direct = "conv_before_upsample.0" not in shapes
    colours = shapes["upsample.0"][-1]
    return {
        "scale": math.isqrt(colours // 3) if direct else enlargement(shapes, "upsample.*"),
        "features": shapes["conv_first"][-1],
        "groups": count(shapes, "layers.*.conv"),
        "blocks": count(shapes, bias),
        "heads": heads,
        "size": (math.isqrt(offsets) + 1) // 2,
        "direct": direct,
    }
