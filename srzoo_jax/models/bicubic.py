"""Bicubic interpolation as MATLAB's `imresize` does it: the baseline of every table."""

import flax.linen as nn

from srzoo_jax.resize import imresize


class Bicubic(nn.Module):
    """[B, H, W, 3] in [0, 1] -> [B, sH, sW, 3], unclipped; has no parameters."""

    scale: int

    def __call__(self, image):
        return imresize(image, self.scale)
