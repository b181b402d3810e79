"""An image on the host, restored tile by tile on the device: images of any size.

Memory on the device is that of one tile; on the host, of the image and one row of tiles.
"""

import math
import warnings
from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import compiling, tiles
from srzoo_jax.influence import Influence
from srzoo_jax.memory import budget
from srzoo_jax.models import winograd
from srzoo_jax.models.convolution import precision, shortcuts
from srzoo_jax.troubles import is_of_memory
from srzoo_jax.types import Params, Restorer

Run = Callable[[np.ndarray], np.ndarray]
"""[h, w, C] -> [s h, s w, C]."""

UNCUT = 256
"""Side of the tile that is measured first; smaller images are not cut."""
QUICK = 384
"""Side of tiles, on CPUs without shortcuts, of images more than twice as large: XLA's convolution
asks for so much memory then, 12 GB for 1226x1224 pixels, that the whole can take 3 times as long
as its tiles do (CARN-M, EDSR-baseline; at other times as long). Of models that see far, 8 times
their radius."""
_GUESS = 32  # Radius for models of which none is exact.


def plan(
    restore: Restorer,
    params: Params,
    sides: tuple[int, int],
    found: Influence | None,
    tile: int | None = None,
) -> tuple[int, dict[str, int]]:
    """Returns the side of tiles for an image, and their overlap: arguments of `strips`.

    Args:
        restore: The model.
        params: Its parameters.
        sides: Height and width of the image.
        found: What `influence` knows of the model. Where it knows nothing, the image is not cut
            unless `tile` says so, and then warns that the result is not that of the whole.
        tile: Side of tiles; default: as large as memory allows, but see `QUICK`.
    """
    if found is None:
        if tile is not None and tile < max(sides):
            # Measured of IMDN x4 on three photographs, tiles of 256: 8 to 29 levels at worst.
            warnings.warn(
                f"no tiles of this model are exact, as statistics or the size of the whole image"
                f" matter: with their overlap of {_GUESS} pixels, results may be off by some 30 of"
                f" 255 levels. Exact is the whole image, at once or split over several devices",
                stacklevel=2,
            )
        return tile or max(sides), {"radius": _GUESS, "alignment": 1}
    # Where tiles begin alike on its grid, Winograd's convolution rounds alike.
    alignment = math.lcm(found.alignment, winograd.STEP)
    overlap = {"radius": found.radius, "alignment": alignment}
    if tile is None and max(sides) > max(UNCUT, tiles.least(**overlap)):
        quick = max(QUICK, 8 * found.radius)
        if jax.default_backend() == "cpu" and not shortcuts.value and max(sides) > 2 * quick:
            sides = tuple(min(side, quick) for side in sides)
        tile = fitting(memory(restore, params), sides, budget(jax.devices()[0]), **overlap)
    return tile or max(sides), overlap


def memory(restore: Restorer, params: Params) -> Callable[[int, int], int]:
    """Returns a function (height, width) -> bytes that the compiled model takes for an image."""

    def taken(height: int, width: int) -> int:
        spec = jax.ShapeDtypeStruct((1, height, width, 3), jnp.float32)
        lowered = jax.jit(restore).lower(params, spec)
        program = compiling.compiled(lowered, jax.default_backend(), precision.value)
        found = program.memory_analysis()
        return found.temp_size_in_bytes + found.output_size_in_bytes

    return taken


def strips(
    run: Run, image: np.ndarray, tile: int, *, radius: int, alignment: int = 1
) -> Iterator[np.ndarray]:
    """Restores an image from top to bottom; yields rows [h, sW, C], as many as come at a time.

    With the `radius` and `alignment` that `influence` knows of a model, they are those of the
    whole image. If memory runs out, goes on with tiles of half the side, and warns.

    Args:
        run: What restores a tile. All tiles have the same size. Tiles are those of the whole image
            if it was compiled within `convolution.shortcuts(False)`.
        image: [H, W, C].
        tile: Side of a tile in pixels, at most.
        radius: Pixels that a tile overlaps its neighbours by, on either side.
        alignment: Offsets of tiles are multiples of this.

    Raises:
        ValueError: The tile is too small for the radius.
        MemoryError, RuntimeError: There is no memory even for the least tile.
    """
    done = 0
    while done < image.shape[0]:
        try:
            for strip, stop in _strips(run, image, done, tile, radius, alignment):
                yield strip
                done = stop
        except (MemoryError, RuntimeError) as error:
            half = min(tile, max(image.shape[:2])) // 2
            if not is_of_memory(error) or half < tiles.least(radius, alignment):
                raise
            warnings.warn(f"out of memory; goes on with tiles of {half} pixels", stacklevel=2)
            tile = half


def restore(run: Run, image: np.ndarray, tile: int, **overlap: int) -> np.ndarray:
    """Like `strips`, but returns the whole restored image."""
    return np.concatenate(list(strips(run, image, tile, **overlap)))


def _strips(run, image, done, tile, radius, alignment) -> Iterator[tuple[np.ndarray, int]]:
    """Yields strips below the line `done`, and the lines where they end."""
    sides = image.shape[:2]
    rows, columns = (tiles.cuts(side, tile, radius, alignment) for side in sides)
    height, width = (tiles.side(side, tile, alignment) for side in sides)

    for top, start, stop in rows:
        if stop <= done:
            continue
        start, parts = max(start, done), []
        for left, begin, end in columns:
            sr = run(image[top : top + height, left : left + width])
            s = sr.shape[0] // height
            parts.append(
                sr[s * (start - top) : s * (stop - top), s * (begin - left) : s * (end - left)]
            )
        yield np.concatenate(parts, axis=1), stop


def fitting(
    memory: Callable[[int, int], int],
    sides: tuple[int, int],
    budget: float,
    *,
    radius: int,
    alignment: int = 1,
) -> int:
    """Returns the side of the largest tiles that fit into memory: of a whole image, if it does.

    Args:
        memory: (height, width) -> the bytes that a tile takes. It is asked about one of a moderate
            size, as memory grows with the area, and to make sure about what follows.
        sides: Height and width of the image.
        budget: Bytes that may be taken.
        radius: As of `strips`; tiles are at least as large as this needs.
        alignment: As of `strips`.
    """
    least = tiles.least(radius, alignment)

    def needed(tile: int) -> tuple[int, int]:
        height, width = (tiles.side(side, tile, alignment) for side in sides)
        return memory(height, width), height * width

    tile = min(max(sides), max(UNCUT, least))
    taken, area = needed(tile)
    if tile < max(sides) or taken > budget:
        allowed, short = budget * area / taken, min(sides)
        tile = int(allowed / short if short**2 < allowed else allowed**0.5)
        tile = min(tile, max(sides))
    while tile > least and needed(tile)[0] > budget:
        tile = tile * 7 // 8
    return max(tile, least)
