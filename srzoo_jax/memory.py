"""How much memory programs may take, and of which pages; imports no JAX."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jax

_SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_TUNABLES, _LARGE_PAGES = "GLIBC_TUNABLES", "glibc.malloc.hugetlb"


def budget(device: "jax.Device") -> float:
    """Returns the bytes that a program may take: most of what is free on the device."""
    stats = device.memory_stats()
    if stats and "bytes_limit" in stats:
        return 0.8 * (stats["bytes_limit"] - stats["bytes_in_use"])
    return 0.5 * os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def ask_for_large_pages() -> None:
    """Starts this process again, if large buffers shall be made of large pages (of 2 MB) then.

    Programs take the same large buffers in every run, and give them back in between; the system
    clears and maps every page anew. Of large ones there are few: CARN takes 0.8 of the time, DBPN
    0.85, others what they took (80x120 pixels, two cores). Linux gives them to whom asks, as is
    the usual setting, and glibc (2.35) asks if it is told so as the process starts.
    """
    told = os.environ.get(_TUNABLES, "")
    try:
        on_demand = "[madvise]" in _SETTING.read_text()
    except OSError:  # Another system.
        return
    if on_demand and _LARGE_PAGES not in told:
        os.environ[_TUNABLES] = f"{told}:{_LARGE_PAGES}=1".strip(":")
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
