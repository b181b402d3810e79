"""VDSR (Kim et al., CVPR 2016), https://arxiv.org/abs/1511.04587."""

import flax.linen as nn

from srzoo_jax import image as images
from srzoo_jax.models import canvas, layers
from srzoo_jax.models.layers import Conv
from srzoo_jax.porting.names import Names
from srzoo_jax.porting.shapes import Inferred, Open, Shapes, count


class ConvRelu(nn.Module):
    """One of the inner layers."""

    features: int

    @nn.compact
    def __call__(self, x):
        return nn.relu(Conv(self.features, use_bias=False, name="conv")(x))


class VDSR(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped.

    The image is enlarged bicubically; the network sees its luma and predicts what is missing
    there, chroma stays bicubic. An image of one channel is taken as luma / 255 itself; with scale
    1 that is the bare network.
    """

    scale: int
    features: int = 64
    depth: int = 20

    min_side = 2

    @nn.compact
    def __call__(self, image):
        image = canvas.bicubic(image, self.scale) if self.scale > 1 else image
        gray = image.shape[-1] == 1
        x = image if gray else images.luma(image)
        x = nn.relu(Conv(self.features, use_bias=False, name="head")(x))
        x = layers.repeat(ConvRelu(self.features, name="body"), self.depth - 2)(x)
        residual = Conv(1, use_bias=False, name="tail")(x)
        # The same step in R, G and B moves luma by 219/255 of it, and no chroma.
        return image + (residual if gray else residual * (255 / 219))


def names(model: VDSR) -> Names:
    """The layers of twtygqyy/pytorch-vdsr -> ours."""
    del model
    return {"input": "head", "residual_layer.*.conv": "body/conv", "output": "tail"}


def infer(shapes: Shapes) -> Inferred:
    """The hyper-parameters of arrays as `names` knows them."""
    return {
        "scale": Open("the network sees images that are enlarged already", (2, 3, 4)),
        "features": shapes["input"][-1],
        "depth": 2 + count(shapes, "residual_layer.*.conv"),
    }
