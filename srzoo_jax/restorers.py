"""Wrappers: Restorer -> Restorer. They compose, and their order tells."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from srzoo_jax import image as images
from srzoo_jax import tiles
from srzoo_jax.models import canvas
from srzoo_jax.models.convolution import shortcuts
from srzoo_jax.types import Restorer


def clipped(restore: Restorer) -> Restorer:
    """Clips what `restore` gives to [0, 1]."""
    return lambda params, image: restore(params, image).clip(0, 1)


def quantized(restore: Restorer) -> Restorer:
    """Clips and rounds what `restore` gives to the 256 levels of 8 bit, ties to even."""
    return lambda params, image: images.quantize(restore(params, image))


def self_ensemble(restore: Restorer, chunk: int | None = None) -> Restorer:
    """Averages `restore` over the eight symmetries of the square (Timofte et al., CVPR 2016).

    Square images run as one batch; others as two, upright and transposed.

    Args:
        restore: The model.
        chunk: How many symmetries run at once, the others in turn, in the memory of so many; at
            most four unless the image is square. Default: one on CPU, where more are no faster,
            all on other devices.
    """

    def ensemble(params, image):
        upright = jnp.stack([canvas.flip(image, axes) for axes in _FLIPS])
        transposed = upright.swapaxes(2, 3)
        size = chunk or (1 if jax.default_backend() == "cpu" else len(_FLIPS) * 2)
        over = partial(lax.map, partial(restore, params), batch_size=size)
        if upright.shape == transposed.shape and not canvas.is_laid():
            outs = over(jnp.concatenate([upright, transposed]))
            upright, transposed = outs[:4], outs[4:]
        else:
            upright = over(upright)
            with canvas.transposed():
                transposed = over(transposed)
        outs = upright + transposed.swapaxes(2, 3)
        return sum(canvas.flip(out, axes) for out, axes in zip(outs, _FLIPS, strict=True)) / 8

    return ensemble


def tiled(restore: Restorer, tile: int, *, radius: int, alignment: int = 1) -> Restorer:
    """Restores tile by tile, in the memory of one and of the result.

    With the `radius` and `alignment` that `influence` knows of a model, the result is that of the
    whole image, without `convolution.shortcuts`, whose rounding depends on where an image begins.
    Where it knows none, no tiles are exact. The side of a tile is `tile` LR pixels at most; images
    without a longer side are restored at once.

    Raises:
        ValueError: The tile is too small for the radius.
    """

    def exact(params, image):
        with shortcuts(False):
            return restore(params, image)

    def over_tiles(params, image):
        sides = image.shape[1:3]
        rows, columns = (tiles.cuts(side, tile, radius, alignment) for side in sides)
        if len(rows) == len(columns) == 1:
            return restore(params, image)
        size = (
            image.shape[0],
            *(tiles.side(side, tile, alignment) for side in sides),
            image.shape[3],
        )
        spec = jax.ShapeDtypeStruct(size, image.dtype)
        part = jax.eval_shape(exact, params, spec)
        scale = part.shape[1] // size[1]

        def step(sr, cuts):
            (top, *vertical), (left, *horizontal) = cuts
            patch = exact(params, lax.dynamic_slice(image, (0, top, left, 0), size))
            place = (0, scale * top, scale * left, 0)
            old = lax.dynamic_slice(sr, place, patch.shape)
            down = _between(scale * top, patch.shape[1], *(scale * line for line in vertical))
            right = _between(scale * left, patch.shape[2], *(scale * line for line in horizontal))
            counts = (down[:, None] & right)[:, :, None]
            return lax.dynamic_update_slice(sr, jnp.where(counts, patch, old), place), None

        grid = np.array([(row, column) for row in rows for column in columns])
        whole = (size[0], *(scale * side for side in sides), part.shape[-1])
        return lax.scan(step, jnp.zeros(whole, part.dtype), grid)[0]

    return over_tiles


def _between(offset, length: int, start, stop):
    places = offset + jnp.arange(length)
    return (places >= start) & (places < stop)


_FLIPS = ((), (1,), (2,), (1, 2))
