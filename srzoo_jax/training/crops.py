"""Training data: crops of LR and HR images, as many and as various as one likes."""

import hashlib
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from srzoo_jax import data, files

Scene = tuple[np.ndarray, np.ndarray]
"""A training image: LR [h, w, 3] and HR [s h, s w, 3], uint8."""


def find(folders: Iterable[str | os.PathLike]) -> list[Path]:
    """Lists the images of folders and of the folders in them, in an order that does not change.

    Raises:
        FileNotFoundError: A folder is not there, or has no image.
    """
    found = []
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no folder {folder}")
        inner = [path for path in folder.rglob("*") if path.is_dir()]
        paths = [path for each in (folder, *inner) for path in files.list_images(each)]
        if not paths:
            raise FileNotFoundError(f"no image in {folder}, nor in the folders in it")
        found += sorted(paths)
    return found


def read(paths: Iterable[Path], scale: int, kernel: str) -> tuple[list[Scene], list[str]]:
    """Reads HR images and makes LR of them.

    Args:
        paths: The files.
        scale: HR is cropped to a multiple of it.
        kernel: One of `downscale.KERNELS`.

    Returns:
        The images, and for each file that could not be used a message.
    """
    scenes, refused = [], []
    for path in paths:
        try:
            scenes.append(data.read(data.Pair(path.stem, path, None, kernel), scale))
        except (ValueError, OSError) as error:
            refused.append(str(error))
    return scenes, refused


def split(scenes: Sequence[Scene], held_out: int) -> tuple[list[Scene], list[Scene]]:
    """Returns the images to train on, and `held_out` others at even distances.

    Raises:
        ValueError: Nothing would be left to train on.
    """
    if held_out >= len(scenes):
        raise ValueError(f"cannot hold out {held_out} of {len(scenes)} images")
    chosen = {len(scenes) * i // held_out for i in range(held_out)}
    training = [scene for i, scene in enumerate(scenes) if i not in chosen]
    return training, [scenes[i] for i in sorted(chosen)]


def digest(scenes: Iterable[Scene]) -> str:
    """Returns twelve hex digits that change with any value of any image."""
    total = hashlib.sha256()
    for image in itertools.chain.from_iterable(scenes):
        total.update(str(image.shape).encode() + image.tobytes())
    return total.hexdigest()[:12]


class Crops:
    """Batches of random crops, each turned or mirrored in one of eight ways.

    A batch is a function of the seed and of its number: a training that goes on sees the very
    batches that it would have seen. All crops of all images are equally likely.
    """

    def __init__(self, scenes: Sequence[Scene], *, patch: int, batch: int, seed: int):
        """Takes the images.

        Args:
            scenes: Those that are smaller than a crop are left out.
            patch: Side of the LR crops.
            batch: How many crops make a batch.
            seed: Other seeds, other batches.

        Raises:
            ValueError: No image is large enough.
        """
        self._patch, self._batch, self._seed = patch, batch, seed
        self._scenes = [scene for scene in scenes if min(scene[0].shape[:2]) >= patch]
        if not self._scenes:
            raise ValueError(f"no training image has an LR crop of {patch} x {patch}")
        sides = np.array([scene[0].shape[:2] for scene in self._scenes])
        positions = (sides - patch + 1).prod(1)
        self._until = positions.cumsum() / positions.sum()

    def __len__(self) -> int:
        """How many images are large enough."""
        return len(self._scenes)

    def __call__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns LR [B, p, p, 3] and HR [B, s p, s p, 3], uint8."""
        rng = np.random.default_rng((self._seed, number))
        pairs = [self._crop(rng) for _ in range(self._batch)]
        lr, hr = zip(*pairs, strict=True)
        return np.stack(lr), np.stack(hr)

    def _crop(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        scene = self._scenes[np.searchsorted(self._until, rng.random(), side="right")]
        corner = [rng.integers(side - self._patch + 1) for side in scene[0].shape[:2]]
        turns, mirrored = rng.integers(4), rng.integers(2)
        for image in scene:
            scale = image.shape[0] // scene[0].shape[0]
            y, x = (scale * start for start in corner)
            size = scale * self._patch
            crop = image[y : y + size, x : x + size]
            yield np.rot90(crop[:, ::-1] if mirrored else crop, turns)
