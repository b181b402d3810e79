"""NIQE (Mittal, Soundararajan, Bovik, IEEE Signal Processing Letters 2013), and SRZoo's variant.

"Making a 'Completely Blind' Image Quality Analyzer": how far the statistics of an image's blocks
are from those of pristine images. It needs no reference, but the authors' model of pristine
images, which `pristine.load` fetches.
"""

import functools
import math
from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import linalg

from srzoo_jax.metrics.maps import root
from srzoo_jax.resize import imresize

BLOCK = 96
_WINDOW, _SIGMA = 7, 7 / 6
_SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))
_NOISE = {"float32": 3e-7, "float64": 1e-11}
"""Below this, by the local deviation, a difference to the local mean is rounding noise. It would
count: the definition averages over negative and over positive values, however small, but not over
zeros. Wider in float64 than its own noise, for that of an unrounded luma."""


class Pristine(NamedTuple):
    """What is known of pristine images; per scale 18 features, as `_features` lists them."""

    mean: np.ndarray  # [36]
    covariance: np.ndarray  # [36, 36]
    whitening: np.ndarray  # [36, 36]; whitening @ covariance @ whitening.T is the identity.

    @classmethod
    def of(cls, mean, covariance) -> "Pristine":
        """Whitens in float64: the covariance's condition number is 1.6e5."""
        mean, covariance = np.asarray(mean, np.float64), np.asarray(covariance, np.float64)
        whitening = np.linalg.inv(np.linalg.cholesky(covariance))
        return cls(mean.reshape(-1), covariance, whitening)


def niqe(image: jax.Array, pristine: Pristine) -> jax.Array:
    """Returns the naturalness image quality of each image; at least 0, lower is better.

    The authors' `computequality.m`: the image is rounded to 8 bit and cut into blocks of 96 x 96
    from the top left, without the rest; the second scale is MATLAB's bicubic half of it. Blocks
    without a negative or a positive value, such as constant ones, count as there: as far as
    numbers in the mean, not at all in the covariance.

    In float32 as exact as published digits need: bicubic halves of 8-bit levels have 24 bits.

    The gradient passes rounding as if there were none, and takes the shape parameter, which the
    authors look up on a grid, as the smooth function that the grid samples.

    Args:
        image: Luma or grey [B, H, W, 1] in [0, 1]. Papers of SR take `image.luma`, shaved; the
            authors' own code takes MATLAB's `rgb2gray`.
        pristine: The model of pristine images.

    Returns:
        [B]; NaN where fewer than two blocks are of use, as in a constant image, because a single
        one has no covariance.

    Raises:
        AssertionError: The image is not [B, H, W, 1].
        ValueError: It has fewer than two blocks.
    """
    levels = 255 * _cropped(image)
    levels = levels + jax.lax.stop_gradient(levels.round() - levels)
    half = imresize(levels[..., None], (levels.shape[1] // 2, levels.shape[2] // 2))[..., 0]
    features = jnp.concatenate([_features(levels, BLOCK), _features(half, BLOCK // 2)], -1)
    return jax.vmap(_distance, (0, None))(features, _cast(pristine, image.dtype))


def niqe_srzoo(image: jax.Array, pristine: Pristine) -> jax.Array:
    """Returns SRZoo's variant of NIQE, which its paper's Table 2 prints; lower is better.

    Its `evaluators/niqe.py` differs from the authors' code in four ways, which move single images
    by up to 2.7: nothing is rounded to 8 bit; the second scale is the mean of 2 x 2 pixels; the
    pristine model is rounded to five decimals; the inverse leaves out all directions whose
    variance is below 1e-4 of the largest.

    Args and errors are those of `niqe`. The gradient is taken at a fixed number of directions.

    Returns:
        [B]; NaN where a block has no negative or no positive value, as in a constant image.
    """
    levels = 255 * _cropped(image)
    half = levels[:, ::2] + levels[:, 1::2]
    half = (half[:, :, ::2] + half[:, :, 1::2]) / 4
    features = jnp.concatenate([_features(levels, BLOCK), _features(half, BLOCK // 2)], -1)
    return jax.vmap(_truncated_distance, (0, None))(features, _cast(pristine, image.dtype))


def _cropped(image):
    """The whole blocks of [B, H, W, 1], as [B, H, W]."""
    chex.assert_shape(image, (None, None, None, 1))
    height, width = image.shape[1:3]
    if (height // BLOCK) * (width // BLOCK) < 2:
        raise ValueError(
            f"NIQE needs at least two blocks of {BLOCK} x {BLOCK} pixels, got {height} x {width}"
        )
    return image[:, : height // BLOCK * BLOCK, : width // BLOCK * BLOCK, 0]


def _cast(pristine, dtype):
    return Pristine(*(jnp.asarray(array, dtype) for array in pristine))


def _features(levels, size: int):
    """The 18 statistics of every block: [B, H, W] -> [B, blocks, 18], some of them NaN.

    Of the normalized block: shape, mean of left and right width; of its product with itself
    shifted in four directions, around the block's border: shape, mean, left and right width.
    """
    batch, height, width = levels.shape
    blocks = _normalized(levels).reshape(batch, height // size, size, width // size, size)
    blocks = blocks.swapaxes(2, 3).reshape(batch, -1, size, size)
    products = [blocks * jnp.roll(blocks, shift, (-2, -1)) for shift in _SHIFTS]
    shape, mean, left, right = _asymmetric_gaussian(jnp.stack([blocks, *products]))
    first = jnp.stack([shape[0], (left[0] + right[0]) / 2], -1)
    rest = jnp.stack([shape[1:], mean[1:], left[1:], right[1:]], -1)  # [4, B, blocks, 4]
    rest = jnp.moveaxis(rest, 0, -2).reshape(*first.shape[:2], 16)
    return jnp.concatenate([first, rest], -1)


def _normalized(levels):
    """Differences to the local mean, by the local deviation plus one.

    Mean and variance are those of differences to the window's centre: exactly zero where the image
    is flat, and exact enough in float32. First each row's, to the row's own pixel in the centre's
    column; then those of the rows, moved to the centre.
    """
    offsets = np.arange(_WINDOW) - _WINDOW // 2
    weights = np.exp(-(offsets**2) / (2 * _SIGMA**2))
    weights = (weights / weights.sum()).astype(levels.dtype)
    height, width = levels.shape[1:]
    margin = _WINDOW // 2
    padded = jnp.pad(levels, ((0, 0), (margin, margin), (margin, margin)), mode="edge")
    rows = padded[:, :, margin:-margin]
    first = second = mean = square = 0
    for i, weight in enumerate(weights):
        step = padded[:, :, i : i + width] - rows
        first, second = first + weight * step, second + weight * step**2
    for i, weight in enumerate(weights):
        along = slice(i, i + height)
        step = rows[:, along] - levels
        mean = mean + weight * (first[:, along] + step)
        square = square + weight * (second[:, along] + step * (2 * first[:, along] + step))
    noise = _NOISE[levels.dtype.name] * root(square)
    mean = jnp.where(jnp.abs(mean) < noise, 0, mean)
    return -mean / (root(square - mean**2) + 1)


def _asymmetric_gaussian(x):
    """Fits a generalized Gaussian with two widths to [..., H, W], by its moments.

    Returns its shape, mean, left and right width, [...] each. Without negative values the left
    width is NaN, without positive ones the right, and then also the mean; the shape is the
    smallest then, as MATLAB's `min` finds it.
    """
    squares, axes = x**2, (-2, -1)
    sums = [jnp.where(side, squares, 0).sum(axes) for side in (x < 0, x > 0)]
    counts = [side.sum(axes) for side in (x < 0, x > 0)]
    there = [count > 0 for count in counts]
    both = there[0] & there[1]
    left, right = (
        jnp.sqrt(jnp.where(some, total, 1) / jnp.where(some, count, 1).astype(x.dtype))
        for some, total, count in zip(there, sums, counts, strict=True)
    )
    total = jnp.where(both, sums[0] + sums[1], 1)
    moments = jnp.abs(x).sum(axes) ** 2 / (total * math.prod(x.shape[-2:]))
    ratio = left / right
    moments = moments * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    shape, per_deviation, mean = _looked_up(jnp.where(both, moments, 0))
    left, right = left * per_deviation, right * per_deviation
    mean = jnp.where(both, (right - left) * mean, jnp.nan)
    left, right = (
        jnp.where(some, side, jnp.nan) for some, side in zip(there, (left, right), strict=True)
    )
    return shape, mean, left, right


def _looked_up(moments):
    """Where the grid of shapes comes nearest to the ratio of moments: three columns of its table.

    The shape, the width by the deviation, and the mean by the difference of widths.
    """
    ratios, *columns = _table()
    dtype = moments.dtype
    between = ((ratios[1:] + ratios[:-1]) / 2).astype(dtype)
    index = jnp.searchsorted(between, moments)
    inside = moments.clip(*ratios[[0, -1]].astype(dtype))
    step = inside - jax.lax.stop_gradient(inside)  # Zero, but for its derivative.
    return [
        jnp.asarray(column, dtype)[index]
        + jnp.asarray(np.gradient(column, ratios), dtype)[index] * step
        for column in columns
    ]


@functools.cache
def _table():
    """Of the authors' grid of shapes: ratio of moments, which increases, and three columns."""
    shape = np.arange(200, 10001) / 1000
    log_1, log_2, log_3 = (np.vectorize(math.lgamma)(n / shape) for n in (1, 2, 3))
    return (
        np.exp(2 * log_2 - log_1 - log_3),
        shape,
        np.exp((log_1 - log_3) / 2),
        np.exp(log_2 - log_1),
    )


def _distance(features, pristine):
    """The authors' distance of one image's features [blocks, 36]."""
    known = ~jnp.isnan(features)
    difference = jnp.where(known, features - pristine.mean, 0)
    mean = difference.sum(0) / known.sum(0).clip(1)
    whole = known.all(1)
    count = whole.sum()
    matmul = functools.partial(jnp.matmul, precision="highest")
    # In coordinates where the pristine covariance is the identity, the sum of both is well
    # conditioned; float32 would lose the digits of the original one.
    whitened = jnp.where(whole[:, None], matmul(difference, pristine.whitening.T), 0)
    whitened = whitened - whitened.sum(0) / count.clip(1)
    whitened = jnp.where(whole[:, None], whitened, 0)
    covariance = matmul(whitened.T, whitened) / (count - 1).clip(1)
    mean = matmul(pristine.whitening, mean)
    pooled = (jnp.eye(len(mean), dtype=mean.dtype) + covariance) / 2
    distance = root(matmul(mean, linalg.cho_solve(linalg.cho_factor(pooled), mean)))
    return jnp.where(count >= 2, distance, jnp.nan)


def _truncated_distance(features, pristine):
    """SRZoo's distance of one image's features [blocks, 36]."""
    known = ~jnp.isnan(features)
    features = jnp.where(known, features, 0)
    matmul = functools.partial(jnp.matmul, precision="highest")
    centred = features - features.mean(0)
    covariance = matmul(centred.T, centred) / (len(features) - 1)
    pooled = (covariance + pristine.covariance.round(5)) / 2
    difference = features.mean(0) - pristine.mean.round(5)
    # With the eigenvectors held fixed, the sum below is the squared distance. Its derivative is
    # right, too, where that of `eigh` would divide by all gaps between eigenvalues: those between
    # what is kept and what is left out are enough, as the kept ones turn into the others.
    values, vectors = jax.lax.stop_gradient(jnp.linalg.eigh(pooled))
    kept = jnp.abs(values) > 1e-4 * jnp.abs(values).max()
    inverse = jnp.where(kept, 1 / jnp.where(kept, values, 1), 0)
    components = matmul(vectors.T, jax.lax.stop_gradient(difference))
    solution = matmul(vectors, components * inverse)
    squared = 2 * matmul(solution, difference) - matmul(solution, matmul(pooled, solution))
    across = kept[:, None] & ~kept
    gaps = jnp.where(across, values[:, None] - values, 1)
    turning = jnp.where(across, jnp.outer(components * inverse, components) / gaps, 0)
    turned = 2 * (turning * matmul(vectors.T, matmul(pooled, vectors))).sum()
    squared = squared + turned - jax.lax.stop_gradient(turned)  # Zero, but for its derivative.
    return jnp.where(known.all(), root(squared), jnp.nan)
