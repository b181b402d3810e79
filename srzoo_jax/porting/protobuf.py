"""Protocol buffers as bytes on the wire: numbered fields, without their schemas.

https://protobuf.dev/programming-guides/encoding; of TensorFlow's messages, what describes arrays.
"""

import math
from collections.abc import Iterator

import numpy as np

from srzoo_jax.porting.pickles import UnsafeCheckpointError

Bytes = bytes | memoryview
# tensorflow/core/framework/types.proto; bfloat16 has no type in NumPy.
DTYPES = {
    **{1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 9: "<i8", 10: "?"},
    **{17: "<u2", 19: "<f2", 22: "<u4", 23: "<u8"},
}
_MOST_DIMENSIONS = 8
_MOST_ELEMENTS = 1 << 31


def varint(data: Bytes, position: int) -> tuple[int, int]:
    """Returns the number at `position` (64 bits, unsigned), and where it ends.

    Raises:
        UnsafeCheckpointError: The data end before, or the number is longer than ten bytes.
    """
    value = 0
    for i, byte in enumerate(data[position : position + 10]):
        value |= (byte & 127) << 7 * i
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, position + i + 1
    raise UnsafeCheckpointError(f"malformed: no number ends within ten bytes of byte {position}")


def fields(message: Bytes) -> Iterator[tuple[int, int | memoryview]]:
    """Yields number and value of each field: an integer, or the bytes of anything else.

    Raises:
        UnsafeCheckpointError: The bytes are no message.
    """
    message, position = memoryview(message), 0
    while position < len(message):
        tag, position = varint(message, position)
        kind = tag & 7
        if kind == 0:
            value, position = varint(message, position)
        else:
            if kind == 2:
                size, position = varint(message, position)
            elif kind in (1, 5):
                size = 8 if kind == 1 else 4
            else:
                raise UnsafeCheckpointError(f"malformed: field of unknown kind {kind}")
            if size > len(message) - position:
                raise UnsafeCheckpointError(
                    f"malformed or cut off: a field of {size} bytes, where"
                    f" {len(message) - position} are left"
                )
            value = message[position : position + size]
            position += size
        yield tag >> 3, value


def text(value: int | Bytes) -> str:
    """Returns a field's value as a string."""
    try:
        return str(content(value), "utf-8")
    except UnicodeDecodeError as error:
        raise UnsafeCheckpointError(f"malformed: {error}") from error


def content(value: int | Bytes) -> Bytes:
    """Returns a field's value, which must be bytes."""
    if isinstance(value, int):
        raise UnsafeCheckpointError("malformed: a number where bytes belong")
    return value


def number(value: int | Bytes) -> int:
    """Returns a field's value, which must be a number; fixed-size ones count as unsigned."""
    return value if isinstance(value, int) else int.from_bytes(value, "little")


def shape(message: Bytes) -> tuple[int, ...]:
    """Reads a TensorShapeProto.

    Raises:
        UnsafeCheckpointError: The shape is not wholly known, or larger than any parameter.
    """
    sizes = []
    for field, value in fields(message):
        if field == 2:
            sizes.append(dict(fields(content(value))).get(1, 0))
        elif field == 3 and value:
            raise UnsafeCheckpointError("an array without a known rank")
    if not all(isinstance(size, int) for size in sizes):
        raise UnsafeCheckpointError("malformed: a shape with a size that is no number")
    if len(sizes) > _MOST_DIMENSIONS or math.prod(max(n, 1) for n in sizes) > _MOST_ELEMENTS:
        raise UnsafeCheckpointError(f"no parameter has the shape {tuple(sizes[:16])}")
    return tuple(sizes)


def dtype(code: int) -> np.dtype:
    """Returns the type that a DataType stands for.

    Raises:
        UnsafeCheckpointError: It is not one of numbers.
    """
    if code not in DTYPES:
        raise UnsafeCheckpointError(f"an array of TensorFlow's type {code}, which is not read here")
    return np.dtype(DTYPES[code])
