"""What is done to an image around a model: colour, borders, bytes.

All functions take NumPy and JAX arrays alike, [..., H, W, C].
"""

import operator

import numpy as np

_BT601 = np.array((65.481, 128.553, 24.966), np.float64)
"""Weights of R, G, B in [0, 1] for studio-range luma on 0..255 (ITU-R BT.601, MATLAB's
`rgb2ycbcr`); they add up to 219."""
_BT601_FULL = np.array((0.299, 0.587, 0.114), np.float64)


def luma(image):
    """Returns Y of YCbCr, BT.601 limited range: [..., H, W, 3] in [0, 1] -> [..., H, W, 1].

    Black is 16/255 and white 235/255; nothing is rounded.
    """
    return _weighted(image, _BT601 / 255) + np.asarray(16 / 255, image.dtype)


def luma_8bit(image):
    """Returns Y as MATLAB's `rgb2ycbcr` gives it of uint8 images: like `luma`, rounded to 8 bit.

    MATLAB's float arithmetic rounds exact halves downward; in integers that is reproduced exactly.
    The image is taken to the nearest of 256 levels first.
    """
    levels = (image.clip(0, 1) * 255).round().astype(np.int32)
    red, green, blue = levels[..., :1], levels[..., 1:2], levels[..., 2:]
    thousandths = 65481 * red + 128553 * green + 24966 * blue  # Of a level, times 255.
    y = 16 + (2 * thousandths + 254_999) // 510_000
    return (y / np.asarray(255, image.dtype)).astype(image.dtype)


def full_luma(image):
    """Returns Y of full range, BT.601: as of OpenCV, Pillow and JPEG, but nothing is rounded."""
    return _weighted(image, _BT601_FULL)


def _weighted(image, weights: np.ndarray):
    """The weighted sum of three channels: as a sum over an axis, XLA takes 20 times as long."""
    # Not indexed: of images of symbolic size, JAX makes slices of that which LiteRT has not.
    parts = image.__array_namespace__().split(image, 3, axis=-1)
    red, green, blue = map(operator.mul, weights.astype(image.dtype), parts)
    return red + green + blue


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
    """uint8 0..255 or uint16 0..65535 -> float32 [0, 1]."""
    return image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)


def quantize(image):
    """Clips to [0, 1] and rounds to the 256 levels of 8 bit, ties to even."""
    return (image.clip(0, 1) * 255).round() / 255


def truncate(image):
    """Clips to [0, 1] and cuts down to the 256 levels of 8 bit, as a cast to uint8 does."""
    # An image of 8 bit stays: k / 255 * 255 may be a few 1e-5 below k.
    xp = image.__array_namespace__()
    return xp.floor(image.clip(0, 1) * 255 + 1 / 1024) / 255


def to_bytes(image):
    """Float [0, 1] -> uint8 0..255, clipped and rounded as by `quantize`."""
    return (image.clip(0, 1) * 255).round().astype(np.uint8)
