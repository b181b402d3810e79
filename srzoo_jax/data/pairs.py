"""Pairs of LR and HR images.

For scale 1 (compression, sharpening) the input is the HR image itself. LR images of any set can be
made here instead of read, by a kernel of `downscale`; those of `photos`, the embedded set of
photographs out of scikit-image's wheel, always are.
"""

import importlib.resources
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from srzoo_jax import files
from srzoo_jax import image as images
from srzoo_jax.data import layouts, sets
from srzoo_jax.downscale import downscale, named

PHOTOS = "photos"
_PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg")


GIVEN = "given"
"""The kernel of LR images that are the data set's own."""


class Pair(NamedTuple):
    """Where the two images lie; no `lr`: it is made from `hr` by `kernel`, by "none" it is `hr`."""

    name: str
    hr: Path
    lr: Path | None
    kernel: str


def pairs(
    dataset: str,
    scale: int,
    data_dir: str | os.PathLike | None = None,
    kernel: str | None = None,
) -> list[Pair]:
    """Lists the pairs of a set, by name; whether both images are there, `read` tells.

    Args:
        dataset: `photos`, a name of `sets.DATASETS`, or any folder of `data_dir`.
        scale: The factor between LR and HR.
        data_dir: Where data sets lie.
        kernel: Make LR by this one of `downscale.KERNELS`; default: take the data set's, of
            `photos` make it by `matlab_bicubic`.

    Raises:
        FileNotFoundError: There is no such set, or it has no LR images of this scale.
        ValueError: There is no such kernel; or the images are not those of the benchmark set whose
            name they bear.
    """
    if kernel is not None:
        named(kernel)
    if dataset == PHOTOS:
        folder = Path(str(importlib.resources.files("skimage"))) / "data"
        made = _made(scale, kernel or "matlab_bicubic")
        return [Pair(Path(photo).stem, folder / photo, None, made) for photo in _PHOTOS]
    if data_dir is None:
        raise FileNotFoundError(
            f"where is {dataset}? Say --data_dir=FOLDER; without it there is {PHOTOS} alone"
        )
    row = sets.row_of(dataset)
    names = (dataset,) if row is None else (row.name, *row.aliases)
    made = kernel is not None or scale == 1
    found = layouts.find(data_dir, names, scale, with_lr=not made)
    hr = found.hr if row is None else sets.identified(row, found.hr, found.hr_dir)
    called = {path: name for name, path in found.hr.items()}
    if made:
        return [Pair(name, path, None, _made(scale, kernel)) for name, path in sorted(hr.items())]
    layout, lr = found.layout, dict(found.lr)
    result = []
    for name, path in hr.items():
        own = called.get(path, name)  # What its files are called, where that is not its name.
        file = layout.lr_names[0].format(name=own, scale=scale) + ".png"
        result.append(Pair(name, path, lr.pop(own, found.lr_dir / file), GIVEN))
    for name, path in lr.items():
        file = layout.hr_name.format(name=name, scale=scale) + ".png"
        result.append(Pair(name, found.hr_dir / file, path, GIVEN))
    return sorted(result)


def _made(scale: int, kernel: str | None) -> str:
    return kernel if kernel and scale > 1 else "none"


def read(pair: Pair, scale: int) -> tuple[np.ndarray, np.ndarray]:
    """Reads a pair: LR and HR, uint8 RGB, HR cropped to a multiple of the scale.

    Raises:
        FileNotFoundError: One of the two is missing.
        ValueError: One is unreadable, or their sizes do not fit.
    """
    hr = images.crop_to_multiple(files.read_image(pair.hr), scale)
    if pair.lr is None:
        return (downscale(hr, scale, pair.kernel) if scale > 1 else hr), hr
    lr = files.read_image(pair.lr)
    check_size(pair.lr, lr, (hr.shape[0] // scale, hr.shape[1] // scale), pair.hr, scale)
    return lr, hr


def lr_size(pair: Pair, scale: int) -> tuple[int, int]:
    """Returns height and width of a pair's LR image, by the header of a file.

    Raises:
        ValueError: It is unreadable, or missing.
    """
    if pair.lr is not None:
        return files.image_size(pair.lr)
    height, width = files.image_size(pair.hr)
    return height // scale, width // scale


def check_size(path: Path, image: np.ndarray, expected: tuple[int, int], hr: Path, scale: int):
    """Refuses an image that does not fit its reference.

    Raises:
        ValueError: Its height and width are not as expected; the message says by what.
    """
    if image.shape[:2] != expected:
        raise ValueError(
            f"{path} is {image.shape[0]} x {image.shape[1]} (height x width); by {hr} and scale"
            f" {scale} it should be {expected[0]} x {expected[1]}"
        )
