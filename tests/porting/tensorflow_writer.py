"""Writes TensorFlow's files, as far as tests need them; also such as no honest program would."""

import itertools

import numpy as np

from srzoo_jax.porting.crc32c import crc32c, masked


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    """A protobuf field: a number, bytes, or four bytes given as (number,)."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, tuple):
        return varint(number << 3 | 5) + value[0].to_bytes(4, "little")
    return varint(number << 3 | 2) + varint(len(value)) + value


def shape_proto(shape):
    return b"".join(field(2, field(1, size)) for size in shape)


def bundle_entry(array, start, **lies):
    data = np.ascontiguousarray(array).tobytes()
    truth = {
        "dtype": field(1, 1),
        "shape": field(2, shape_proto(array.shape)),
        "shard": b"",
        "offset": field(4, start),
        "size": field(5, len(data)),
        "crc": field(6, (masked(crc32c(data)),)),
    }
    return b"".join({**truth, **lies}.values())


def block(pairs, compression=0, crc=None):
    body = b"".join(
        varint(0) + varint(len(key)) + varint(len(value)) + key + value for key, value in pairs
    )
    body += bytes(4) + (1).to_bytes(4, "little") + bytes([compression])
    return body + (masked(crc32c(body)) if crc is None else crc).to_bytes(4, "little")


def table(pairs, repeats=1, **lies):
    data = block(pairs, **lies)
    handle = varint(0) + varint(len(data) - 5)
    index = block([(bytes([i]), handle) for i in range(repeats)])
    footer = handle + varint(len(data)) + varint(len(index) - 5)
    magic = (0xDB4775248B80FB57).to_bytes(8, "little")
    return data + index + footer.ljust(40, b"\0") + magic


HEADER = (b"", field(1, 1))
ARRAY = np.arange(6, dtype=np.float32).reshape(2, 3)


DATA = ARRAY.tobytes()


def write(folder, pairs, data=DATA, **lies):
    (folder / "small.index").write_bytes(table(pairs, **lies))
    (folder / "small.data-00000-of-00001").write_bytes(data)
    return folder / "small.index"


def write_arrays(folder, arrays):
    offsets = [0, *itertools.accumulate(array.nbytes for array in arrays.values())]
    pairs = sorted(
        (name.encode(), bundle_entry(array, offset))
        for (name, array), offset in zip(arrays.items(), offsets, strict=False)
    )
    data = b"".join(array.tobytes() for array in arrays.values())
    return write(folder, [HEADER, *pairs], data)


def tensor(**changed):
    parts = {"dtype": field(1, 1), "shape": field(2, shape_proto((2, 3)))}
    return b"".join({**parts, "content": field(4, ARRAY.tobytes()), **changed}.values())


def node(name, kind="Const", value=None, inputs=()):
    out = field(1, name.encode()) + field(2, kind.encode())
    out += b"".join(field(3, name.encode()) for name in inputs)
    if value is not None:
        out += field(5, field(1, b"value") + field(2, field(8, value)))
    return field(1, out)
