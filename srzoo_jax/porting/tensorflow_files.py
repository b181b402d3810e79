"""TensorFlow's files read as data: checkpoints (format V2) and frozen graphs.

Formats: tensorflow/core/protobuf/tensor_bundle.proto, tensorflow/core/lib/io/table_format.txt (a
LevelDB table), tensorflow/core/framework/graph.proto. Every checksum that a file has is verified,
and nothing is taken from where a file does not reach.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from srzoo_jax.porting import protobuf
from srzoo_jax.porting.crc32c import crc32c, masked
from srzoo_jax.porting.pickles import UnsafeCheckpointError

_FOOTER = 48
_MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")
_LONGEST_NAME = 1 << 10
_MOST_SHARDS = 1 << 10


def read_checkpoint(index: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads all arrays of a checkpoint.

    Args:
        index: The `.index` file; the `.data-00000-of-00001` (and so on) must lie beside it.

    Raises:
        FileNotFoundError: A data file is not there.
        UnsafeCheckpointError: A file is damaged, cut off, or no such file.
    """
    index = Path(index)
    entries = _table(index.read_bytes())
    key, header = next(entries, (b"", b""))
    shards = _shards(index, key, header)
    arrays, taken = {}, dict.fromkeys(shards, 0)
    for key, entry in entries:
        name = protobuf.text(key)
        try:
            path, offset, size, *layout = _place(entry, shards)
            taken[path] += size
            length = path.stat().st_size
            # Arrays that overlap could ask for any multiple of the file.
            if offset + size > length or taken[path] > length:
                raise UnsafeCheckpointError(f"it lies beyond the {length} bytes of {path.name}")
            arrays[name] = _array(path, offset, size, *layout)
        except UnsafeCheckpointError as error:
            raise UnsafeCheckpointError(f"{name}: {error}") from error
    if not arrays:
        raise UnsafeCheckpointError("the checkpoint holds no arrays")
    return arrays


def read_graph(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads the variables of a frozen graph (`.pb`, a binary GraphDef), which are constants there.

    A variable is a constant that the graph reads as one, by a node `<name>/read` or
    `.../ReadVariableOp`. Without such nodes, all constants count.

    Raises:
        UnsafeCheckpointError: The file is no such graph, or none with constants.
    """
    constants, variables = {}, set()
    for field, node in protobuf.fields(Path(path).read_bytes()):
        if field != 1:
            continue
        name, kind, inputs, tensor = _node(protobuf.content(node))
        if kind == "Const":
            if name in constants:
                raise UnsafeCheckpointError(f"two nodes are called {name}")
            constants[name] = tensor
        elif kind == "Identity" and name.endswith(("/read", "/ReadVariableOp")):
            variables.update(inputs)
    names = [name for name in constants if name in variables] or list(constants)
    if not names:
        raise UnsafeCheckpointError("no frozen graph: there is not one constant in it")
    arrays = {}
    for name in names:
        try:
            arrays[name] = _tensor(constants[name])
        except UnsafeCheckpointError as error:
            raise UnsafeCheckpointError(f"{name}: {error}") from error
    return arrays


def _table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields the keys and values of a LevelDB table, whose keys must rise."""
    footer = data[-_FOOTER:]
    if len(footer) < _FOOTER or not footer.endswith(_MAGIC):
        raise UnsafeCheckpointError("no index of a TensorFlow checkpoint (format V2), or cut off")
    _, _, position = _handle(footer, 0)  # Of a block with statistics.
    # A block read twice, or a long key out of few bytes, could otherwise cost any amount.
    free, last, total = 0, None, 0
    for _, handle in _block(data, *_handle(footer, position)[:2]):
        offset, size, _ = _handle(handle, 0)
        if offset < free:
            raise UnsafeCheckpointError("malformed index: its blocks overlap")
        free = offset + size
        for key, value in _block(data, offset, size):
            total += len(key)
            if total > 16 * len(data) or (last is not None and key <= last):
                raise UnsafeCheckpointError("malformed index: its names are out of order")
            last = key
            yield key, value


def _handle(data: bytes, position: int) -> tuple[int, int, int]:
    """Offset and size of a block, and where these two numbers end."""
    offset, position = protobuf.varint(data, position)
    size, position = protobuf.varint(data, position)
    return offset, size, position


def _block(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if offset + size + 5 > len(data):
        raise UnsafeCheckpointError("malformed index: a block lies beyond its end")
    if masked(crc32c(data[offset : offset + size + 1])) != int.from_bytes(
        data[offset + size + 1 : offset + size + 5], "little"
    ):
        raise UnsafeCheckpointError("the index is damaged: a block's checksum is wrong")
    if data[offset + size] != 0:
        raise UnsafeCheckpointError("the index is compressed, as TensorFlow never writes it")
    block = data[offset : offset + size]
    end = len(block) - 4 - 4 * int.from_bytes(block[-4:], "little")  # Restart points, their number.
    if end < 0:
        raise UnsafeCheckpointError("malformed index: a block shorter than its own end")
    key, position = b"", 0
    while position < end:
        shared, position = protobuf.varint(block, position)
        fresh, position = protobuf.varint(block, position)
        length, position = protobuf.varint(block, position)
        value = position + fresh
        if shared > len(key) or shared + fresh > _LONGEST_NAME or value + length > end:
            raise UnsafeCheckpointError("malformed index: an entry reaches beyond its block")
        key = key[:shared] + block[position:value]
        position = value + length
        yield key, block[value:position]


def _shards(index: Path, key: bytes, header: bytes) -> list[Path]:
    """Paths of the data files, by BundleHeaderProto."""
    found = dict(protobuf.fields(header))
    count = protobuf.number(found.get(1, 0))
    if key or not 1 <= count <= _MOST_SHARDS:
        raise UnsafeCheckpointError("malformed index: it does not say how many data files it has")
    if found.get(2, 0) != 0:
        raise UnsafeCheckpointError("the checkpoint is of a big-endian machine")
    stem = index.name.removesuffix(".index")
    shards = [index.with_name(f"{stem}.data-{i:05}-of-{count:05}") for i in range(count)]
    for path in shards:
        if not path.is_file():
            raise FileNotFoundError(f"no {path.name} beside {index}, which holds the values")
    return shards


def _place(entry: bytes, shards: list[Path]) -> tuple[Path, int, int, int, np.dtype, tuple]:
    """File, offset, size, masked CRC-32C, type and shape, by BundleEntryProto."""
    found = dict(protobuf.fields(entry))
    if 7 in found:
        raise UnsafeCheckpointError("an array in slices, which are not read here")
    shard, offset, size, crc = (protobuf.number(found.get(i, 0)) for i in (3, 4, 5, 6))
    kind = protobuf.dtype(protobuf.number(found.get(1, 0)))
    shape = protobuf.shape(protobuf.content(found.get(2, b"")))
    if shard >= len(shards):
        raise UnsafeCheckpointError(f"it is in data file {shard} of {len(shards)}")
    if size != math.prod(shape) * kind.itemsize:
        raise UnsafeCheckpointError(f"{size} bytes are not {kind.name} of shape {shape}")
    return shards[shard], offset, size, crc, kind, shape


def _array(path: Path, offset: int, size: int, crc: int, kind: np.dtype, shape) -> np.ndarray:
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(size)
    if len(data) != size or masked(crc32c(data)) != crc:
        raise UnsafeCheckpointError(f"{path.name} is damaged: the checksum is wrong")
    return np.frombuffer(data, kind).reshape(shape)


def _node(message: memoryview) -> tuple[str, str, list[str], memoryview | None]:
    """Name, operation, inputs and attribute `value` of a NodeDef."""
    name, kind, inputs, tensor = "", "", [], None
    for field, value in protobuf.fields(message):
        if field == 1:
            name = protobuf.text(value)
        elif field == 2:
            kind = protobuf.text(value)
        elif field == 3:
            inputs.append(protobuf.text(value))
        elif field == 5:
            pair = dict(protobuf.fields(protobuf.content(value)))
            if bytes(protobuf.content(pair.get(1, b""))) == b"value":
                attribute = protobuf.content(pair.get(2, b""))
                tensor = dict(protobuf.fields(attribute)).get(8)
    return name, kind, inputs, tensor


def _tensor(message: int | memoryview | None) -> np.ndarray:
    """Reads a TensorProto: all values in one piece, or listed, or one that fills the shape."""
    if message is None:
        raise UnsafeCheckpointError("a constant without a value")
    parts = {}
    for field, value in protobuf.fields(protobuf.content(message)):
        parts.setdefault(field, []).append(value)
    code = protobuf.number(parts.get(1, [0])[-1])
    kind = protobuf.dtype(code)
    shape = protobuf.shape(protobuf.content(parts.get(2, [b""])[-1]))
    size = math.prod(shape)
    data = bytes(protobuf.content(parts.get(4, [b""])[-1]))
    if data:
        if len(data) != size * kind.itemsize:
            raise UnsafeCheckpointError(f"{len(data)} bytes are not {kind.name} of shape {shape}")
        return np.frombuffer(data, kind).reshape(shape)
    if code not in _LISTS:
        raise UnsafeCheckpointError(f"listed values of type {kind.name}, which are not read here")
    values = _listed(parts.get(_LISTS[code], []), kind)
    if values.size == 1:
        return np.broadcast_to(values.reshape(()), shape)  # Takes no memory, whatever the shape.
    if values.size != size:
        raise UnsafeCheckpointError(f"{values.size} values for the shape {shape}")
    return values.reshape(shape)


_LISTS = {1: 5, 2: 6, 3: 7, 4: 7, 5: 7, 6: 7, 9: 10, 10: 11}
"""Type -> the field of TensorProto where few values are listed."""


def _listed(found: list[int | memoryview], kind: np.dtype) -> np.ndarray:
    if kind.kind == "f":
        data = b"".join(protobuf.content(part) for part in found)
        if len(data) % kind.itemsize:
            raise UnsafeCheckpointError(f"{len(data)} bytes are no whole number of {kind.name}")
        return np.frombuffer(data, kind)
    values = []
    for part in found:
        position = 0
        if isinstance(part, int):
            values.append(part)
            continue
        while position < len(part):
            value, position = protobuf.varint(part, position)
            values.append(value)
    return np.array(values, np.uint64).astype(np.int64).astype(kind)
