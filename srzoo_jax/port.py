"""From an authors' checkpoint file to a parameter file of ours."""

import datetime
import os
from collections.abc import Mapping

import numpy as np
from flax import traverse_util

import srzoo_jax
from srzoo_jax import official, recognise, zoo
from srzoo_jax.catalogue import Entry
from srzoo_jax.porting import archives, checkpoints
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
    verified = official.verified_file(row, path, found, unofficial=unofficial)
    with archives.unpacked(path, row.folder) as file:
        arrays = checkpoints.read(file)
    try:
        params = from_arrays(row, arrays)
    except PortError as error:
        raise PortError(f"{path} is not {row.name}: {error}") from error
    if row.crc32c:
        verified = official.verified_tensors(row, path, arrays, unofficial=unofficial)
    provenance = {
        "model": row.name,
        "hyper_parameters": row.hyper_parameters,
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
        other = f"another family, or other hyper-parameters than {row.hyper_parameters}"
        cause = recognise.likely(arrays) or other
        raise PortError(f"{error}\n  likely cause: {cause}") from error
    return traverse_util.unflatten_dict(flat, sep="/")
