"""How much memory programs may take."""

import os

import jax


def budget(device: jax.Device) -> float:
    """Returns the bytes that a program may take: most of what is free on the device."""
    stats = device.memory_stats()
    if stats and "bytes_limit" in stats:
        return 0.8 * (stats["bytes_limit"] - stats["bytes_in_use"])
    return 0.5 * os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
