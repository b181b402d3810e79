"""What is done to an image around a model: colour, borders, bytes.

All functions take NumPy and JAX arrays alike, [..., H, W, C].
"""

import numpy as np

_BT601 = np.array((65.481, 128.553, 24.966), np.float64)
"""Weights of R, G, B in [0, 1] for studio-range luma on 0..255 (ITU-R BT.601, MATLAB's
`rgb2ycbcr`); they add up to 219."""


def luma(image):
    """Returns Y of YCbCr, BT.601 limited range: [..., H, W, 3] in [0, 1] -> [..., H, W, 1].

    Black is 16/255 and white 235/255; nothing is rounded.
    """
    weights = (_BT601 / 255).astype(image.dtype)
    return (image * weights).sum(-1, keepdims=True) + np.asarray(16 / 255, image.dtype)


def shave(image, border: int):
    """Cuts `border` pixels off every side.

    Raises:
        ValueError: Nothing would be left.
    """
    height, width = image.shape[-3:-1]
    if min(height, width) <= 2 * border:
        raise ValueError(f"cannot shave {border} pixels off every side of {height} x {width}")
    return image[..., border : height - border, border : width - border, :]


def crop_to_multiple(image, multiple: int):
    """Cuts rows at the bottom and columns at the right, until both divide by `multiple`.

    Raises:
        ValueError: Nothing would be left.
    """
    height, width = image.shape[-3:-1]
    if min(height, width) < multiple:
        raise ValueError(f"{height} x {width} has no crop whose sides divide by {multiple}")
    return image[..., : height - height % multiple, : width - width % multiple, :]


def from_bytes(image):
    """uint8 0..255 -> float32 [0, 1]."""
    return image.astype(np.float32) / np.float32(255)


def quantize(image):
    """Clips to [0, 1] and rounds to the 256 levels of 8 bit, ties to even."""
    return (image.clip(0, 1) * 255).round() / 255


def to_bytes(image):
    """Float [0, 1] -> uint8 0..255, clipped and rounded as by `quantize`."""
    return (image.clip(0, 1) * 255).round().astype(np.uint8)
