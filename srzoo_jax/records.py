"""Records of long work as JSON lines, which survive a kill at any moment."""

import contextlib
import errno
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from srzoo_jax import files


def read(path: str | os.PathLike) -> list[dict]:
    """Reads records; none if there is no file. A last line cut short by a kill is left out.

    Raises:
        ValueError: Another line is no record.
    """
    path = Path(path)
    lines = path.read_text().splitlines(keepends=True) if path.is_file() else []
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError as error:
            if number == len(lines):
                break
            raise ValueError(f"{path}: line {number} is no JSON record: {error}") from error
    return found


def write(path: str | os.PathLike, records: Iterable[dict]) -> None:
    """Writes a whole file of records, atomically."""
    files.write_atomically(path, "".join(json.dumps(record) + "\n" for record in records))


@contextlib.contextmanager
def appending(path: str | os.PathLike, known: Iterable[dict]) -> Iterator[Callable[[dict], None]]:
    """Starts a file with the `known` records; gives the function that adds one, at once."""
    write(path, known)
    # Without a buffer, what found no room is not tried again when the file is closed.
    with open(path, "ab", buffering=0) as file:

        def append(record: dict) -> None:
            with files.naming(path):
                line = f"{json.dumps(record)}\n".encode()
                if file.write(line) < len(line):  # A disk that is full now.
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        yield append
