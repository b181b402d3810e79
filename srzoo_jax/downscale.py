"""How LR images are made of HR ones, as rows of data.

The literature calls all of these "bicubic". They differ by more than any model gains: IMDN x4
loses 8.6 dB on LR images made without antialiasing.
"""

import dataclasses
import math
from collections.abc import Callable
from functools import partial

import numpy as np

from srzoo_jax import image as images
from srzoo_jax import resize
from srzoo_jax.resize import Sampling, imresize


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A way of downscaling.

    `function(image, scale)` takes [..., H, W, C], NumPy or JAX, uint8 or float, whose sides divide
    by the scale, and gives [..., H / scale, W / scale, C] of the same type.
    """

    name: str
    source: str
    function: Callable
    antialias: bool


def _sampled(image, scale: int, *, sampling: Sampling):
    size = tuple(side // scale for side in image.shape[-3:-1])
    return resize.resample(image, size, sampling)


def _area(image, scale: int):
    """The mean of scale x scale pixels; of bytes, rounded as OpenCV does."""
    xp = image.__array_namespace__()
    *batch, height, width, channels = image.shape
    blocks = image.reshape(*batch, height // scale, scale, width // scale, scale, channels)
    if image.dtype != np.uint8:
        return blocks.mean((-4, -2))
    total = blocks.astype(xp.int32).sum((-4, -2))
    if scale == 2:  # OpenCV has a path of its own for it, where halves go upward.
        return ((total + 2) // 4).astype(xp.uint8)
    return xp.round(total / scale**2).astype(xp.uint8)


def _corners(new: int, old: int) -> np.ndarray:
    return np.arange(new, dtype=np.float32) * np.float32((old - 1) / max(new - 1, 1))


def _corner(new: int, old: int) -> np.ndarray:
    return np.arange(new) * (old / new)


_KEYS = partial(resize.cubic, a=-0.5)
_SHARP = partial(resize.cubic, a=-0.75)
# Pillow rounds its weights to 2^-22, OpenCV its to 2^-11, TensorFlow looks positions up in a table
# of 1024 a pixel. Passes of Pillow end in bytes, OpenCV's and TensorFlow's first one does not.
_PIL = Sampling(_KEYS, border="cut", weight_bits=22, columns_first=True)
_CV2 = Sampling(
    _SHARP,
    antialias=False,
    border="replicate",
    weight_bits=11,
    columns_first=True,
    passes=False,
    rounding="even",
)
_TF = Sampling(
    _SHARP,
    _corner,
    antialias=False,
    border="replicate",
    position_bits=10,
    passes=False,
    rounding="down",
    precision=np.float32,
)
_TF_CORNERS = dataclasses.replace(_TF, centres=_corners)

_ENTRIES = (
    Kernel(
        "matlab_bicubic",
        "MATLAB's imresize, as LR images of nearly all benchmarks",
        lambda image, scale: imresize(image, 1 / scale),
        antialias=True,
    ),
    Kernel(
        "matlab_bicubic_replicate",
        "imresize of older MATLAB, which repeats the edge pixel beyond the border: BSD100's LR, and"
        " Set5's and Set14's of scale 8",
        lambda image, scale: imresize(image, 1 / scale, border="replicate"),
        antialias=True,
    ),
    Kernel(
        "matlab_bicubic_aliased",
        "MATLAB's imresize with 'Antialiasing', false",
        lambda image, scale: imresize(image, 1 / scale, antialias=False),
        antialias=False,
    ),
    Kernel(
        "pil_bicubic",
        "Pillow's Image.resize with BICUBIC",
        partial(_sampled, sampling=_PIL),
        antialias=True,
    ),
    Kernel(
        "cv2_cubic",
        "OpenCV's resize with INTER_CUBIC, as SRZoo's downscale_opencv.py",
        partial(_sampled, sampling=_CV2),
        antialias=False,
    ),
    Kernel(
        "tf_bicubic",
        "TensorFlow 1's resize_bicubic: at whole scales every scale-th pixel, nothing else",
        partial(_sampled, sampling=_TF),
        antialias=False,
    ),
    Kernel(
        "tf_bicubic_corners",
        "TensorFlow 1's resize_bicubic with align_corners, as SRZoo's downscale_tf.py, which cuts"
        " down to bytes",
        partial(_sampled, sampling=_TF_CORNERS),
        antialias=False,
    ),
    Kernel("area", "OpenCV's resize with INTER_AREA: means of squares", _area, antialias=True),
)
KERNELS = {entry.name: entry for entry in _ENTRIES}


def named(name: str) -> Kernel:
    """Returns a kernel by name.

    Raises:
        ValueError: There is none; the message lists all.
    """
    if name not in KERNELS:
        raise ValueError(f"no kernel is called {name!r}; known: {', '.join(KERNELS)}")
    return KERNELS[name]


def downscale(image, scale: int, kernel: str | Kernel = "matlab_bicubic"):
    """Makes an LR image, of an image that is first cropped to a multiple of the scale.

    Args:
        image: [..., H, W, C], NumPy or JAX, uint8 or float of any range.
        scale: By how much, a whole number.
        kernel: A key of `KERNELS`, or a kernel of your own.

    Returns:
        [..., H // scale, W // scale, C], of the same type.

    Raises:
        ValueError: An unknown kernel, a scale below 1, or an image smaller than the scale.
    """
    kernel = named(kernel) if isinstance(kernel, str) else kernel
    if scale < 1 or scale != int(scale):
        raise ValueError(f"scale must be a whole number of 1 or more; got {scale}")
    image = images.crop_to_multiple(image, scale)
    return image if scale == 1 else kernel.function(image, scale)


def likeness(lr: np.ndarray, hr: np.ndarray, scale: int) -> dict[str, float]:
    """Returns the PSNR in dB of a given LR image against that of every kernel, best first.

    Args:
        lr: uint8 [H, W, C].
        hr: uint8 [scale H, scale W, C].
        scale: The factor between them.
    """
    found = {}
    for name in KERNELS:
        error = np.mean((downscale(hr, scale, name).astype(float) - lr) ** 2)
        found[name] = 10 * math.log10(255**2 / error) if error else math.inf
    return dict(sorted(found.items(), key=lambda item: -item[1]))
