"""Keras' HDF5 files (`.h5`: whole models, or weights alone) read as data.

HDF5 can refer to other files and promise more than it stores; here only what lies in the file
itself, once and uncompressed as Keras writes it, is read.
"""

import os

import numpy as np

from srzoo_jax.porting.pickles import UnsafeCheckpointError

_DEEPEST = 32


def read(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads the weights, under the names that Keras gives them, without the `:0` behind.

    Raises:
        UnsafeCheckpointError: The file is damaged, or holds anything but plain arrays.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            root = file.get("model_weights", file) if _is_hard(file, "model_weights") else file
            datasets = {
                # A layer's group holds the whole names of its weights.
                name.partition("/")[2].removesuffix(":0"): dataset
                for name, dataset in _datasets(root, "", set())
            }
            if sum(dataset.nbytes for dataset in datasets.values()) > os.path.getsize(path):
                raise UnsafeCheckpointError("its arrays are larger than the file")
            arrays = {name: np.asarray(dataset[()]) for name, dataset in datasets.items()}
    except UnsafeCheckpointError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise UnsafeCheckpointError(f"no intact HDF5 file: {error}") from error
    if not arrays:
        raise UnsafeCheckpointError("the file holds no weights")
    return arrays


def _datasets(group, prefix: str, seen: set):
    """Yields path and dataset of all arrays under a group."""
    import h5py

    if prefix.count("/") > _DEEPEST:
        raise UnsafeCheckpointError("its groups are too deep")
    for name in group:
        if not _is_hard(group, name):
            raise UnsafeCheckpointError(f"{prefix}{name} is a link to elsewhere")
        member = group[name]
        place = h5py.h5o.get_info(member.id).addr
        if place in seen:
            raise UnsafeCheckpointError(f"{prefix}{name} is there twice")
        seen.add(place)
        if isinstance(member, h5py.Group):
            yield from _datasets(member, f"{prefix}{name}/", seen)
        else:
            _check_plain(f"{prefix}{name}", member)
            yield f"{prefix}{name}", member


def _is_hard(group, name: str) -> bool:
    """Whether a member lies in the file itself, not behind a soft or external link."""
    import h5py

    return isinstance(group.get(name, getlink=True), h5py.HardLink)


def _check_plain(name: str, dataset) -> None:
    import h5py

    if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind not in "fiub":
        raise UnsafeCheckpointError(f"{name} is no array of numbers")
    layout = dataset.id.get_create_plist().get_layout()
    if layout not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT) or dataset.external:
        raise UnsafeCheckpointError(f"{name} is not stored as Keras does it, in one piece")
    if dataset.nbytes > dataset.id.get_storage_size():
        raise UnsafeCheckpointError(f"{name} promises more than is stored")
