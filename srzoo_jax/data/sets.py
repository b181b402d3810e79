"""Benchmark sets as rows: which images a name stands for.

Where the images may be looked at, they are known by hashes of their pixels (`hashes.json`): what
is called BSD100 then is BSD100. Of the others names and number alone are checked, and a warning
says so.
"""

import functools
import hashlib
import importlib.resources
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from srzoo_jax import files, pipeline
from srzoo_jax import image as images

GRID = 24
"""Hashes are of the part whose sides divide by this, of the top left: by 2, 3, 4, 6, 8, 12 and 24.
So they are the same of whole images and of those cropped for any scale, as some layouts have."""


class Dataset(NamedTuple):
    """A benchmark set.

    Attributes:
        name: What records call it.
        source: Who made it.
        count: Of how many images it is.
        aliases: What else its folder may be called.
        names: What its images are called, where no hashes are known.
        hashed: Whether `hashes.json` knows its images.
    """

    name: str
    source: str
    count: int
    aliases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    hashed: bool = False

    @property
    def hashes(self) -> Mapping[str, str]:
        """Name of image -> `digest`, of sets that are known by hashes."""
        return _hashes()[self.name] if self.hashed else {}


def _numbered(pattern: str, first: int, last: int) -> tuple[str, ...]:
    return tuple(pattern.format(i) for i in range(first, last + 1))


_ENTRIES = (
    Dataset("Set5", "Bevilacqua et al., BMVC 2012", 5, hashed=True),
    Dataset("Set14", "Zeyde, Elad and Protter, Curves and Surfaces 2010", 14, hashed=True),
    Dataset(
        "BSD100",
        "Martin et al., ICCV 2001; the val part of BSDS500",
        100,
        aliases=("B100", "BSDS100"),
        hashed=True,
    ),
    Dataset(
        "Urban100",
        "Huang, Singh and Ahuja, CVPR 2015",
        100,
        names=_numbered("img_{:03}", 1, 100),
    ),
    Dataset("Manga109", "Matsui et al., Multimedia Tools and Applications 2017", 109),
    Dataset(
        "DIV2K_valid",
        "Agustsson and Timofte, CVPRW 2017; its validation part",
        100,
        aliases=("DIV2K_val", "DIV2K-val", "DIV2K100"),
        names=_numbered("{:04}", 801, 900),
    ),
)
DATASETS = {entry.name: entry for entry in _ENTRIES}


@functools.cache
def _hashes() -> dict[str, dict[str, str]]:
    table = importlib.resources.files("srzoo_jax.data") / "hashes.json"
    return json.loads(table.read_text())


def canonical(dataset: str) -> str:
    """The name that records have of a set: of `b100` it is `BSD100`, of others as given."""
    row = row_of(dataset)
    return dataset if row is None else row.name


def row_of(dataset: str) -> Dataset | None:
    """The row of a set by its name or an alias, whatever the case; None: it is no known set."""
    for row in DATASETS.values():
        if dataset.casefold() in (name.casefold() for name in (row.name, *row.aliases)):
            return row
    return None


def digest(image: np.ndarray) -> str:
    """Sixteen hex digits of an image's pixels: uint8 RGB [H, W, 3], as far as `GRID` has them."""
    part = np.ascontiguousarray(images.crop_to_multiple(image, GRID))
    return hashlib.sha256(str(part.shape).encode() + part.tobytes()).hexdigest()[:16]


def identified(row: Dataset, hr: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    """Returns the images under the names that they have in the set, or refuses the set's name.

    Images that cannot be read stay as they are called: reading them says why. Images that are
    missing are named all the same, as files that are not there.

    Args:
        row: The set that they are said to be.
        hr: The images, by what they are called.
        folder: Where they lie.

    Raises:
        ValueError: An image is none of the set; the message names the first.
    """
    if not row.hashed:
        return _by_names(row, hr)
    known = {code: name for name, code in row.hashes.items()}
    found: dict[str, Path] = {}
    unreadable: dict[str, Path] = {}
    codes = pipeline.ahead(_digest_if_readable, hr.values(), len(hr))
    for (name, path), code in zip(hr.items(), codes, strict=True):
        if code is None:
            unreadable[name] = path
            continue
        if code not in known:
            raise _refusal(row, f"{path} is none of its images, by its pixels")
        if known[code] in found:
            raise _refusal(row, f"{path} is the same image as {found[known[code]].name}")
        found[known[code]] = path
    missing = () if unreadable else row.hashes.keys() - found
    found |= unreadable | {name: folder / f"{name}.png" for name in missing}
    return dict(sorted(found.items()))


def _digest_if_readable(path: Path) -> str | None:
    try:
        return _digest_of(path, path.stat().st_mtime_ns)
    except (ValueError, OSError):
        return None


@functools.cache
def _digest_of(path: Path, changed: int) -> str:
    del changed  # A part of the key: a file that changes is read again.
    return digest(files.read_image(path))


def _by_names(row: Dataset, hr: Mapping[str, Path]) -> dict[str, Path]:
    """As `identified`, of a set whose pixels are not known."""
    called = {name.replace("_", ""): name for name in row.names}  # `img001` is `img_001`.
    found = {called.get(name.replace("_", ""), name): path for name, path in hr.items()}
    for name, path in found.items():
        if row.names and name not in row.names:
            raise _refusal(row, f"{path} is none of its images, by its name")
    if len(found) != row.count:
        missing = next((f" ({name} is not there)" for name in row.names if name not in found), "")
        raise _refusal(row, f"it has {row.count} images, not {len(found)}{missing}")
    warnings.warn(
        f"{row.name}: the number of images is right{', and their names' * bool(row.names)};"
        " whether their pixels are is not checked, as their hashes are not known here",
        stacklevel=4,
    )
    return found


def _refusal(row: Dataset, why: str) -> ValueError:
    return ValueError(
        f"this is not {row.name}: {why}. Give the folder a name that is not that of a benchmark"
        " set, and evaluate it under that"
    )
