"""Benchmark sets: pairs of LR and HR images.

A set is a folder `<data_dir>/<name>` of the layout common in the field:

    HR/baby.png    LR_bicubic/X4/babyx4.png

For scale 1 (compression, sharpening) the input is the HR image itself. Another set is
`photos`, the embedded one: photographs out of scikit-image's wheel, whose LR images are made
here. LR images of any set can be made here instead, by a kernel of `downscale`.
"""

import importlib.resources
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from srzoo_jax import files
from srzoo_jax import image as images
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
        dataset: `photos`, or a folder of `data_dir`.
        scale: The factor between LR and HR.
        data_dir: Where data sets lie.
        kernel: Make LR by this one of `downscale.KERNELS`; default: take the data set's, of
            `photos` make it by `matlab_bicubic`.

    Raises:
        FileNotFoundError: There is no such set, or it has no LR images of this scale.
        ValueError: There is no such kernel.
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
    root = Path(data_dir) / dataset
    made = kernel is not None or scale == 1
    hr_dir, lr_dir = root / "HR", root / "LR_bicubic" / f"X{scale}"
    for folder in (root, hr_dir, *([] if made else [lr_dir])):
        if not folder.is_dir():
            raise FileNotFoundError(
                f"data set {dataset} needs the folder {folder}, which is not there"
            )
    hr = {path.stem: path for path in files.list_images(hr_dir)}
    if made:
        if not hr:
            raise FileNotFoundError(f"data set {dataset} has no images in {hr_dir}")
        return [Pair(name, path, None, _made(scale, kernel)) for name, path in hr.items()]
    lr = {path.stem.removesuffix(f"x{scale}"): path for path in files.list_images(lr_dir)}
    found = [
        Pair(
            name,
            hr.get(name, hr_dir / f"{name}.png"),
            lr.get(name, lr_dir / f"{name}x{scale}.png"),
            GIVEN,
        )
        for name in sorted({*hr, *lr})
    ]
    if not found:
        raise FileNotFoundError(f"data set {dataset} has no images in {hr_dir} and {lr_dir}")
    return found


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
    expected = (hr.shape[0] // scale, hr.shape[1] // scale)
    if lr.shape[:2] != expected:
        raise ValueError(
            f"{pair.lr} is {lr.shape[0]} x {lr.shape[1]} (height x width); by {pair.hr} and scale"
            f" {scale} it should be {expected[0]} x {expected[1]}"
        )
    return lr, hr
