"""Readers that do what the guard must see: `python -m tests.robustness.misbehaving hang`."""

import os
import sys

import numpy as np

from tests.robustness import guard


def _hang():
    while True:
        pass


READERS = {
    "hang": _hang,
    "memory": lambda: np.ones(1 << 28),
    "write": lambda: os.open(os.devnull, os.O_WRONLY),
    "run": lambda: os.system("true"),
}

if __name__ == "__main__":
    guard.install()
    with guard.guarded(100):
        READERS[sys.argv[1]]()
