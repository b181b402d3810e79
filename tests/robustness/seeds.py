"""Small intact files of every container that is read: what mutations start from."""

import io
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from srzoo_jax import params
from tests.porting import tensorflow_writer, torch_writer

_RNG = np.random.default_rng(0)
ARRAYS = {
    "head.weight": _RNG.random((4, 3, 3, 3), np.float32),
    "head.bias": _RNG.random(4, np.float32),
    "body.0.weight": _RNG.random((4, 4, 1, 1), np.float32),
}


class Seed(NamedTuple):
    """A container: the file to mutate, those that lie beside it, and how it is read."""

    name: str
    files: dict[str, bytes]

    @property
    def mutable(self) -> list[str]:
        return list(self.files)


def _torch(write) -> bytes:
    content = {name: torch_writer.tensor(str(i), a) for i, (name, a) in enumerate(ARRAYS.items())}
    return write(content, {str(i): array for i, array in enumerate(ARRAYS.values())})


def _keras() -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        for name, array in ARRAYS.items():
            root[f"layer/{name}:0"] = array
    return file.getvalue()


def _graph() -> bytes:
    arrays = ("a/kernel", "b/kernel")
    return b"".join(
        tensorflow_writer.node(name, value=tensorflow_writer.tensor()) for name in arrays
    )


def seeds(folder: Path) -> list[Seed]:
    """Makes all; `folder` is for those whose writers want a place."""
    index = tensorflow_writer.write_arrays(folder, ARRAYS)
    data = index.with_name("small.data-00000-of-00001")
    params.save(folder / "p.safetensors", {"head": ARRAYS}, {"model": "x", "source": "y"})
    return [
        Seed("PyTorch, zip", {"a.pth": _torch(torch_writer.zipped)}),
        Seed("PyTorch, legacy", {"a.pth": _torch(torch_writer.legacy)}),
        Seed(
            "TensorFlow checkpoint",
            {index.name: index.read_bytes(), data.name: data.read_bytes()},
        ),
        Seed("TensorFlow graph", {"a.pb": _graph()}),
        Seed("Keras HDF5", {"a.h5": _keras()}),
        Seed("safetensors", {"a.safetensors": (folder / "p.safetensors").read_bytes()}),
    ]
