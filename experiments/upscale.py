"""Restores photographs: files, folders or patterns, named behind the flags or by --input.

Depth (8 or 16 bits), grey, transparency, colour profile and notes of a file are kept; it is turned
as its EXIF orientation says. Without --output, photo.jpg becomes photo_x4.png beside it.
"""

from absl import flags

from experiments import app

_MODEL = flags.DEFINE_string(
    "model", "srzoo_ecbsr_x4", "Of the catalogue; + behind it: self-ensemble."
)
_INPUT = flags.DEFINE_list("input", [], "Images, folders, patterns such as 'photos/*.jpg'.")
_OUTPUT = flags.DEFINE_string("output", None, "The restored image, or a folder of them.")
_RECURSIVE = flags.DEFINE_bool("recursive", False, "Take folders with all that is inside.")
_SKIP = flags.DEFINE_bool("skip_existing", False, "Leave alone what has been written already.")
_SCALE = flags.DEFINE_float("scale", None, "Resize the result to this factor.", lower_bound=1e-3)
_FORMAT = flags.DEFINE_enum("format", "png", ["png", "jpg", "webp", "tif"], "To write.")
_QUALITY = flags.DEFINE_integer("quality", 95, "Of jpg and webp.", lower_bound=1, upper_bound=100)
_STRIP = flags.DEFINE_bool("strip", False, "Write no colour profile, EXIF or other notes.")
_DAMAGED = flags.DEFINE_bool("damaged", False, "Take what can be read of damaged files, too.")
_MAX_INPUT = flags.DEFINE_float("max_input", 64, "Megapixels that are read at most.")
_MAX_OUTPUT = flags.DEFINE_float("max_output", 256, "Megapixels that are written at most.")
_TILE = flags.DEFINE_integer(
    "tile", None, "Side of tiles in LR pixels; default: as memory allows.", lower_bound=1
)
_EXACT = flags.DEFINE_bool(
    "exact", False, "Tiles give the whole image's last bits, too; on CPU up to twice as slow."
)
_SPLIT = flags.DEFINE_bool(
    "split", False, "Spread each image over all devices, exactly: for every model."
)
_BY_ROWS = flags.DEFINE_bool(
    "by_rows", False, "Results may be larger than memory: 8 bits, opaque, without notes."
)


def main(arguments: list[str]) -> int:
    """One bad image does not stop the others."""
    from functools import partial

    import numpy as np

    from srzoo_jax import (
        devices,
        execution,
        files,
        influence,
        photograph,
        tasks,
        tiler,
        timing,
        upscaling,
        zoo,
    )
    from srzoo_jax import image as images
    from srzoo_jax.models import convolution

    model = zoo.entry(_MODEL.value)
    scale = _SCALE.value or model.scale
    sources = [*arguments, *_INPUT.value]
    if not sources:
        raise ValueError("what shall be restored? Name an image, a folder or a pattern")
    todo = tasks.tasks(
        sources,
        _OUTPUT.value,
        ending=f"_x{scale:g}" if _OUTPUT.value is None else "",
        suffix=f".{_FORMAT.value}",
        readable=photograph.READABLE,
        recursive=_RECURSIVE.value,
    )
    for _, new in todo:
        photograph.check_target(new)
    if _SKIP.value:
        todo = [(old, new) for old, new in todo if not new.exists()]
    restore, params = zoo.load(_MODEL.value, folded=not _EXACT.value)
    execute = execution.Executor(restore, params, sizes=_uncut([old for old, _ in todo]))
    found = influence.influence(model)
    if _SPLIT.value and (_TILE.value or _BY_ROWS.value):
        raise ValueError("--split restores images whole: it goes with neither --tile nor --by_rows")
    split = devices.split(restore, params) if _SPLIT.value else None
    if _BY_ROWS.value and scale != model.scale:
        raise ValueError("--by_rows writes what the model gives: it does not go with --scale")

    def step(old, new) -> str:
        photo = photograph.read(old, limit=1e6 * _MAX_INPUT.value, damaged=_DAMAGED.value)
        height, width = photo.pixels.shape[:2]
        size = (round(height * scale), round(width * scale))
        files.check_size(new, *size, 1e6 * _MAX_OUTPUT.value)
        seconds = 0

        def run(pixels):
            nonlocal seconds
            if split:
                sr, taken = timing.timed(split, pixels)
            else:
                sr, taken = execute(pixels)
                sr, taken = np.asarray(sr)[0], taken.seconds
            seconds += taken
            return sr

        with convolution.shortcuts(not _EXACT.value):
            sides = height, width
            tile, overlap = max(sides), {"radius": 0}
            if not split:
                tile, overlap = tiler.plan(restore, params, sides, found, _TILE.value)
            if _BY_ROWS.value:
                if photo.alpha is not None:
                    raise ValueError(f"{old} has transparency, which --by_rows would lose")
                strips = tiler.strips(run, photo.pixels, tile, **overlap)
                rows = map(images.to_bytes, strips)
                photograph.write_by_rows(new, rows, *size, quality=_QUALITY.value)
            else:
                whole = partial(tiler.restore, run, tile=tile, **overlap)
                sr = upscaling.upscale(photo, whole, size)
                photograph.write(new, sr, quality=_QUALITY.value, strip=_STRIP.value)
        return f"{size[1]} x {size[0]}, {seconds:.2f} s"

    return app.each(todo, step)


def _uncut(paths: list) -> list[tuple[int, int]]:
    """Heights and widths of the images that are restored at once, and so can share programs."""
    import contextlib

    from srzoo_jax import files, tiler

    sizes = []
    for path in [] if _TILE.value else paths:
        with contextlib.suppress(ValueError):  # Reading it will tell.
            sizes.append(files.image_size(path))
    return [size for size in sizes if max(size) <= tiler.UNCUT]


if __name__ == "__main__":
    app.run(main)
