"""From an authors' checkpoint file to a parameter file of ours."""

import datetime
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from flax import traverse_util

import srzoo_jax
from srzoo_jax import zoo
from srzoo_jax.catalogue import CATALOGUE, Entry
from srzoo_jax.porting import checkpoints
from srzoo_jax.porting.crc32c import crc32c
from srzoo_jax.porting.rename import PortError, rename, without_prefix
from srzoo_jax.types import Params


def port(
    row: Entry, path: str | os.PathLike, *, unofficial: bool = False
) -> tuple[Params, dict[str, str]]:
    """Turns a checkpoint file into a row's parameters.

    Args:
        row: The model that the file should hold.
        path: The file.
        unofficial: Also take a file that has not the official one's hash, or other tensors.

    Returns:
        The parameters, and their provenance for the header of the ported file.

    Raises:
        ValueError: The file is not the official one.
        PortError: Its arrays are not the model's.
        UnsafeCheckpointError: It is no checkpoint, or holds anything but data.
    """
    path = checkpoints.locate(path)
    found = checkpoints.hashes(path)
    verified = _verified(row, path, found, unofficial)
    arrays = checkpoints.read(path)
    try:
        params = from_arrays(row, arrays)
    except PortError as error:
        raise PortError(f"{path} is not {row.name}: {error}") from error
    if row.crc32c:
        verified = _verified_tensors(row, path, arrays, unofficial)
    provenance = {
        "model": row.name,
        "hyper_parameters": str(row.model),
        "scale": str(row.scale),
        "source": row.source.repository,
        "licence": row.source.licence,
        "paper": row.source.paper,
        "file": path.name,
        "file_sha256": found["sha256"],
        "file_verified": verified,
        "ported_by": f"srzoo_jax {srzoo_jax.__version__}",
        "ported_on": datetime.date.today().isoformat(),
    }
    return params, provenance


def from_arrays(row: Entry, arrays: Mapping[str, np.ndarray]) -> Params:
    """Sorts named arrays into a row's parameters.

    Raises:
        PortError: They are not the model's; the message lists all disagreements, and the models
            that the arrays do fit.
    """
    arrays = without_prefix(arrays)
    try:
        flat = rename(arrays, row.source.names(row.model), zoo.shapes(row))
    except PortError as error:
        fitting = [other.name for other in CATALOGUE.values() if _fits(other, arrays)]
        cause = f"these are the arrays of {', '.join(fitting)}" if fitting else _prefix(row, arrays)
        raise PortError(f"{error}\n  likely cause: {cause}") from error
    return traverse_util.unflatten_dict(flat, sep="/")


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
    import requests

    cache = pooch.os_cache("srzoo_jax")
    help_ = (
        f"Get {' and '.join(row.urls)} on a machine that reaches it, put it into a folder as"
        f" {' and '.join(row.files)}, and run"
        f" python -m experiments.port --models={row.name} --checkpoints_dir=FOLDER"
    )
    if offline and not all((cache / file).is_file() for file in row.files):
        raise FileNotFoundError(f"{row.file} is not in the cache {cache}. {help_}")
    whole_hash = row.sha256 if len(row.sha256) == 64 else None
    path = cache / row.file
    try:
        for url, file in zip(row.urls, row.files, strict=True):
            known_hash = whole_hash if file == row.file else None
            pooch.retrieve(url, known_hash, file, cache, progressbar=True)
    except requests.RequestException as error:
        raise FileNotFoundError(
            f"cannot download {row.file} of {row.name}: {type(error).__name__}. {help_}"
        ) from error
    try:
        _verified(row, path, checkpoints.hashes(path), unofficial=False)
    except ValueError:
        os.unlink(path)
        raise
    return path


def differing(row: Entry, arrays: Mapping[str, np.ndarray]) -> list[str]:
    """Returns which of a row's official tensors, known by CRC-32C, the arrays lack or alter."""

    def checksum(array):
        return f"{crc32c(np.ascontiguousarray(array, '<f4')):08x}"

    return [
        name
        for name, official in row.crc32c.items()
        if name not in arrays or checksum(arrays[name]) != official
    ]


def _verified_tensors(row: Entry, path, arrays, unofficial: bool) -> str:
    """Says by what the values are known to be the official ones."""
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
        + " To port it all the same, pass --unofficial"
    )


def _verified(row: Entry, path, found: Mapping[str, str], unofficial: bool) -> str:
    """Says by what the file is known to be the official one."""
    for kind, official in (("sha256", row.sha256), ("git_blob", row.git_blob)):
        if not official:
            continue
        if found[kind].startswith(official):
            digits = f"first {len(official)} digits" if len(official) < 40 else "whole"
            return f"{kind}, {digits}"
        if not unofficial:
            raise ValueError(
                f"{path} is not the official {row.file}: expected {kind} {official}, found"
                f" {found[kind]}. To port it all the same, pass --unofficial"
            )
        return f"no: its {kind} is not that of the official file"
    return "no: the official file's hash is not known"


def _fits(row: Entry, arrays) -> bool:
    if row.source is None:
        return False
    try:
        rename(arrays, row.source.names(row.model), zoo.shapes(row))
    except PortError:
        return False
    return True


def _prefix(row: Entry, arrays) -> str:
    """Tries whether the names would be known behind a common prefix."""
    first = next(iter(arrays), "")
    for start in range(1, len(first)):
        prefix = first[:start]
        if prefix.endswith(".") and all(name.startswith(prefix) for name in arrays):
            stripped = without_prefix(arrays, prefix)
            if _fits(row, stripped):
                return f"every name has the prefix {prefix!r}"
    return f"another family, or other hyper-parameters than {row.model}"
