"""Benchmark sets: pairs of LR and HR images.

A set is a folder `<data_dir>/<name>` of the layout common in the field:

    HR/baby.png    LR_bicubic/X4/babyx4.png

For scale 1 (compression, sharpening) the input is the HR image itself. Another set is
`photos`, the embedded one: photographs out of scikit-image's wheel, whose LR images are made
here. LR images of any set can be made here instead, by a kernel of `downscale`.
"""

import importlib.resources
import os
import re
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


def sr_pairs(
    sr_dir: str | os.PathLike, hr_dir: str | os.PathLike, scale: int
) -> list[tuple[str, Path, list[Path]]]:
    """Matches SR images made elsewhere to references: (name, HR, its SR images), by name.

    The SR image of `baby.png` or `baby_HR.png` may be called `baby.png`, `babyx4.png`,
    `baby_x4.png`, and each with `_SR` behind it, of any format. There may be none or several, and
    the HR image of an SR image may be missing: `read_sr` tells.

    Raises:
        FileNotFoundError: A folder is not there, or both have no images.
    """
    sr_dir, hr_dir = Path(sr_dir), Path(hr_dir)
    for folder in (sr_dir, hr_dir):
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no folder {folder}")
    hr = {path.stem: path for path in files.list_images(hr_dir)}
    bare = {name.removesuffix("_HR"): name for name in hr} | {name: name for name in hr}
    found: dict[str, list[Path]] = {name: [] for name in hr}
    for path in files.list_images(sr_dir):
        names = [path.stem, re.sub(rf"(_?x{scale})?(_SR)?$", "", path.stem, flags=re.IGNORECASE)]
        name = next((bare[name] for name in names if name in bare), names[-1])
        found.setdefault(name, []).append(path)
    if not found:
        raise FileNotFoundError(f"no images in {sr_dir} and {hr_dir}")
    return [(name, hr.get(name, hr_dir / f"{name}.png"), found[name]) for name in sorted(found)]


def read_sr(hr_path: Path, sr_paths: list[Path], scale: int) -> tuple[np.ndarray, np.ndarray]:
    """Reads a match of `sr_pairs`: SR and HR, uint8 RGB, HR cropped to a multiple of the scale.

    Raises:
        FileNotFoundError: One of the two is missing.
        ValueError: There are several SR images, one is unreadable, or their sizes differ.
    """
    if not sr_paths:
        raise FileNotFoundError(f"no SR image for {hr_path}")
    if len(sr_paths) > 1:
        raise ValueError(f"several SR images for {hr_path}: {', '.join(map(str, sr_paths))}")
    sr = files.read_image(sr_paths[0])
    hr = images.crop_to_multiple(files.read_image(hr_path), scale)
    _check_size(sr_paths[0], sr, hr.shape[:2], hr_path, scale)
    return sr, hr


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
    _check_size(pair.lr, lr, (hr.shape[0] // scale, hr.shape[1] // scale), pair.hr, scale)
    return lr, hr


def _check_size(path: Path, image: np.ndarray, expected: tuple[int, int], hr: Path, scale: int):
    if image.shape[:2] != expected:
        raise ValueError(
            f"{path} is {image.shape[0]} x {image.shape[1]} (height x width); by {hr} and scale"
            f" {scale} it should be {expected[0]} x {expected[1]}"
        )
