"""What is to be read and written when images are named by files, folders and patterns."""

import collections
import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from srzoo_jax import files


def tasks(
    sources: Iterable[str | os.PathLike],
    target: str | os.PathLike | None = None,
    *,
    ending: str = "",
    suffix: str = ".png",
    readable: Sequence[str] = files.IMAGE_SUFFIXES,
    recursive: bool = False,
) -> list[tuple[Path, Path]]:
    """Pairs of the image to read and the image to write.

    Where `a.jpg` and `a.tif` would both become `a.png`, they become `a.jpg.png` and `a.tif.png`.

    Args:
        sources: Files, folders, and patterns such as `photos/*.jpg` or `**/*.png`.
        target: The file to write, where one file is the source; else the folder; None: each beside
            its source.
        ending: Goes behind the names of what is written, if `target` is no file.
        suffix: The same, as the format.
        readable: The suffixes that count as images in folders and of patterns.
        recursive: Take folders with all that is inside; what is written keeps the tree.

    Raises:
        FileNotFoundError: A source is not there, or has no images.
        ValueError: Two images would be written to the same file, or one over itself.
    """
    sources = list(sources)
    found: list[tuple[Path, Path]] = []  # The file, and where it lies within its source.
    for source in sources:
        found += _found(str(source), readable, recursive)
    single = len(sources) == len(found) == 1 and Path(sources[0]) == found[0][0]
    if target is not None and single and not Path(target).is_dir():
        pairs = [(found[0][0], Path(target))]
    else:
        parents = [
            path.parent if target is None else Path(target) / within.parent
            for path, within in found
        ]
        places = [(parent, path.stem) for parent, (path, _) in zip(parents, found, strict=True)]
        alike = collections.Counter(places)
        pairs = [
            (path, parent / f"{path.name if alike[parent, stem] > 1 else stem}{ending}{suffix}")
            for (path, _), (parent, stem) in zip(found, places, strict=True)
        ]
    _check(pairs)
    return pairs


def _found(source: str, readable: Sequence[str], recursive: bool) -> list[tuple[Path, Path]]:
    path = Path(source)
    if path.is_file():
        return [(path, Path(path.name))]
    if path.is_dir():
        inside = sorted(path.rglob("*") if recursive else path.iterdir())
        pairs = [(file, file.relative_to(path)) for file in inside]
    elif glob.has_magic(source):
        inside = (Path(name) for name in sorted(glob.glob(source, recursive=True)))
        pairs = [(file, Path(file.name)) for file in inside]
    else:
        raise FileNotFoundError(f"there is no file or folder {source}")
    pairs = [(file, within) for file, within in pairs if file.suffix.lower() in readable]
    if not pairs:
        raise FileNotFoundError(f"no image in {source}; suffixes: {', '.join(readable)}")
    return pairs


def _check(pairs: Iterable[tuple[Path, Path]]) -> None:
    targets: dict[Path, Path] = {}
    for old, new in pairs:
        if new in targets:
            raise ValueError(f"{old} and {targets[new]} would both be written to {new}")
        if new.resolve() == old.resolve():
            raise ValueError(f"{new} would be written over its own input")
        targets[new] = old
