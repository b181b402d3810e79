"""SSIM as TensorFlow computes it, rounding errors included."""

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax.metrics import maps
from srzoo_jax.metrics.ssim import K1, K2, WANG


def ssim_tf(sr: jax.Array, hr: jax.Array, peak: float = 1.0) -> jax.Array:
    """Returns the SSIM of `tf.image.ssim` of each image; at most 1, higher is better.

    Wang's definition like `ssim`, but always float32 on levels of 255, with variances as
    E[x^2] - E[x]^2, which loses digits where an image is bright and flat: up to 2e-5 of single
    images, 1e-5 of means. It is what SRZoo's Table 2 was computed with; where the last digits
    matter, take `ssim`.

    Args:
        sr: Restored images [B, H, W, C] in [0, 1].
        hr: Reference images, like `sr`.
        peak: The dynamic range.

    Returns:
        [B] float32; exactly 1 where the images are equal.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
        ValueError: A side is shorter than the window of 11.
    """
    maps.checked("SSIM", sr, hr, len(WANG.weights))
    sr, hr = (255 * jnp.asarray(image, jnp.float32) for image in (sr, hr))
    c1, c2 = (K1 * 255 * peak) ** 2, (K2 * 255 * peak) ** 2
    mean_sr, mean_hr = _means(sr), _means(hr)
    product, square = 2 * mean_sr * mean_hr, mean_sr**2 + mean_hr**2
    luminance = (product + c1) / (square + c1)
    structure = (2 * _means(sr * hr) - product + c2) / (_means(sr**2 + hr**2) - square + c2)
    return jnp.minimum((luminance * structure).mean((1, 2, 3)), 1)  # Rounding can pass it.


def _means(x):
    """By one convolution with the whole window, as in TensorFlow."""
    batch, height, width, channels = x.shape
    window = np.outer(WANG.weights, WANG.weights).astype(np.float32)[:, :, None, None]
    planes = x.transpose(0, 3, 1, 2).reshape(batch * channels, height, width, 1)
    means = jax.lax.conv_general_dilated(
        planes,
        window,
        (1, 1),
        "VALID",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        precision="highest",
    )
    return means.reshape(batch, channels, *means.shape[1:3]).transpose(0, 2, 3, 1)
