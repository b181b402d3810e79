"""Central crops of a data set, as one batch of equal sizes."""

import hashlib
import os
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import data
from srzoo_jax import image as images


class Crops(NamedTuple):
    """What could be read of a data set; `errors` says what was wrong with the others."""

    dataset: str
    names: list[str]
    digests: list[str]
    """Twelve hex digits of each pair of crops."""
    lr: jax.Array
    """[N, crop, crop, 3]."""
    hr: jax.Array
    """[N, scale crop, scale crop, 3]."""
    errors: dict[str, str]


def read(
    dataset: str,
    scale: int,
    crop: int,
    data_dir: str | os.PathLike | None = None,
    limit: int | None = None,
) -> Crops:
    """Reads the centre of every pair.

    Args:
        dataset: As for `data.pairs`.
        scale: The factor between LR and HR.
        crop: Rows and columns of the LR crops; half a pixel off the centre goes up and left.
        data_dir: Where data sets lie.
        limit: Read this many pairs only; default: all.

    Raises:
        FileNotFoundError: There is no such set.
        ValueError: No image could be read that is large enough.
    """
    found, errors = {}, {}
    for pair in data.pairs(dataset, scale, data_dir)[:limit]:
        try:
            lr, hr = data.read(pair, scale)
            found[pair.name] = _centre(lr, hr, scale, crop)
        except (ValueError, OSError) as error:
            errors[pair.name] = str(error)
    if not found:
        raise ValueError(f"{dataset} has no usable image: {next(iter(errors.values()))}")
    digests = [hashlib.sha256(lr.tobytes() + hr.tobytes()).hexdigest() for lr, hr in found.values()]
    lr, hr = (
        jnp.asarray(images.from_bytes(np.stack(part))) for part in zip(*found.values(), strict=True)
    )
    return Crops(dataset, list(found), [digest[:12] for digest in digests], lr, hr, errors)


def _centre(lr: np.ndarray, hr: np.ndarray, scale: int, crop: int):
    if min(lr.shape[:2]) < crop:
        raise ValueError(
            f"LR is {lr.shape[0]} x {lr.shape[1]}, smaller than --crop={crop}: take a smaller one"
        )
    top, left = ((side - crop) // 2 for side in lr.shape[:2])
    inside = lambda image, s: image[s * top : s * (top + crop), s * left : s * (left + crop)]  # noqa: E731
    return inside(lr, 1), inside(hr, scale)
