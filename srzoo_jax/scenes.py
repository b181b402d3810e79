"""Scenes: crops of some images, kept beside the records for the report.

A scene is the same detail of everything there is of an image:

    <root>/Set5_x4/baby/scene.json HR.png LR.png bicubic.png whole.jpg imdn_x4.png imdn_x4+.png

It is written while the image is at hand, so that a report needs no image computed again.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from srzoo_jax import files, protocols, resize
from srzoo_jax import image as images
from srzoo_jax.protocols import Protocol

SIDE = 160
"""Of a crop, in pixels of HR, where the image is as large and the scale divides it."""
WHOLE = 320
"""The longer side of the small whole image."""


class Scene(NamedTuple):
    """What `scene.json` says."""

    inputs: str
    """Digest of the images it was cut out of."""
    protocol_digest: str
    height: int
    """Of the whole HR image."""
    width: int
    box: tuple[int, int, int, int]
    """The crop in it: top, left, height, width."""
    bicubic: Mapping[str, float]
    """Scores of bicubic interpolation, of the whole image."""


def chosen(names: Sequence[str], count: int) -> set[str]:
    """Returns which images become scenes: `count` of them, spread evenly over the names."""
    count = min(count, len(names))
    return {names[index * len(names) // count] for index in range(count)}


def crop_path(root: str | os.PathLike, model: str, dataset: str, scale: int, image: str) -> Path:
    """Returns where a model's crop lies, beside all else of its scene."""
    return Path(root) / f"{_plain(dataset)}_x{scale}" / image / f"{_plain(model)}.png"


def _plain(text: str) -> str:
    """A name that may be a path, as the name of one file."""
    return re.sub(r"[^\w.+-]+", "_", text.strip(os.sep))


def keep(
    path: Path,
    sr: np.ndarray,
    hr: np.ndarray,
    lr: np.ndarray | None,
    scale: int,
    protocol: Protocol,
    inputs: str,
) -> None:
    """Writes a model's crop; the scene first, if it is not there yet.

    Args:
        path: As of `crop_path`.
        sr: uint8 RGB [H, W, 3], the model's.
        hr: uint8 RGB [H, W, 3], its reference.
        lr: uint8 RGB [H / scale, W / scale, 3]; None if unknown.
        scale: The factor between them.
        protocol: By which bicubic interpolation is scored.
        inputs: Digest of the images.
    """
    try:
        scene = read(path.parent)
    except FileNotFoundError:
        scene = None
    if scene is None or (scene.inputs, scene.protocol_digest) != (inputs, protocol.digest):
        scene = _write(path.parent, hr, lr if scale > 1 else None, scale, protocol, inputs)
    files.write_image(path, cut(sr, scene.box))


def read(folder: Path) -> Scene:
    """Reads a scene.

    Raises:
        FileNotFoundError: It is not there, or not yet whole.
    """
    return Scene(**json.loads((folder / "scene.json").read_text()))


def cut(image: np.ndarray, box: Sequence[int]) -> np.ndarray:
    """Returns the part of an image [H, W, C] that a box names."""
    top, left, height, width = box
    return image[top : top + height, left : left + width]


def _write(folder: Path, hr, lr, scale: int, protocol: Protocol, inputs: str) -> Scene:
    box, bicubic = detail(hr, scale), {}
    files.write_image(folder / "HR.png", cut(hr, box))
    if lr is not None:
        low, high = images.from_bytes(lr), images.from_bytes(hr)
        enlarged = resize.imresize(low, hr.shape[:2])
        pair = (jnp.asarray(enlarged[None]), high[None])
        scores = protocols.score(protocol, *pair, scale=scale, lr=low[None])
        bicubic = {name: float(np.asarray(value)[0]) for name, value in scores.items()}
        files.write_image(folder / "bicubic.png", cut(images.to_bytes(enlarged), box))
        files.write_image(folder / "LR.png", cut(lr, [side // scale for side in box]))
    sides = [max(1, round(side * min(1, WHOLE / max(hr.shape)))) for side in hr.shape[:2]]
    files.write_image(folder / "whole.jpg", resize.imresize(hr, tuple(sides)))
    scene = Scene(inputs, protocol.digest, *hr.shape[:2], box, bicubic)
    files.write_atomically(folder / "scene.json", json.dumps(scene._asdict()) + "\n")
    return scene


def detail(hr: np.ndarray, scale: int) -> tuple[int, int, int, int]:
    """Returns the box of the crop where bicubic interpolation errs most; its sides are multiples.

    Args:
        hr: uint8 RGB [H, W, 3], of sides that the scale divides.
        scale: Sides and corner of the box are multiples of it.
    """
    height, width = (min(SIDE, side) // scale * scale for side in hr.shape[:2])
    luma = images.luma(images.from_bytes(hr))
    low = resize.imresize(luma, tuple(side // max(scale, 2) for side in hr.shape[:2]))
    error = (resize.imresize(low, hr.shape[:2]) - luma)[..., 0].astype(np.float64) ** 2
    sums = np.pad(error, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    inside = sums[height:, width:] - sums[height:, :-width] - sums[:-height, width:]
    inside = (inside + sums[:-height, :-width])[::scale, ::scale]
    top, left = np.unravel_index(inside.argmax(), inside.shape)
    return int(top) * scale, int(left) * scale, height, width
