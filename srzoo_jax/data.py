"""Benchmark sets: pairs of LR and HR images.

A set is a folder `<data_dir>/<name>` of the layout common in the field:

    HR/baby.png    LR_bicubic/X4/babyx4.png

For scale 1 (compression, sharpening) the input is the HR image itself. Another set is
`photos`, the embedded one: photographs out of scikit-image's wheel, whose LR images are made
here, by MATLAB's bicubic downscaling.
"""

import importlib.resources
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from srzoo_jax import files
from srzoo_jax import image as images
from srzoo_jax.resize import imresize

PHOTOS = "photos"
_PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg")


class Pair(NamedTuple):
    """Where the two images lie; no `lr`: it is made from `hr`, or for scale 1 is `hr`."""

    name: str
    hr: Path
    lr: Path | None


def pairs(dataset: str, scale: int, data_dir: str | os.PathLike | None = None) -> list[Pair]:
    """Lists the pairs of a set, by name; whether both images are there, `read` tells.

    Raises:
        FileNotFoundError: There is no such set, or it has no LR images of this scale.
    """
    if dataset == PHOTOS:
        folder = Path(str(importlib.resources.files("skimage"))) / "data"
        return [Pair(Path(photo).stem, folder / photo, None) for photo in _PHOTOS]
    if data_dir is None:
        raise FileNotFoundError(
            f"where is {dataset}? Say --data_dir=FOLDER; without it there is {PHOTOS} alone"
        )
    root = Path(data_dir) / dataset
    hr_dir, lr_dir = root / "HR", root / "LR_bicubic" / f"X{scale}"
    for folder in (root, hr_dir, *([lr_dir] if scale > 1 else [])):
        if not folder.is_dir():
            raise FileNotFoundError(
                f"data set {dataset} needs the folder {folder}, which is not there"
            )
    hr = {path.stem: path for path in files.list_images(hr_dir)}
    if scale == 1:
        return [Pair(name, path, None) for name, path in hr.items()]
    lr = {path.stem.removesuffix(f"x{scale}"): path for path in files.list_images(lr_dir)}
    found = [
        Pair(
            name,
            hr.get(name, hr_dir / f"{name}.png"),
            lr.get(name, lr_dir / f"{name}x{scale}.png"),
        )
        for name in sorted({*hr, *lr})
    ]
    if not found:
        raise FileNotFoundError(f"data set {dataset} has no images in {hr_dir} and {lr_dir}")
    return found


def read(pair: Pair, scale: int) -> tuple[np.ndarray, np.ndarray]:
    """Reads a pair: LR and HR, uint8 RGB, HR cropped to a multiple of the scale.

    Raises:
        FileNotFoundError: One of the two is missing.
        ValueError: One is unreadable, or their sizes do not fit.
    """
    hr = images.crop_to_multiple(files.read_image(pair.hr), scale)
    if pair.lr is None:
        return (imresize(hr, 1 / scale) if scale > 1 else hr), hr
    lr = files.read_image(pair.lr)
    expected = (hr.shape[0] // scale, hr.shape[1] // scale)
    if lr.shape[:2] != expected:
        raise ValueError(
            f"{pair.lr} is {lr.shape[0]} x {lr.shape[1]} (height x width); by {pair.hr} and scale"
            f" {scale} it should be {expected[0]} x {expected[1]}"
        )
    return lr, hr
