"""Parameters <-> safetensors files, with their provenance; where such files are looked for.

A file says in its header what it holds and where that came from. It also carries a SHA-256 of all
this and of the values: one file, moved anywhere, proves itself.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import platformdirs
import safetensors.numpy
from flax import traverse_util

from srzoo_jax import files

ENVIRONMENT = "SRZOO_PARAMS"
_PACKAGE = Path(__file__).parent


def search_path() -> list[Path]:
    """The folders where parameters are looked for, first one first.

    1. those named by the environment variable SRZOO_PARAMS (several as in PATH);
    2. `ported_params/` of the checkout, or of the installed package;
    3. the user's data folder.
    """
    named = [Path(part) for part in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if part]
    checkout = _PACKAGE.parent
    in_checkout = (checkout / "pyproject.toml").is_file()
    shipped = (checkout if in_checkout else _PACKAGE) / "ported_params"
    user = Path(platformdirs.user_data_dir("srzoo_jax", appauthor=False)) / "ported_params"
    return [*named, shipped, user]


def writable_dir() -> Path:
    """Where newly ported parameters go: the first of `search_path` that is the user's own."""
    first, *others = search_path()
    shipped_in_package = first == _PACKAGE / "ported_params"
    return others[-1] if shipped_in_package else first


def find(name: str, folder: str | os.PathLike | None = None) -> Path:
    """Returns the parameter file of a model.

    Args:
        name: The file's name without `.safetensors`.
        folder: Look here alone, instead of along `search_path`.

    Raises:
        FileNotFoundError: No folder has it; the message says how to get it.
    """
    folders = [Path(folder)] if folder is not None else search_path()
    for candidate in folders:
        path = candidate / f"{name}.safetensors"
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"no parameters of {name}; looked in {', '.join(map(str, folders))}."
        f" To get them: python -m experiments.port --models={name}"
    )


def save(path: str | os.PathLike, params: Mapping, provenance: Mapping[str, str]) -> None:
    """Writes parameters and their provenance to a safetensors file, atomically.

    Args:
        path: The file; its folder is made if need be.
        params: Nested dictionaries of arrays.
        provenance: What the header shall say: strings by name.
    """
    flat = traverse_util.flatten_dict(dict(params), sep="/")
    # The safetensors package writes the bytes of a transposed array in the wrong order.
    flat = {name: np.ascontiguousarray(array) for name, array in flat.items()}
    metadata = {**provenance, "sha256": _digest(flat, provenance)}
    files.write_atomically(path, safetensors.numpy.save(flat, metadata=metadata))
    load(path)  # Raises if what lies there is not what was to be written.


def header(path: str | os.PathLike) -> dict[str, str]:
    """Reads what a file of `save` says of itself, without its arrays.

    Raises:
        ValueError: It is no intact safetensors file, or none of ours.
    """
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            found = dict(file.metadata() or {})
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path} is no intact safetensors file: {error}") from error
    if "sha256" not in found:
        raise ValueError(f"{path} was not written by srzoo_jax: its header has no SHA-256")
    return found


def load(path: str | os.PathLike) -> tuple[dict, dict[str, str]]:
    """Reads a file of `save`.

    Returns:
        Parameters (nested dictionaries of NumPy arrays), and the header with its `sha256`.

    Raises:
        ValueError: The file is no safetensors file, or differs from what was written once.
    """
    found = header(path)
    flat = safetensors.numpy.load_file(path)
    provenance = {key: value for key, value in found.items() if key != "sha256"}
    if found["sha256"] != _digest(flat, provenance):
        raise ValueError(
            f"{path} is damaged: its content has not the SHA-256 that its header states."
            " Delete it and port again"
        )
    return traverse_util.unflatten_dict(flat, sep="/"), found


def _digest(flat: Mapping[str, np.ndarray], provenance: Mapping[str, str]) -> str:
    """SHA-256 over the provenance and every array's name, type, shape and bytes."""
    total = hashlib.sha256(json.dumps(sorted(provenance.items())).encode())
    for name in sorted(flat):
        array = flat[name]
        total.update(json.dumps([name, str(array.dtype), array.shape]).encode())
        total.update(array.tobytes())
    return total.hexdigest()
