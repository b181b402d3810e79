"""An authors' checkpoint file, of whatever container -> {name: array}."""

import hashlib
import os
import re
from pathlib import Path

import numpy as np

from srzoo_jax.porting import keras_files, tensorflow_files, torch_files
from srzoo_jax.porting.pickles import UnsafeCheckpointError

# What authors put around a state dict; the first that is there counts (EMA before the last step).
_NESTS = ("params_ema", "params", "state_dict", "model")


def read(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads a checkpoint as named arrays. Only data: no code of the file is run.

    Args:
        path: A file of PyTorch, a TensorFlow checkpoint (see `locate`), a frozen graph (`.pb`) or
            weights of Keras (`.h5`).

    Raises:
        FileNotFoundError: There is no such file.
        UnsafeCheckpointError: Its kind is unknown, it is damaged, or holds anything but data.
    """
    path = locate(path)
    try:
        if path.suffix in _BY_SUFFIX:
            return _BY_SUFFIX[path.suffix](path)
        if torch_files.is_torch(path):
            return _state_dict(torch_files.read(path))
    except UnsafeCheckpointError as error:
        raise UnsafeCheckpointError(f"{path}: {error}") from error
    known = ", ".join(_BY_SUFFIX)
    raise UnsafeCheckpointError(
        f"{path} is no PyTorch checkpoint, neither legacy nor zip, and its name ends in none of"
        f" {known}"
    )


def locate(path: str | os.PathLike) -> Path:
    """Returns the file that stands for a checkpoint.

    That is `path`; of a TensorFlow checkpoint, which has several, the `.index`: it may be named by
    any of them, or by what their names have in common.

    Raises:
        FileNotFoundError: There is no such file.
    """
    stem = re.sub(r"\.(meta|data-\d{5}-of-\d{5})$", "", str(path))
    candidates = (Path(path), Path(f"{stem}.index"))
    for candidate in candidates if stem == str(path) else candidates[1:]:
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(f"no checkpoint at {path}")


def _frozen(path: Path) -> dict[str, np.ndarray]:
    """A frozen graph; from layers that SRZoo converted from PyTorch, its random ends are taken.

    These are called "body.0" + str(random.random()): "body.00.735/kernel" becomes "body.0/kernel".
    """
    arrays = tensorflow_files.read_graph(path)
    found = [re.fullmatch(r"(.+?)(0\.\d+|\d(?:\.\d+)?e-\d+)(/\w+)", name) for name in arrays]
    if not all(found):
        return arrays
    plain = {m[1] + m[3]: array for m, array in zip(found, arrays.values(), strict=True)}
    return plain if len(plain) == len(arrays) else arrays


_BY_SUFFIX = {
    ".index": tensorflow_files.read_checkpoint,
    ".pb": _frozen,
    ".h5": keras_files.read,
    ".hdf5": keras_files.read,
}


def _state_dict(content) -> dict[str, np.ndarray]:
    for nest in _NESTS:
        if isinstance(content, dict) and isinstance(content.get(nest), dict):
            return _state_dict(content[nest])
    if not isinstance(content, dict) or not content:
        raise UnsafeCheckpointError("expected a state dict, found none")
    others = [name for name, array in content.items() if not isinstance(array, np.ndarray)]
    if others:
        raise UnsafeCheckpointError(f"expected arrays alone, but {', '.join(others[:5])} are none")
    return content


def hashes(path: str | os.PathLike) -> dict[str, str]:
    """SHA-256 of a file, and the name that git gives its content."""
    content = Path(path).read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content)
    return {"sha256": hashlib.sha256(content).hexdigest(), "git_blob": blob.hexdigest()}
