"""Hypothesis spoils small files of every container; readers refuse or read, and touch nothing."""

import functools
import os
import tempfile
import tracemalloc
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from srzoo_jax.porting.pickles import UnsafeCheckpointError
from tests.robustness import fuzz, guard, mutations
from tests.robustness.seeds import seeds


@functools.cache
def containers():
    with tempfile.TemporaryDirectory() as folder:
        return {seed.name: seed.files for seed in seeds(Path(folder))}


NAMES = (
    *("PyTorch, zip", "PyTorch, legacy", "TensorFlow checkpoint", "TensorFlow graph"),
    *("Keras HDF5", "safetensors"),
)
CUTS = st.lists(
    st.tuples(st.sampled_from(sorted(mutations.MUTATIONS)), st.integers(0, 2**32 - 1)),
    min_size=1,
    max_size=4,
)


def spoilt(data: bytes, cuts, other: bytes) -> bytes:
    """Several mutations on top of each other, which `fuzz` does not try."""
    for kind, seed in cuts:
        if data:
            data = bytes(
                mutations.MUTATIONS[kind](np.random.default_rng(seed), bytearray(data), other)
            )
    return data


def read(files: dict[str, bytes]) -> None:
    """Reads files in a folder of their own.

    Raises:
        AssertionError: The reader did more than read, or raised another error than it may.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        first = next(iter(files))
        tracemalloc.start()
        try:
            fuzz.read(folder / first)
        except (UnsafeCheckpointError, FileNotFoundError):
            pass
        except ValueError as error:
            assert first.endswith(".safetensors") and type(error) is ValueError, repr(error)
        finally:
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert peak <= 2 * sum(map(len, files.values())) + guard.MEMORY
        assert sorted(os.listdir(folder)) == sorted(files)
        assert all((folder / file).read_bytes() == data for file, data in files.items())


@pytest.mark.parametrize("container", NAMES)
@hypothesis.settings(
    max_examples=150, deadline=1000 * guard.SECONDS, derandomize=True, database=None
)
@hypothesis.given(cuts=CUTS, victim=st.integers(0, 1), donor=st.sampled_from(NAMES))
def test_spoilt_files_are_read_or_refused(container, cuts, victim, donor):
    files = dict(containers()[container])
    name = list(files)[victim % len(files)]
    files[name] = spoilt(files[name], cuts, next(iter(containers()[donor].values())))
    read(files)


@pytest.mark.parametrize("container", NAMES)
@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"",
        lambda data: data[:1],
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data + data,
        lambda data: bytes(len(data)),
        lambda data: b"\xff" * len(data),
        lambda data: data[::-1],
        lambda data: b"\x80\x02" + data,
        lambda data: data[:8] + b"\xff" * 8 + data[16:],
        lambda data: data[:-22] + b"\xff" * 22,
    ],
    ids=[
        "empty",
        "a byte",
        "half",
        "last byte missing",
        "byte more",
        "twice",
        "zeros",
        "ones",
        "reversed",
        "pickle",
        "lying header",
        "lying end",
    ],
)
def test_corpus(container, change):
    files = dict(containers()[container])
    for name in files:
        read({**files, name: change(files[name])})


def test_the_seeds_are_all_tried():
    assert set(NAMES) == containers().keys()
