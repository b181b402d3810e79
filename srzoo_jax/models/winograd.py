"""Convolution with kernels of 3x3 by a quarter of the products.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016,
https://arxiv.org/abs/1509.09308: F(4x4, 3x3). The image is cut into tiles of 6x6 pixels, 4 apart;
tiles and kernels are transformed, multiplied, channels by channels, once for each of 36 places,
and transformed back to 4x4 pixels. In float32 the result differs from the exact one by less than
1e-6 of its standard deviation (root mean square); see `POINTS`.

How the work is cut matters more to XLA's CPU backend than how much of it there is:

- Left to itself, it fuses transforms with what makes their input and what reads their output, and
  computes parts of them many times. Every `task` is a call that it does not look into; of few
  operations, as those inside large ones stay on one core, too.
- It compiles equal operations once: transforms of rows come as six arrays, each transformed alike.
- Each operation takes time to compile. Products of a row of places are one, batched, and a kernel
  is transformed by six.
- Strips of rows keep what is transformed of a large image in the cache.

GPUs want one batched product, and few kernels around it.
"""

import math
from collections.abc import Sequence
from functools import partial, reduce

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from srzoo_jax.models.calls import task

STEP = 4
"""Pixels from tile to tile. A pixel is rounded as its tile is: outputs of an image and of its part
are equal to the last bit where the part begins at a multiple of `STEP` rows and columns, but in
tiles that see the part's border."""

WHOLE, STRIP = 2**18, 75_000
"""Tiles times channels that are transformed at a time: all of an image that has `WHOLE` at most,
else strips of rows of about `STRIP`. Where all of it stays in the cache, a loop over strips takes
1.2 times as long; where it does not, 0.75 to 0.95 (32 to 256 channels, L3 of 32 MB)."""

LEAST_TILES = 64
"""Products of fewer rows XLA computes in another order (seen: of less than 56). Small images are
filled up to them, so that a batch of them is rounded as each is alone."""

POINTS = (0, math.sqrt(0.5), -math.sqrt(0.5), math.sqrt(2), -math.sqrt(2))
"""Where the polynomials behind the algorithm are evaluated, beside infinity. Errors are half of
those of the customary 0, 1, -1, 2, -2, and the largest one is a fifth."""


def _matrices() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The transforms of image [6, 6], kernel [6, 3] and product [4, 6], by Toom and Cook."""
    rest = [[q for q in POINTS if q != p] for p in POINTS]
    image = [[*np.poly(others)[::-1], 0] for others in rest] + [np.poly(POINTS)[::-1]]
    kernel = [
        [p**i / math.prod(p - q for q in others) for i in range(3)]
        for p, others in zip(POINTS, rest, strict=True)
    ] + [[0, 0, 1]]
    product = [[*(p**i for p in POINTS), i == STEP - 1] for i in range(STEP)]
    tiny = 1e-12  # What is left of zeros.
    image, kernel, product = (np.array(m, float) for m in (image, kernel, product))
    return np.where(abs(image) < tiny, 0, image), kernel, product


_IMAGE, _KERNEL, _PRODUCT = _matrices()
_KERNELS = np.einsum("ia,jb->ijab", _KERNEL, _KERNEL).reshape(6, 6, 9).astype(np.float32)
"""Of a kernel's pixels, for each of 6 x 6 places."""
_PLACES = range(len(_IMAGE))

CPU_CHANNELS, GPU_CHANNELS = 32, 128
"""So many channels, of image and of result, make it worth while. With 64, a GPU takes 0.6 of the
time, but compiling every such layer takes a second more."""

_matmul = partial(jnp.matmul, precision=lax.Precision.HIGHEST)


def suits(image: jax.Array, kernel: jax.Array, channels: int) -> bool:
    """Whether these operands can be computed so, and have `channels` that make it worth while.

    Depends on no size but that of the kernel, so that parts of an image are computed as the whole
    is.
    """
    inputs, outputs = kernel.shape[2:]
    return (
        image.dtype == jnp.float32
        and kernel.shape[:2] == (3, 3)
        and min(inputs, outputs) >= channels
        and all(isinstance(size, int) for size in image.shape)
    )


def convolve(image: jax.Array, kernel: jax.Array, padding: tuple[int, int]) -> jax.Array:
    """Returns the cross-correlation of `image` with `kernel`, stride 1, zero padding.

    Args:
        image: [B, H, W, I], float32.
        kernel: [3, 3, I, O], float32.
        padding: Rows and columns of zeros added on either side; at most 2.

    Returns:
        [B, H + 2 padding[0] - 2, W + 2 padding[1] - 2, O].
    """
    batch = image.shape[0]
    (height, width), (tall, wide) = _extents(image, padding)
    work = batch * tall * wide * max(kernel.shape[2:])
    strips = 1 if work <= WHOLE else min(tall, -(-work // STRIP))
    each = max(-(-tall // strips), -(-LEAST_TILES // (batch * wide)))
    strips = -(-tall // each)
    image = task(_pad, padding=padding, tall=strips * each, wide=wide)(image)
    kernels = _kernel_rows(kernel)

    def strip(rows):
        return _multiplied(_tiles(rows), kernels, batch, wide)

    def rows(index):
        return lax.dynamic_slice_in_dim(image, index * each, each + 1, 1)

    if strips == 1:
        out = strip(image)
    else:
        out = lax.map(lambda index: strip(rows(index)), jnp.arange(strips)).swapaxes(0, 1)
    return out.reshape(batch, -1, STEP * wide, kernel.shape[-1])[:, :height, :width]


def convolve_at_once(image: jax.Array, kernel: jax.Array, padding: tuple[int, int]) -> jax.Array:
    """Like `convolve`, for GPUs: with 256 channels in a third of the time of cuDNN's."""
    batch = image.shape[0]
    (height, width), (tall, wide) = _extents(image, padding)

    def separate(parts):  # XLA would fuse what follows, and compute parts of it many times.
        return lax.optimization_barrier(jnp.stack(parts))

    rows = separate(_image_rows(_pad(image, padding=padding, tall=tall, wide=wide)))
    tiles = separate([_image_columns(row) for row in rows])
    tiles = tiles.reshape(-1, *tiles.shape[2:])
    products = lax.optimization_barrier(_matmul(tiles, _kernel_at(_KERNELS, kernel)))
    rows = separate([_product_columns(row) for row in products.reshape(6, 6, *products.shape[1:])])
    out = _product_rows(rows, batch=batch, wide=wide)
    return out.reshape(batch, STEP * tall, STEP * wide, -1)[:, :height, :width]


def transformed(image: jax.Array, padding: tuple[int, int]) -> list[jax.Array]:
    """Returns an image [B, H, W, I] as `multiplied` takes it, whole: 6 of [6, tiles, I]."""
    _, (tall, wide) = _extents(image, padding)
    return _tiles(task(_pad, padding=padding, tall=tall, wide=wide)(image))


def multiplied(
    images: Sequence[list[jax.Array]], kernel: jax.Array, shape: tuple[int, int, int]
) -> jax.Array:
    """Returns what `convolve` makes of images that are transformed, concatenated by channels.

    Args:
        images: What `transformed` gives of each.
        kernel: [3, 3, I, O], I the channels of all of them.
        shape: Of the result, without channels.
    """
    batch, height, width = shape
    wide = -(-width // STEP)
    tiles = [jnp.concatenate(parts, -1) for parts in zip(*images, strict=True)]
    out = _multiplied(tiles, _kernel_rows(kernel), batch, wide)
    return out.reshape(batch, -1, STEP * wide, kernel.shape[-1])[:, :height, :width]


def _extents(image, padding):
    """Height and width of the result of [B, H, W, C], in pixels and in tiles."""
    sides = [side + 2 * pad - 2 for side, pad in zip(image.shape[1:3], padding, strict=True)]
    return sides, [-(-side // STEP) for side in sides]


def _tiles(image):
    """[B, n + 1, 4, w + 1, 4, C] -> 6 of [6, B n w, C]."""
    return [task(_image_columns)(row) for row in task(_image_rows)(image)]


def _kernel_rows(kernel):
    """[3, 3, I, O] -> 6 of [6, I, O]."""
    return [_kernel_at(places, kernel) for places in _KERNELS]


def _kernel_at(places, kernel):
    """[.., 9] and [3, 3, I, O] -> [places, I, O]."""
    products = _matmul(places.reshape(-1, 9), kernel.reshape(9, -1))
    return products.reshape(-1, *kernel.shape[2:])


def _multiplied(tiles, kernels, batch, wide):
    """6 of [6, B n w, I] and 6 of [6, I, O] -> [B, n, 4, w * 4 * O]."""
    rows = [task(_product_columns)(_matmul(*pair)) for pair in zip(tiles, kernels, strict=True)]
    return task(_product_rows, batch=batch, wide=wide)(rows)


def _combine(factors: np.ndarray, parts: Sequence[jax.Array]) -> jax.Array:
    """The sum of the parts, weighted; what has no weight is not touched."""
    # By `lax`, as `jnp` takes four times as long to trace.
    pairs = zip(np.float32(factors), parts, strict=True)
    return reduce(lax.add, [lax.mul(part, f) for f, part in pairs if f])


def _pad(image, *, padding, tall, wide):
    """-> [B, tall + 1, 4, wide + 1, 4, C], zeros around."""
    batch, height, width, channels = image.shape
    (top, left), bottom = padding, STEP * (tall + 1) - padding[0] - height
    right = STEP * (wide + 1) - left - width
    # As lines, pads take half the time.
    lines = image.reshape(batch, height, width * channels)
    lines = jnp.pad(lines, ((0, 0), (top, bottom), (left * channels, right * channels)))
    return lines.reshape(batch, tall + 1, STEP, wide + 1, STEP, channels)


def _image_rows(image):
    """[B, n + 1, 4, w + 1, 4, C] -> 6 of [B, n, w + 1, 4, C]."""
    count = image.shape[1] - 1
    rows = [image[:, i // STEP : count + i // STEP, i % STEP] for i in _PLACES]
    return [_combine(factors, rows) for factors in _IMAGE]


def _image_columns(row):
    """[B, n, w + 1, 4, C] -> [6, B n w, C]."""
    count, channels = row.shape[2] - 1, row.shape[-1]
    columns = [row[:, :, i // STEP : count + i // STEP, i % STEP] for i in _PLACES]
    return jnp.stack([_combine(factors, columns).reshape(-1, channels) for factors in _IMAGE])


def _product_columns(row):
    """[6, T, O] -> [T, 4, O]."""
    return jnp.stack([_combine(factors, row) for factors in _PRODUCT], 1)


def _product_rows(rows, *, batch, wide):
    """6 of [B n w, 4, O] -> [B, n, 4, w * 4 * O]."""
    rows = [row.reshape(batch, -1, wide * STEP * row.shape[-1]) for row in rows]
    return jnp.stack([_combine(factors, rows) for factors in _PRODUCT], 2)
