"""The files that authors published: where they are, and whether a file is one of them."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from srzoo_jax.catalogue import CATALOGUE, Entry
from srzoo_jax.download import fetch
from srzoo_jax.porting import checkpoints
from srzoo_jax.porting.crc32c import crc32c

_ALL_THE_SAME = (
    "To port it all the same, pass --unofficial; or, as a model of its own, --checkpoint=FILE"
    " --name=NAME"
)


def locate(row: Entry, folder: str | os.PathLike | None, *, offline: bool = False) -> Path:
    """Returns the path of a row's official file: in `folder`, or downloaded into the cache.

    Raises:
        FileNotFoundError: `folder` lacks the file, or it can't be downloaded; the message says
            what to do.
        ValueError: What was downloaded has another hash; it is not kept.
    """
    if folder is not None:
        path = Path(folder) / row.file
        if not path.is_file():
            raise FileNotFoundError(f"{folder} has no {row.file}, the official file of {row.name}")
        return path
    return _download(row, offline)


def _download(row: Entry, offline: bool) -> Path:
    import pooch

    cache = pooch.os_cache("srzoo_jax")
    help_ = (
        f"Get {' and '.join(row.files)} from {' and '.join(row.urls)} on a machine that reaches it,"
        " put that into a folder, and run"
        f" python -m experiments.port --models={row.name} --checkpoints_dir=FOLDER"
    )
    if not row.downloadable:
        raise FileNotFoundError(f"{row.file} can't be downloaded by a program. {help_}")
    if offline and not all((cache / file).is_file() for file in row.files):
        raise FileNotFoundError(f"{row.file} is not in the cache {cache}. {help_}")
    path = cache / row.file
    try:
        for url, file in zip(row.urls, row.files, strict=True):
            known = {"sha256": row.sha256, "size": row.size} if file == row.file else {}
            fetch(url, cache / file, **known)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{error}. {help_}") from error
    try:
        verified_file(row, path, checkpoints.hashes(path))
    except ValueError:
        os.unlink(path)
        raise
    return path


def verified_file(
    row: Entry, path: Path, found: Mapping[str, str], *, unofficial: bool = False
) -> str:
    """Says by what a file is known to be a row's official one.

    Args:
        row: The model.
        path: The file, for the message.
        found: Its hashes, as of `checkpoints.hashes`.
        unofficial: Do not raise; say that it is another one.

    Raises:
        ValueError: It is another one.
    """
    for kind, official in (("sha256", row.sha256), ("git_blob", row.git_blob)):
        if not official:
            continue
        if found[kind].startswith(official):
            digits = f"first {len(official)} digits" if len(official) < 40 else "whole"
            return f"{kind}, {digits}"
        if not unofficial:
            raise ValueError(
                f"{path} is not the official {row.file}: expected {kind} {official}, found"
                f" {found[kind]}. {_ALL_THE_SAME}"
            )
        return f"no: its {kind} is not that of the official file"
    if not row.source.address:
        return "no: a model outside the catalogue"
    return "no: the official file's hash is not known"


def identifies(row: Entry, found: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether a file, by its hashes or tensors, is known to be a row's official one."""
    if row.crc32c:
        return not differing(row, arrays)
    known = {"sha256": row.sha256, "git_blob": row.git_blob}
    return any(official and found[kind].startswith(official) for kind, official in known.items())


def verified_tensors(
    row: Entry, path: Path, arrays: Mapping[str, np.ndarray], *, unofficial: bool = False
) -> str:
    """Like `verified_file`, for a row whose official tensors are known, each by CRC-32C."""
    wrong = differing(row, arrays)
    if not wrong:
        return f"crc32c, all {len(row.crc32c)} tensors"
    if unofficial:
        return f"no: {len(wrong)} of {len(row.crc32c)} tensors are not the official ones"
    others = [
        other.name
        for other in CATALOGUE.values()
        if other.crc32c and other != row and not differing(other, arrays)
    ]
    raise ValueError(
        f"{path} is not the official {row.file}: the CRC-32C of {len(wrong)} of"
        f" {len(row.crc32c)} tensors is another one, as of {', '.join(wrong[:3])}."
        + f" These are the tensors of {', '.join(others)}." * bool(others)
        + f" {_ALL_THE_SAME}"
    )


def differing(row: Entry, arrays: Mapping[str, np.ndarray]) -> list[str]:
    """Returns which of a row's official tensors, known by CRC-32C, the arrays lack or alter."""

    def checksum(array):
        return f"{crc32c(np.ascontiguousarray(array, '<f4')):08x}"

    return [
        name
        for name, official in row.crc32c.items()
        if name not in arrays or checksum(arrays[name]) != official
    ]
