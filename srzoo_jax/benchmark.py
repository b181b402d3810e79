"""Models side by side: what they cost, as a table.

All are compiled first and then run by turns, so that whatever else the machine does hits them
alike.
"""

import datetime
import json
import os
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import tabulate

from srzoo_jax import costs, files, report, zoo
from srzoo_jax.catalogue import CATALOGUE

Row = dict[str, Any]

_HEADINGS = {
    "model": ("model", ""),
    "parameters": ("parameters", ",d"),
    "trace_seconds": ("trace (s)", ".2f"),
    "compile_seconds": ("compile (s)", ".2f"),
    "forward_seconds": ("forward (s)", ".4f"),
    "forward_spread": ("spread (s)", ".4f"),
    "forward_temp_bytes": ("temp (MB)", ".1f"),
    "gradient_compile_seconds": ("gradient compile (s)", ".2f"),
    "gradient_seconds": ("gradient (s)", ".4f"),
    "gradient_temp_bytes": ("gradient temp (MB)", ".1f"),
    "ratio": ("gradient / forward", ".2f"),
}


def default_models() -> tuple[str, ...]:
    """Names of all models that have parameters and take colour images."""
    return tuple(row.name for row in CATALOGUE.values() if row.source and row.channels == 3)


def check_names(names: Sequence[str]) -> list[str]:
    """Returns the names, each once.

    Raises:
        ValueError: One is not a row of the catalogue.
    """
    for name in names:
        if zoo.entry(name).name != name:
            raise ValueError(f"{name} costs eight times {name[:-1]}: only bare models are measured")
    return list(dict.fromkeys(names))


def measure(
    names: Sequence[str],
    height: int,
    width: int,
    repeats: int,
    tick: Callable[[str], None] = lambda name: None,
) -> Iterator[tuple[list[Row], dict[str, str]]]:
    """Measures all models, turn by turn; one that fails does not stop the others.

    Args:
        names: Rows of the catalogue.
        height: Of the one input image.
        width: Alike.
        repeats: How often everything is run, after one run that does not count.
        tick: Called with a model's name `1 + repeats` times for every model.

    Yields:
        After every turn, a row for every model that could be run, over all turns so far; and for
        the others what was wrong.
    """
    subjects, runs, errors = {}, {}, {}
    for turn in range(1 + repeats):
        for name in names:
            try:
                if turn == 0:
                    subjects[name], runs[name] = costs.prepare(name, height, width), []
                elif name not in errors:
                    runs[name].append(costs.time_once(subjects[name]))
            except Exception as error:  # A network may fail in many ways.
                errors[name] = f"{type(error).__name__}: {error}"
                subjects.pop(name, None)
            tick(name)
        if turn > 0:
            yield [summarize(subject, runs[name]) for name, subject in subjects.items()], errors


def summarize(subject: costs.Subject, runs: Sequence[tuple[float, float]]) -> Row:
    """Medians of the runs; the ratio is that of runs that followed each other."""
    forward, gradient = zip(*runs, strict=True)
    return {
        "model": subject.name,
        "runs": len(runs),
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(subject.params)),
        "trace_seconds": subject.forward.trace_seconds,
        "compile_seconds": subject.forward.compile_seconds,
        "forward_seconds": statistics.median(forward),
        "forward_spread": spread(forward),
        "forward_temp_bytes": subject.forward.temp_bytes,
        "gradient_trace_seconds": subject.gradient.trace_seconds,
        "gradient_compile_seconds": subject.gradient.compile_seconds,
        "gradient_seconds": statistics.median(gradient),
        "gradient_spread": spread(gradient),
        "gradient_temp_bytes": subject.gradient.temp_bytes,
        "ratio": statistics.median(g / f for f, g in runs),
    }


def spread(values: Sequence[float]) -> float:
    """The middle half of the values spans this much; unlike a range, one hiccup does not count."""
    low, high = np.quantile(values, (0.25, 0.75))
    return float(high - low)


def table(rows: Sequence[Mapping]) -> str:
    """A Markdown table, also for the terminal."""
    scale = {"forward_temp_bytes": 1e-6, "gradient_temp_bytes": 1e-6}
    cells = [
        [format(row[name] * scale.get(name, 1), style) for name, (_, style) in _HEADINGS.items()]
        for row in rows
    ]
    return tabulate.tabulate(
        cells,
        headers=[title for title, _ in _HEADINGS.values()],
        tablefmt="github",
        colalign=("left", *["right"] * (len(_HEADINGS) - 1)),
        disable_numparse=True,
    )


def conditions(height: int, width: int) -> dict[str, str]:
    """What the figures depend on besides the model, and when they were taken."""
    return {
        "input": f"1 x {height} x {width} pixels",
        "date": datetime.datetime.now(datetime.UTC).isoformat(" ", "minutes"),
        "processors": str(os.cpu_count()),
        **report.environment(),
    }


def write(
    folder: str | os.PathLike,
    rows: Sequence[Row],
    errors: Mapping[str, str],
    conditions: Mapping[str, str],
) -> None:
    """Writes benchmark.json, benchmark.md and, if there are rows, benchmark.csv."""
    folder = Path(folder)
    content = {"rows": rows, "errors": errors, "conditions": conditions}
    files.write_atomically(folder / "benchmark.json", json.dumps(content, indent=1) + "\n")
    if rows:
        files.write_atomically(folder / "benchmark.csv", report.as_csv(rows))
    notes = [f"- {name}: error: {error}" for name, error in errors.items()]
    notes += [f"- {name}: {value}" for name, value in conditions.items()]
    files.write_atomically(folder / "benchmark.md", "\n".join([table(rows), "", *notes, ""]))


def parse_size(text: str) -> tuple[int, int]:
    """Reads `48x64` as height and width.

    Raises:
        ValueError: It is not of this form, or a side is zero.
    """
    sides = text.split("x")
    if len(sides) != 2 or not all(side.isdecimal() and int(side) for side in sides):
        raise ValueError(f"--size must be HEIGHTxWIDTH in pixels, such as 48x48; got {text!r}")
    height, width = map(int, sides)
    return height, width
