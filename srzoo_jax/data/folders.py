"""SR images made elsewhere, matched to their references."""

import os
import re
from pathlib import Path

import numpy as np

from srzoo_jax import files
from srzoo_jax import image as images
from srzoo_jax.data.pairs import check_size


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
    check_size(sr_paths[0], sr, hr.shape[:2], hr_path, scale)
    return sr, hr
