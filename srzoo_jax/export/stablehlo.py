"""Restorers as StableHLO, and back: in a process that has none of the models' code.

A file is a zip archive: `program.jax_export` is the program as `jax.export` writes it, a StableHLO
module for images of any size, lowered for every platform; `params.safetensors` are its arguments;
`metadata.json` says what it is. JAX promises to read such programs for six months: files to pass
on, not to keep.
"""

import io
import json
import os
import zipfile
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
import safetensors.numpy
from jax import export

from srzoo_jax.export.program import Program
from srzoo_jax.types import Params, Restorer

PLATFORMS = ("cpu", "cuda", "tpu")
_PROGRAM, _PARAMS, _METADATA = "program.jax_export", "params.safetensors", "metadata.json"


def archive(program: Program, metadata: Mapping[str, str]) -> bytes:
    """Returns a program and its parameters as a file that `load` reads.

    Args:
        program: The restorer.
        metadata: What the file says of it.

    Raises:
        ModuleNotFoundError: The package flatbuffers is missing.
    """
    import flatbuffers  # noqa: F401 - JAX needs it for this, and would not say its name.

    # The package copies bytes as they lie, also of arrays that are transposed.
    arrays = {path: np.ascontiguousarray(array) for path, array in _flat(program.params).items()}
    parts = {
        _PROGRAM: bytes(exported(program).serialize()),
        _PARAMS: safetensors.numpy.save(arrays),
        _METADATA: json.dumps(dict(metadata), indent=1),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as zipped:
        for name, content in parts.items():
            zipped.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def exported(program: Program) -> export.Exported:
    """Returns a program, lowered for `PLATFORMS`, as a function of (parameters, image)."""
    shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), program.params)
    return export.export(jax.jit(program.restore), platforms=PLATFORMS)(shapes, program.image)


def load(path: str | os.PathLike) -> tuple[Restorer, Params]:
    """Returns the restorer and the parameters of a file that `archive` made.

    The restorer is pure, works under `jit` and takes images of every size that the model takes;
    it has no derivative, and cannot be mapped by `vmap`: its batch is the way.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no such file, or JAX is too old or too new for it.
        ModuleNotFoundError: The package flatbuffers is missing.
    """
    import flatbuffers  # noqa: F401 - as above

    parts = _read(path)
    try:
        program = export.deserialize(bytearray(parts[_PROGRAM]))
        flat = safetensors.numpy.load(parts[_PARAMS])
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read by jax {jax.__version__}; export the model again: {error}"
        ) from error
    known = json.loads(parts[_METADATA])

    def restore(params, image):
        return program.call(params, image)

    if known.get("border"):
        restore = _bordered(restore, known["border"], int(known["multiple"]))
    return restore, _nested(flat)


def _bordered(restore: Restorer, border: str, multiple: int) -> Restorer:
    """Takes images of any sides: see `Program`."""

    def on_any(params, image):
        _, height, width, _ = image.shape
        margins = [(0, 0), (0, -height % multiple), (0, -width % multiple), (0, 0)]
        padded = jnp.pad(image, margins, border)
        sr = restore(params, padded)
        scale = sr.shape[1] // padded.shape[1]
        return sr[:, : scale * height, : scale * width]

    return on_any


def metadata(path: str | os.PathLike) -> dict[str, str]:
    """Returns what a file says of itself.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no file of `archive`.
    """
    return json.loads(_read(path)[_METADATA])


def _read(path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as zipped:
            return {name: zipped.read(name) for name in (_PROGRAM, _PARAMS, _METADATA)}
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(f"{path} is no StableHLO file of srzoo_jax: {error}") from error


def _flat(tree: Mapping, prefix: str = "") -> dict[str, np.ndarray]:
    """Nested dictionaries -> arrays by path, as `params` writes them."""
    found = {}
    for name, branch in tree.items():
        if isinstance(branch, Mapping):
            found |= _flat(branch, f"{prefix}{name}/")
        else:
            found[prefix + name] = np.asarray(branch)
    return found


def _nested(flat: Mapping[str, np.ndarray]) -> dict:
    tree: dict = {}
    for path, array in flat.items():
        *folders, name = path.split("/")
        branch = tree
        for folder in folders:
            branch = branch.setdefault(folder, {})
        branch[name] = array
    return tree
