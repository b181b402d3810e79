"""Learned compression (Mentzer et al., CVPR 2018), https://arxiv.org/abs/1801.04260.

An image becomes symbols, an eighth as high and wide, and symbols become an image again: a
restorer of scale 1. A context model says how likely each symbol is, hence how many bits it costs.
"""

from itertools import product

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax.models import canvas
from srzoo_jax.models.autoencoder import BLOCKS, Decoder, Encoder, Quantizer
from srzoo_jax.models.context import ContextModel
from srzoo_jax.porting.names import Layer, Names
from srzoo_jax.porting.shapes import Inferred, Shapes, count
from srzoo_jax.types import Image, Params

FACTOR = 8
"""How much smaller the grid of symbols is than the image."""

_MEAN = np.array((121.85369873, 113.58860779, 100.63715363), np.float32)
_STD = np.sqrt(np.array((4746.37695312, 4454.13964844, 4812.234375), np.float32))


class ImgComp(nn.Module):
    """[B, H, W, 3] in [0, 1] -> the decoded image, alike, in [0, 1]: the authors clip it."""

    channels: int = 32
    levels: int = 6
    features: int = 128
    groups: int = 5
    context_features: int = 24

    scale = 1

    def setup(self):
        self.encoder = Encoder(self.channels, self.features, self.groups)
        self.quantizer = Quantizer(self.levels)
        self.decoder = Decoder(self.features, self.groups)
        self.context = ContextModel(self.levels, self.context_features)

    def __call__(self, image):
        canvas.refuse("compression adds borders that depend on the image's size")
        height, width = image.shape[1:3]
        x = self.quantizer(self.bottleneck(pad(image)))
        if self.is_initializing():
            self.logits(self.quantizer.symbols(x).transpose(0, 3, 1, 2))
        return crop(self.reconstruct(x), height, width)

    def bottleneck(self, image):
        """Returns what is quantised, [B, ceil(H / 8), ceil(W / 8), C], of an image as it is."""
        x = (255 * image - _MEAN) / _STD
        return self.encoder(x)

    def reconstruct(self, x):
        """Returns the image of quantised values."""
        x = self.decoder(x) * _STD + _MEAN
        return jnp.clip(x / 255, 0, 1)

    def encode(self, image):
        return self.quantizer.symbols(self.bottleneck(pad(image))).transpose(0, 3, 1, 2)

    def decode(self, symbols):
        return self.reconstruct(self.quantizer.values(symbols.transpose(0, 2, 3, 1), float))

    def logits(self, symbols):
        """Returns the unnormalised log-probabilities [B, C, H, W, levels] of the symbols."""
        values = self.quantizer.values(symbols, float)
        return self.context(values, self.quantizer.values(0, float))


def pad(image: Image) -> Image:
    """Adds black borders up to multiples of 8, the smaller half at the top and left."""
    extra = [-side % FACTOR for side in image.shape[1:3]]
    return jnp.pad(image, [(0, 0), *((n // 2, n - n // 2) for n in extra), (0, 0)])


def crop(image: Image, height: int, width: int) -> Image:
    """Undoes `pad`."""
    top, left = (image.shape[1] - height) // 2, (image.shape[2] - width) // 2
    return image[:, top : top + height, left : left + width]


def encode(model: ImgComp, params: Params, image: Image) -> jax.Array:
    """Returns the symbols [B, C, ceil(H / 8), ceil(W / 8)] of an image, int32."""
    return model.apply({"params": params}, image, method="encode")


def decode(model: ImgComp, params: Params, symbols: jax.Array) -> Image:
    """Returns the image [B, 8H, 8W, 3] in [0, 1] of symbols [B, C, H, W].

    It has the borders that `encode` added, if it did; `crop` takes them off.
    """
    return model.apply({"params": params}, symbols, method="decode")


def costs(model: ImgComp, params: Params, symbols: jax.Array) -> jax.Array:
    """Returns what each symbol costs by the context model, in bits: [B, C, H, W]."""
    logits = model.apply({"params": params}, symbols, method="logits")
    nats = -jnp.take_along_axis(nn.log_softmax(logits), symbols[..., None], axis=-1)
    return nats[..., 0] / np.log(2)


def bits(model: ImgComp, params: Params, symbols: jax.Array) -> jax.Array:
    """Returns the cross entropy of each image's symbols under the context model, in bits: [B]."""
    return costs(model, params, symbols).sum((1, 2, 3))


def bits_per_pixel(model: ImgComp, params: Params, symbols: jax.Array) -> jax.Array:
    """Returns `bits` per pixel of what `decode` gives: [B]."""
    return bits(model, params, symbols) / (FACTOR**2 * symbols.shape[2] * symbols.shape[3])


def rate(model: ImgComp, params: Params, image: Image) -> jax.Array:
    """Returns the bits that each image costs, per pixel of the image as it is: [B]."""
    pixels = image.shape[1] * image.shape[2]
    return bits(model, params, encode(model, params, image)) / pixels


_STEPS = {
    "encoder/h1": "encoder/head1",
    "encoder/h2": "encoder/head2",
    "encoder/to_bn": "encoder/tail",
    "decoder/from_bn": "decoder/head",
    "decoder/h12": "decoder/tail1",
    "decoder/h13": "decoder/tail2",
}
_CONTEXT = ("conv3d_conv0_mask", "res1/conv3d_conv1_mask", "res1/conv3d_conv2_mask")


def names(model: ImgComp) -> Names:
    """The layers of fab-jul/imgcomp-cvpr -> ours; what only training needs stays behind."""

    def conv_norm(theirs, ours, index=()):
        return {
            f"autoencoder/{theirs}": Layer(f"{ours}/conv", index=index),
            f"autoencoder/{theirs}/BatchNorm": Layer(f"{ours}/norm", "batch_norm", index),
        }

    table = {"autoencoder/encoder": Layer("quantizer", "centers")}
    for theirs, ours in _STEPS.items():
        table |= conv_norm(theirs, ours)
    lasts = {"encoder": "res_block_enc_final", "decoder": "dec_after_res"}
    for (side, last), conv in product(lasts.items(), ("conv1", "conv2")):
        table |= conv_norm(f"{side}/{last}/{conv}", f"{side}/trunk/last/{conv}")
        for group, block in product(range(model.groups), range(BLOCKS)):
            short = side[:3]
            theirs = f"{side}/res_block_{short}_{group}/{short}_{group}_{block + 1}/{conv}"
            ours = f"{side}/trunk/groups/blocks/{conv}"
            table |= conv_norm(theirs, ours, index=(group, block))
    for i, theirs in enumerate((*_CONTEXT, "conv3d_conv2_mask")):
        table[f"probclass3d/logits/{theirs}"] = f"context/conv{i}"
    return {**table, **dict.fromkeys(("**/Adam_**", "beta*_power**", "global_step"))}


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    return {
        "channels": shapes["autoencoder/encoder/to_bn"][-1] - 1,
        "levels": shapes["autoencoder/encoder/centers"][0],
        "features": shapes["autoencoder/encoder/h2"][-1],
        "groups": count(shapes, "autoencoder/encoder/res_block_enc_*/enc_*_1/conv1"),
        "context_features": shapes[f"probclass3d/logits/{_CONTEXT[0]}"][-1],
    }
