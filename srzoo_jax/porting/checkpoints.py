"""An authors' checkpoint file, of whatever container -> {name: array}."""

import hashlib
import os
from pathlib import Path

import numpy as np

from srzoo_jax.porting import torch_files
from srzoo_jax.porting.pickles import UnsafeCheckpointError

# What authors put around a state dict; the first that is there counts (EMA before the last step).
_NESTS = ("params_ema", "params", "state_dict", "model")


def read(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads a checkpoint as named arrays. Only data: no code of the file is run.

    Raises:
        FileNotFoundError: There is no such file.
        UnsafeCheckpointError: Its kind is unknown, it is damaged, or holds anything but data.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint at {path}")
    if not torch_files.is_torch(path):
        raise UnsafeCheckpointError(f"{path} is no PyTorch checkpoint, neither legacy nor zip")
    try:
        return _state_dict(torch_files.read(path))
    except UnsafeCheckpointError as error:
        raise UnsafeCheckpointError(f"{path}: {error}") from error


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
