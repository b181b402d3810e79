"""PyTorch's checkpoint files, both containers, without PyTorch and without unpickling.

Legacy: five pickles in a row (magic number, version, system, content, storage keys), then raw
storages. Zip (PyTorch 1.6 and later): `<folder>/data.pkl`, and `<folder>/data/<key>` a storage.
"""

import io
import math
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from srzoo_jax.porting.pickles import Call, Persistent, Symbol, UnsafeCheckpointError, load

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "<b1",
}
_DATA = frozenset(
    Symbol(*name.rsplit(".", 1))
    for name in (
        "collections.OrderedDict",
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        "torch.nn.parameter.Parameter",
        "torch.Size",
    )
)
# Whole modules: their classes are kept as names only. `vdsr` is the script of VDSR's authors.
_MODULES = ("torch.nn.modules.", "torch.nn.backends.", "vdsr")


# What Python raises where structure or types are not those of a checkpoint.
_DAMAGED = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, EOFError),
    *(RuntimeError, NotImplementedError, RecursionError, zipfile.BadZipFile),
)


class Storage(NamedTuple):
    """One flat block of numbers, and whether they are bfloat16 stored as uint16."""

    values: np.ndarray
    bfloat16: bool


def is_torch(path: str | os.PathLike) -> bool:
    """Whether a file starts as one of PyTorch's containers does."""
    with open(path, "rb") as file:
        start = file.read(4)
    return start.startswith((b"PK\x03\x04", b"\x80\x02"))


def read(path: str | os.PathLike):
    """Returns what the file holds: nested dictionaries, lists and numbers; arrays for tensors.

    A pickled module becomes its state dict.

    Raises:
        UnsafeCheckpointError: The file is damaged, or holds anything but data.
    """
    # In memory first: reads past the end then stop there, whatever length the file states.
    file = io.BytesIO(Path(path).read_bytes())
    is_zip = file.getvalue().startswith(b"PK")
    try:
        content, storages = (_read_zip if is_zip else _read_legacy)(file)
        return _resolve(content, storages, {})
    except UnsafeCheckpointError:
        raise
    except _DAMAGED as error:
        raise UnsafeCheckpointError(f"damaged: {type(error).__name__}, {error}") from error


def _allowed(symbol: Symbol) -> bool:
    storage = symbol.module == "torch" and symbol.name in _DTYPES
    module = any(symbol.module == m.rstrip(".") or symbol.module.startswith(m) for m in _MODULES)
    return storage or module or symbol in _DATA


class _Members:
    """The members of a zip container by name, read when asked for."""

    def __init__(self, archive: zipfile.ZipFile, folder: str):
        self.archive, self.folder = archive, folder

    def __getitem__(self, name):
        name = f"{self.folder}/{name}"
        if self.archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
            raise UnsafeCheckpointError(f"member {name} is compressed; PyTorch stores")
        return self.archive.read(name)


def _read_zip(file):
    archive = zipfile.ZipFile(file)
    names = archive.namelist()
    tops = [name for name in names if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(tops) != 1 or len(set(names)) != len(names):
        raise UnsafeCheckpointError("not PyTorch's: expected one data.pkl, no name twice")
    members = _Members(archive, tops[0].split("/")[0])
    if f"{members.folder}/byteorder" in names and members["byteorder"] != b"little":
        raise UnsafeCheckpointError("the checkpoint is big-endian; expected little-endian")
    return load(io.BytesIO(members["data.pkl"]), _allowed), members


def _read_legacy(file):
    if load(file, _allowed) != _LEGACY_MAGIC:
        raise UnsafeCheckpointError("not a PyTorch checkpoint: its magic number is missing")
    load(file, _allowed)  # Version of the container.
    system = load(file, _allowed)
    if not isinstance(system, dict) or not system.get("little_endian", True):
        raise UnsafeCheckpointError("the checkpoint is big-endian; expected little-endian")
    content = load(file, _allowed)
    keys = load(file, _allowed)
    sizes = dict(_storage_sizes(content, set()))
    storages = {}
    for key in keys if isinstance(keys, list) else []:
        header = file.read(8)
        if len(header) < 8:
            raise UnsafeCheckpointError(f"the file ends before storage {key}")
        count = int.from_bytes(header, "little")
        if count != sizes.get(key, (count, 0))[0]:
            raise UnsafeCheckpointError(f"storage {key} has two sizes in the file")
        if key not in sizes:
            raise UnsafeCheckpointError(f"storage {key} belongs to no tensor")
        storages[f"data/{key}"] = file.read(count * sizes[key][1])
    return content, storages


def _storage_sizes(value, seen: set) -> Iterator[tuple[str, tuple[int, int]]]:
    """Key, length and bytes an element, of every storage that `value` refers to."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Persistent):
        parts = value.key
        if isinstance(parts, tuple) and len(parts) >= 5 and parts[0] == "storage":
            kind, key, count = parts[1], parts[2], parts[4]
            yield key, (count, np.dtype(_dtype(kind)).itemsize)
    parts = _parts(value)
    for part in parts:
        yield from _storage_sizes(part, seen)


def _parts(value) -> list:
    if isinstance(value, Call):
        return [*value.args, value.items, value.state]
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, Persistent):
        return [value.key]
    return list(value) if isinstance(value, list | tuple) else []


def _dtype(kind) -> str:
    name = kind.name if isinstance(kind, Symbol) else None
    if name not in _DTYPES:
        raise UnsafeCheckpointError(f"storage of an unknown type: {kind}")
    return _DTYPES[name]


def _resolve(value, storages, done: dict):
    """Replaces what `load` left symbolic by arrays and state dicts."""
    if id(value) in done:
        return done[id(value)][1]
    result = value
    if isinstance(value, dict):
        result = {key: _resolve(part, storages, done) for key, part in value.items()}
    elif isinstance(value, list | tuple) and not isinstance(value, Symbol | Persistent):
        result = [_resolve(part, storages, done) for part in value]
    elif isinstance(value, Persistent):
        result = _persistent(value, storages, done)
    elif isinstance(value, Call):
        result = _call(value, storages, done)
    done[id(value)] = (value, result)  # Keeps `value` alive, so that its id stays its own.
    return result


def _persistent(value: Persistent, storages, done):
    match value.key:
        case ("module", Symbol() as kind, *_):  # Legacy: a class, with its source code.
            return kind
        case ("storage", kind, str() as key, _, int() as count, *view):
            if view and view[0] is not None:
                raise UnsafeCheckpointError(f"storage {key} is a view of another; not supported")
            dtype = np.dtype(_dtype(kind))
            try:
                content = storages[f"data/{key}"]
            except KeyError as error:
                raise UnsafeCheckpointError(f"storage {key} is missing") from error
            if len(content) != count * dtype.itemsize:
                raise UnsafeCheckpointError(
                    f"storage {key} should have {count * dtype.itemsize} bytes,"
                    f" the file has {len(content)}"
                )
            return Storage(np.frombuffer(content, dtype), kind.name == "BFloat16Storage")
    raise UnsafeCheckpointError(f"unknown reference {str(value.key)[:80]}")


def _call(call: Call, storages, done):
    function = str(_resolve(call.function, storages, done))
    args = [_resolve(arg, storages, done) for arg in call.args]
    if function == "collections.OrderedDict":
        return {**dict(args[0] if args else ()), **_resolve(call.items, storages, done)}
    if function.startswith("torch._utils._rebuild_tensor"):
        return _tensor(*args[:4])
    if function in ("torch._utils._rebuild_parameter", "torch.nn.parameter.Parameter"):
        return args[0] if args else None
    if function == "torch.Size":
        return args[0]
    if isinstance(call.state, dict):
        return _state_dict(_resolve(call.state, storages, done))
    return None  # Settings of a module, as its backend.


def _state_dict(module: dict) -> dict:
    """Parameters and buffers of a pickled module, under their dotted names."""
    own = {**(module.get("_parameters") or {}), **(module.get("_buffers") or {})}
    state = {name: array for name, array in own.items() if array is not None}
    for name, child in (module.get("_modules") or {}).items():
        for inner, array in (child or {}).items():
            state[f"{name}.{inner}"] = array
    return state


def _tensor(storage, offset, size, stride) -> np.ndarray:
    if not isinstance(storage, Storage):
        raise UnsafeCheckpointError("a tensor without a storage")
    numbers = [offset, *size, *stride]
    if len(size) != len(stride) or not all(type(n) is int and n >= 0 for n in numbers):
        raise UnsafeCheckpointError(f"a tensor of offset {offset}, size {size}, stride {stride}")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    count, available = math.prod(size), len(storage.values)
    if count and (last >= available or count > available):
        raise UnsafeCheckpointError(
            f"a tensor of offset {offset}, size {size} and stride {stride} exceeds its storage"
            f" of {available} elements"
        )
    if not count:
        return np.zeros(size, storage.values.dtype)
    bytes_ = storage.values.itemsize
    array = np.lib.stride_tricks.as_strided(
        storage.values[offset:], size, [step * bytes_ for step in stride], writeable=False
    )
    if storage.bfloat16:
        return (array.astype(np.uint32) << 16).view(np.float32)
    return np.ascontiguousarray(array)
