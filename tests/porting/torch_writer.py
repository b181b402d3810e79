"""Writes PyTorch's two containers without PyTorch, well-formed or not."""

import collections
import io
import pickle
import struct
import zipfile

import numpy as np

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
SYSTEM = {"protocol_version": VERSION, "little_endian": True, "type_sizes": {"int": 4}}


class Symbol:
    """Pickles as the global `module.name`, which need not exist."""

    def __init__(self, module, name):
        self.module, self.name = module, name

    def __call__(self):
        """Pickle wants functions to be callable."""


class Named:
    """Pickles as `module.name(*args)`."""

    def __init__(self, module, name, *args):
        self.symbol, self.args = Symbol(module, name), args

    def __reduce__(self):
        return self.symbol, self.args


class Storage:
    def __init__(self, key, kind, count):
        self.key, self.kind, self.count = key, kind, count


class Pickler(pickle._Pickler):  # The one in Python: it can be taught to write any global.
    def persistent_id(self, obj):
        if isinstance(obj, Storage):
            legacy = (None,) if self.legacy else ()
            return ("storage", Symbol("torch", obj.kind), obj.key, "cpu", obj.count, *legacy)
        return None

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Symbol):
            self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        else:
            super().save(obj, save_persistent_id)


def pickled(content, *, legacy):
    file = io.BytesIO()
    pickler = Pickler(file, 2)
    pickler.legacy = legacy
    pickler.dump(content)
    return file.getvalue()


def tensor(key, array, *, size=None, stride=None, offset=0, count=None, kind="FloatStorage"):
    """A tensor of C order over a storage of its own, unless told otherwise."""
    size = array.shape if size is None else size
    stride = tuple(s // array.itemsize for s in array.strides) if stride is None else stride
    storage = Storage(key, kind, array.size if count is None else count)
    hooks = collections.OrderedDict()
    return Named(
        "torch._utils", "_rebuild_tensor_v2", storage, offset, tuple(size), stride, False, hooks
    )


def legacy(content, storages):
    """storages: key -> array."""
    parts = [pickled(part, legacy=True) for part in (MAGIC, VERSION, SYSTEM, content)]
    parts.append(pickled(sorted(storages), legacy=True))
    for key in sorted(storages):
        array = np.ascontiguousarray(storages[key])
        parts += [struct.pack("<q", array.size), array.tobytes()]
    return b"".join(parts)


def zipped(content, storages, *, compression=zipfile.ZIP_STORED, extra=()):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("weights/data.pkl", pickled(content, legacy=False))
        for key, array in storages.items():
            archive.writestr(f"weights/data/{key}", np.ascontiguousarray(array).tobytes())
        for name, data in extra:
            archive.writestr(name, data)
    return file.getvalue()
