"""How well an SR image agrees with the LR image that it is of."""

import jax
import jax.numpy as jnp

from srzoo_jax import image as images
from srzoo_jax.metrics import maps
from srzoo_jax.resize import imresize


def lr_psnr(sr: jax.Array, lr: jax.Array, scale: int) -> jax.Array:
    """Returns the PSNR of each SR image, reduced to its LR image's size, in dB; higher is better.

    The LR-PSNR of the NTIRE 2021 challenge on learning the super-resolution space (Lugmayr et al.,
    CVPRW 2021): in RGB, all of the image, SR in 8 bit reduced by MATLAB's bicubic `imresize` to
    8 bit. The challenge wants 45 dB. LR images made in another way are not what even HR reduces
    to: only those of one way compare.

    The gradient passes rounding as if there were none.

    Args:
        sr: Restored images [B, H, W, C] in [0, 1].
        lr: LR images [B, H / scale, W / scale, C], of 8 bit.
        scale: The factor between them.

    Returns:
        [B]; inf where SR reduces to LR exactly.

    Raises:
        AssertionError: The shapes do not fit.
    """
    smooth = 255 * imresize(sr, 1 / scale)
    levels = imresize(images.to_bytes(sr), 1 / scale).astype(sr.dtype)
    levels += smooth - jax.lax.stop_gradient(smooth)  # Zero, but for its derivative.
    maps.checked("LR-PSNR", levels, lr, 1)
    error = (levels - images.to_bytes(lr).astype(sr.dtype)) / 255
    return maps.decibel(jnp.mean(error**2, axis=(1, 2, 3)))
