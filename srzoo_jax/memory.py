"""How much memory programs may take, and what becomes of it; imports no JAX."""

import ctypes
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jax

_MMAP_MAX, _TRIM_THRESHOLD, _ARENA_MAX = -4, -1, -8  # As in glibc's malloc.h.


def budget(device: "jax.Device") -> float:
    """Returns the bytes that a program may take: most of what is free on the device."""
    stats = device.memory_stats()
    if stats and "bytes_limit" in stats:
        return 0.8 * (stats["bytes_limit"] - stats["bytes_in_use"])
    return 0.5 * os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def keep_freed() -> bool:
    """Tells the C library to keep what is freed, up to 2 GB, for what is asked for next.

    A program takes the same large buffers in every run. Otherwise they go back to the system in
    between, which clears and maps every page of them anew.

    Returns:
        Whether the C library can be told (glibc).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    settings = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, 2**31 - 1), (_ARENA_MAX, 1))
    return all([mallopt(*setting) for setting in settings])
