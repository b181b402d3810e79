"""Apps killed (-9) at random moments and run again: the result equals that of an unbroken run."""

import csv
import io
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from srzoo_jax import params

_TIMED = ("seconds", "time", "rate")


class App(NamedTuple):
    """What is killed: its arguments, in which `{out}` is the folder that it writes to."""

    name: str
    arguments: tuple[str, ...]


def _json(content: str):
    """Without what depends on the clock."""

    def timeless(value):
        if isinstance(value, dict):
            return {
                key: timeless(part)
                for key, part in value.items()
                if not any(word in key for word in _TIMED)
            }
        return [timeless(part) for part in value] if isinstance(value, list) else value

    return timeless(json.loads(content))


def _lines(content: str):
    """A file of records may end in a piece of one, which its reader drops."""
    whole = content.rpartition("\n")[0]
    return [_json(line) for line in whole.splitlines()]


def _table(content: str):
    rows = csv.DictReader(io.StringIO(content))
    return [{k: v for k, v in row.items() if not any(w in k for w in _TIMED)} for row in rows]


def _image(path: Path):
    with Image.open(path) as image:
        return image.size, image.tobytes()


def _params(path: Path):
    return params.load(path)[1]["sha256"]


READERS: dict[str, Callable] = {
    ".json": lambda path: _json(path.read_text()),
    ".jsonl": lambda path: _lines(path.read_text()),
    ".csv": lambda path: _table(path.read_text()),
    ".png": _image,
    ".safetensors": _params,
}
"""Suffix -> what a whole file holds, times apart; raises where the file is not whole."""


def contents(folder: Path) -> dict[str, object]:
    """Everything that is visible in a folder, read: temporary files are hidden ones."""
    return {
        str(path.relative_to(folder)): READERS[path.suffix](path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in READERS
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def start(app: App, out: Path) -> subprocess.Popen:
    """Runs an app that writes to `out`."""
    arguments = [argument.format(out=out) for argument in app.arguments]
    command = [sys.executable, "-m", f"experiments.{app.name}", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _finish(app: App, out: Path) -> tuple[dict[str, object], float]:
    began = time.monotonic()
    process = start(app, out)
    _, errors = process.communicate()
    if process.returncode:
        raise AssertionError(f"{app.name} failed: {errors}")
    return contents(out), time.monotonic() - began


def survived(app: App, folder: Path, kills: int, seed: int = 0) -> int:
    """Returns how many of the kills came while the app was running; all must be survived.

    Raises:
        AssertionError: A file was visible that is not whole, or the result of the run that
            followed is another one than that of an unbroken run.
    """
    expected, seconds = _finish(app, folder / "unbroken")
    assert expected, f"{app.name} wrote nothing"
    rng, struck = random.Random(seed), 0
    for number in range(kills):
        out = folder / f"killed{number}"
        process = start(app, out)
        try:
            process.wait(rng.uniform(0, seconds))
        except subprocess.TimeoutExpired:
            struck += 1
        process.kill()
        process.communicate()
        contents(out)
        found, _ = _finish(app, out)
        assert found == expected, f"{app.name} killed the {number}th time: another result"
    return struck
