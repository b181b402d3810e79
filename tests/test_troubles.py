import errno
import json
import os
import pickle

import jax
import pytest

from srzoo_jax import files, photograph, records, troubles


def system(number, name=None):
    return OSError(number, os.strerror(number), name)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (system(errno.ENOSPC, "a.png"), "a.png: the disk is full. Make room"),
        (RuntimeError("writing failed: No space left on device [28]"), "the disk is full. Make"),
        (system(errno.EACCES, "a.png"), "a.png: no permission. Choose another place"),
        (system(errno.EROFS), "the disk is read-only. Write to another place"),
        (system(errno.EISDIR, "out"), "out: Is a directory"),
        (MemoryError("Unable to allocate 9 TiB"), "out of memory (Unable to allocate 9 TiB). Sm"),
        (MemoryError(), "out of memory (no more is known). Smaller images"),
        (
            jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.\nat"),
            "out of memory (RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.). Smaller",
        ),
        (ValueError("scale must be 2, got 3"), "scale must be 2, got 3"),
        (FileNotFoundError("no image at a.png"), "no image at a.png"),
        (troubles.NotFiniteError(), "the model's output is not finite (NaN or"),
        # As it comes out of a worker.
        (pickle.loads(pickle.dumps(troubles.NotFiniteError("loss"))), "the model's loss is not"),
        (KeyError("hr"), "KeyError: 'hr'. This was not foreseen; --debug shows where"),
        (AssertionError(), "AssertionError: without a message. This was not foreseen"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else type(value).__name__,
)
def test_errors_are_told_in_a_line(error, line):
    told = troubles.told(error)
    assert told.startswith(line) and "\n" not in told


@pytest.fixture
def full(monkeypatch):
    """From now on there is no room on any disk."""

    def fail(*_):
        raise system(errno.ENOSPC)

    monkeypatch.setattr(os, "fsync", fail)
    monkeypatch.setattr(os, "posix_fallocate", fail)


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path, full):
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(OSError, match="No space left") as caught:
        files.write_atomically(path, "new")
    assert caught.value.filename == str(path)
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.json"]


def test_a_full_disk_is_met_before_rows_are_computed(tmp_path, full):
    def rows():
        raise AssertionError("computed")
        yield

    with pytest.raises(OSError, match="No space left") as caught:
        photograph.write_by_rows(tmp_path / "a.png", rows(), 10, 10)
    assert caught.value.filename == str(tmp_path / "a.png") and not os.listdir(tmp_path)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="of Linux alone")
def test_records_on_a_full_disk_stay_readable(tmp_path, monkeypatch):
    path = tmp_path / "results.jsonl"
    with records.appending(path, [{"a": 1}]) as append:
        append({"a": 2})
    monkeypatch.setattr(records, "write", lambda path, known: None)
    full = tmp_path / "full.jsonl"
    full.symlink_to("/dev/full")
    with (
        pytest.raises(OSError, match="No space left") as caught,
        records.appending(full, []) as append,
    ):
        append({"a": 3})
    assert caught.value.filename == str(full)
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"a": 1}, {"a": 2}]
