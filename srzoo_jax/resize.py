"""Bicubic resizing, equal to MATLAB's `imresize`.

The kernel is Keys' with a = -1/2 (R. Keys, "Cubic convolution interpolation for digital image
processing", IEEE TASSP 1981), widened by the factor when an image shrinks (antialiasing). The LR
images of nearly all benchmarks were made this way.
"""

import math

import numpy as np

BORDERS = ("mirror", "replicate")
"""What lies outside the image. `mirror` repeats it in reverse, edge pixel included: MATLAB since
R2011a or so, as in Set5's and Set14's LR. `replicate` repeats the edge pixel: older MATLAB, as in
BSD100's LR. They differ near the border alone, by up to 11 of 255 levels."""


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
    # MATLAB starts with the side that shrinks most; rows first where both are alike.
    for axis in sorted((0, 1), key=factors.__getitem__):
        taps, weights = _contributions(sides[axis], size[axis], factors[axis], border, antialias)
        image = _resample(image, axis - 3, taps, weights)
    return image


def _cubic(x):
    x = np.abs(x)
    inner = 1.5 * x**3 - 2.5 * x**2 + 1
    outer = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, inner, np.where(x <= 2, outer, 0))


def _contributions(old: int, new: int, factor: float, border: str, antialias: bool):
    """Which old pixels make up a new one, and by which weights: two arrays [new, taps]."""
    shrink = min(factor, 1.0) if antialias else 1.0
    width = 4 / shrink
    centre = np.arange(1, new + 1) / factor + 0.5 * (1 - 1 / factor)
    taps = np.floor(centre - width / 2)[:, None] + np.arange(math.ceil(width) + 2)
    weights = shrink * _cubic(shrink * (centre[:, None] - taps))
    weights /= weights.sum(1, keepdims=True)
    taps = taps.astype(np.int64) - 1
    if border == "mirror":
        taps = taps % (2 * old)
        taps = np.where(taps < old, taps, 2 * old - 1 - taps)
    else:
        taps = taps.clip(0, old - 1)
    used = weights.any(0)
    return taps[:, used], weights[:, used]


def _resample(image, axis: int, taps, weights):
    """Sums the weighted taps along `axis`, one tap of all new pixels at a time."""
    xp = image.__array_namespace__()
    is_bytes = image.dtype == np.uint8
    exact = np.float64 if xp is np else xp.asarray(0.0).dtype
    dtype = exact if is_bytes else image.dtype
    along = [1, 1, 1]
    along[axis] = -1
    total = 0
    for tap, weight in zip(taps.T, weights.T, strict=True):
        weight = weight.reshape(along).astype(dtype)
        total = total + xp.take(image, xp.asarray(tap), axis=axis).astype(dtype) * weight
    if is_bytes:
        total = xp.floor(total + 0.5).clip(0, 255).astype(np.uint8)
    return total
