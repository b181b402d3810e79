"""CRC-32C (Castagnoli), by which TensorFlow guards what it stores.

RFC 3720, section 12.1. Long data are cut into lanes that NumPy takes through the algorithm side
by side: 20 MB take a fifth of a second.
"""

import math

import numpy as np

_SHORT = 1 << 12  # From here on, lanes pay.


def _make_table() -> np.ndarray:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> 1) ^ np.where(table & 1, np.uint32(0x82F63B78), np.uint32(0))
    return table


_TABLE = _make_table()
_TABLE_LIST = _TABLE.tolist()


def crc32c(data) -> int:
    """Returns the CRC-32C of bytes, or of anything with a contiguous buffer."""
    data = np.frombuffer(data, np.uint8)
    if data.size < _SHORT:
        state = 0xFFFFFFFF
        for byte in data.tolist():
            state = state >> 8 ^ _TABLE_LIST[(state ^ byte) & 255]
        return state ^ 0xFFFFFFFF
    return _in_lanes(data)


def masked(crc: int) -> int:
    """A CRC as TensorFlow and LevelDB store it: turned by 15 bits, plus a constant."""
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _in_lanes(data: np.ndarray) -> int:
    length = math.isqrt(data.size)
    lanes = np.zeros((-(-data.size // length), length), np.uint8)
    # Zeros in front change nothing if the state starts as zero; to start with ones is to invert
    # the first four bytes.
    flat = lanes.reshape(-1)
    start = flat.size - data.size
    flat[start:] = data
    flat[start : start + 4] ^= 255
    # The algorithm is linear: what a lane's length of zeros makes of each byte of a state tells
    # how to carry the state over the next lane.
    shifts = np.arange(256, dtype=np.uint32) << np.arange(0, 32, 8, dtype=np.uint32)[:, None]
    state = np.concatenate([np.zeros(len(lanes), np.uint32), shifts.reshape(-1)])
    for column in np.ascontiguousarray(lanes.T):
        index = state.astype(np.uint8)
        index[: len(lanes)] ^= column
        state = state >> 8 ^ _TABLE[index]
    carry = state[len(lanes) :].reshape(4, 256).tolist()
    total = 0
    for lane in state[: len(lanes)].tolist():
        for i in range(4):
            lane ^= carry[i][total >> 8 * i & 255]
        total = lane
    return total ^ 0xFFFFFFFF
