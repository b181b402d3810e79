"""Bicubic interpolation as MATLAB's `imresize` does it: the baseline of every table."""

import flax.linen as nn

from srzoo_jax.models import canvas


class Bicubic(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped; has no parameters."""

    scale: int

    min_side = 2

    def __call__(self, image):
        return canvas.bicubic(image, self.scale)
