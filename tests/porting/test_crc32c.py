"""CRC-32C: the standard's examples, and lanes against the definition."""

import numpy as np
import pytest

from srzoo_jax.porting.crc32c import crc32c


def test_crc32c_of_the_standards_examples():
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4.
    assert crc32c(bytes(range(32))) == 0x46DD794E
    assert crc32c(b"") == 0


@pytest.mark.parametrize("size", [4096, 4097, 5041, 12345])
def test_crc32c_in_lanes_equals_the_one_byte_by_byte(size):
    data = np.random.default_rng(size).bytes(size)
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ 0x82F63B78 * (state & 1)
    assert crc32c(data) == state ^ 0xFFFFFFFF
