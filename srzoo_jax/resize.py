"""Bicubic resizing, equal to MATLAB's `imresize`, and by other libraries' conventions.

The kernel is Keys' with a = -1/2 (R. Keys, "Cubic convolution interpolation for digital image
processing", IEEE TASSP 1981), widened by the factor when an image shrinks (antialiasing). The LR
images of nearly all benchmarks were made this way.
"""

import dataclasses
import math
from collections.abc import Callable
from functools import partial

import numpy as np

BORDERS = ("mirror", "replicate", "cut")
"""What lies outside the image. `mirror` repeats it in reverse, edge pixel included: MATLAB since
R2011a or so, as in Set5's and Set14's LR. `replicate` repeats the edge pixel: older MATLAB, as in
BSD100's LR. They differ near the border alone, by up to 11 of 255 levels. `cut` leaves
out what is outside: Pillow."""


@dataclasses.dataclass(frozen=True)
class Sampling:
    """In what libraries differ that resize by a cubic kernel; defaults: MATLAB.

    Attributes:
        kernel: Distance in pixels -> weight, zero from a distance of 2 on.
        centres: (new, old) -> where the new pixels lie among the old; None: pixels are areas that
            are scaled about the image's corner.
        antialias: Whether the kernel is widened when an image shrinks.
        border: One of `BORDERS`.
        weight_bits: Weights are rounded to multiples of 2^-bits, if said.
        position_bits: Positions are rounded to multiples of 2^-bits, if said.
        columns_first: Which pass comes first, where both sides change alike.
        passes: Of bytes, whether the first pass ends in bytes, too.
        rounding: Of bytes: to the nearest, halves "up" or to "even", or always "down".
        precision: In which float bytes are computed by NumPy.
    """

    kernel: Callable
    centres: Callable | None = None
    antialias: bool = True
    border: str = "mirror"
    weight_bits: int | None = None
    position_bits: int | None = None
    columns_first: bool = False
    passes: bool = True
    rounding: str = "up"
    precision: type = np.float64


def cubic(x, a: float):
    """Keys' kernel of parameter `a`, -1/2 being his."""
    x = np.abs(x)
    inner = (a + 2) * x**3 - (a + 3) * x**2 + 1
    outer = a * (x**3 - 5 * x**2 + 8 * x - 4)
    return np.where(x <= 1, inner, np.where(x <= 2, outer, 0))


def imresize(image, size, *, border: str = "mirror", antialias: bool = True):
    """Resizes bicubically; equal to MATLAB's bit for bit where computed in float64.

    Args:
        image: [..., H, W, C], NumPy or JAX, float of any range or uint8. uint8 images are rounded
            (halves upward) and clipped after each of the two passes, as MATLAB does, and computed
            in float64 by NumPy, in its default float by JAX. Float images are computed in their
            own type and keep over- and undershoot.
        size: A factor, or (rows, columns).
        border: One of `BORDERS`.
        antialias: Widen the kernel when shrinking.

    Returns:
        An array like `image`, of ceil(factor H) x ceil(factor W) or rows x columns.

    Raises:
        ValueError: An unknown border, or a size that is not positive.
    """
    if border not in BORDERS:
        raise ValueError(f"border must be one of {', '.join(BORDERS)}; got {border!r}")
    sides = image.shape[-3:-1]
    if np.ndim(size) == 0:
        factors = (float(size),) * 2
        size = tuple(math.ceil(side * factor) for side, factor in zip(sides, factors, strict=True))
    else:
        factors = tuple(new / side for new, side in zip(size, sides, strict=True))
    if min(size) < 1:
        raise ValueError(f"cannot resize {sides[0]} x {sides[1]} to {size[0]} x {size[1]}")
    sampling = Sampling(partial(cubic, a=-0.5), border=border, antialias=antialias)
    return resample(image, size, sampling, factors)


def resample(image, size: tuple[int, int], sampling: Sampling, factors=None):
    """Resizes an image as `imresize` does, by any conventions.

    Args:
        image: [..., H, W, C], as for `imresize`.
        size: (rows, columns).
        sampling: The conventions.
        factors: Of rows and columns, where they are not quite new / old.
    """
    sides = image.shape[-3:-1]
    factors = factors or tuple(new / old for new, old in zip(size, sides, strict=True))
    xp = image.__array_namespace__()
    is_bytes = image.dtype == np.uint8
    exact = sampling.precision if xp is np else xp.asarray(0.0).dtype
    dtype = exact if is_bytes else image.dtype
    # MATLAB starts with the side that shrinks most.
    axes = sorted((1, 0) if sampling.columns_first else (0, 1), key=factors.__getitem__)
    for axis in axes:
        taps, weights = _contributions(sides[axis], size[axis], factors[axis], sampling)
        image = _weighted(image, axis - 3, taps, weights, dtype)
        if is_bytes and (sampling.passes or axis == axes[-1]):
            image = _to_bytes(image, sampling.rounding)
    return image


def _contributions(old: int, new: int, factor: float, sampling: Sampling):
    """Which old pixels make up a new one, and by which weights: two arrays [new, taps]."""
    shrink = min(factor, 1.0) if sampling.antialias else 1.0
    width = 4 / shrink
    if sampling.centres is None:
        centre = np.arange(1, new + 1) / factor + 0.5 * (1 - 1 / factor) - 1
    else:
        centre = sampling.centres(new, old)
    if sampling.position_bits is not None:
        centre = np.ldexp(
            np.rint(np.ldexp(centre, sampling.position_bits)), -sampling.position_bits
        )
    taps = np.floor(centre - width / 2)[:, None] + np.arange(math.ceil(width) + 2)
    weights = shrink * sampling.kernel(shrink * (centre[:, None] - taps))
    taps = taps.astype(np.int64)
    if sampling.border == "cut":
        weights = np.where((taps >= 0) & (taps < old), weights, 0)
    weights /= weights.sum(1, keepdims=True)
    if sampling.weight_bits is not None:
        weights = np.ldexp(np.rint(np.ldexp(weights, sampling.weight_bits)), -sampling.weight_bits)
    if sampling.border == "mirror":
        taps = taps % (2 * old)
        taps = np.where(taps < old, taps, 2 * old - 1 - taps)
    else:
        taps = taps.clip(0, old - 1)
    used = weights.any(0)
    return taps[:, used], weights[:, used]


def _weighted(image, axis: int, taps, weights, dtype):
    """Sums the weighted taps along `axis`, one tap of all new pixels at a time."""
    xp = image.__array_namespace__()
    along = [1, 1, 1]
    along[axis] = -1
    total = 0
    for tap, weight in zip(taps.T, weights.T, strict=True):
        weight = weight.reshape(along).astype(dtype)
        total = total + xp.take(image, xp.asarray(tap), axis=axis).astype(dtype) * weight
    return total


def _to_bytes(image, rounding: str):
    xp = image.__array_namespace__()
    rounded = xp.round(image) if rounding == "even" else xp.floor(image + 0.5 * (rounding == "up"))
    return rounded.clip(0, 255).astype(np.uint8)
