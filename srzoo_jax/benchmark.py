"""What models cost: seconds to trace, compile and run, forward and for the input gradient; memory.

All models are compiled first and then run by turns, so that whatever else the machine does hits
them alike. Parameters are random: time does not depend on them.
"""

import datetime
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import tabulate
from flax import traverse_util

from srzoo_jax import files, report, zoo
from srzoo_jax.catalogue import CATALOGUE, Entry
from srzoo_jax.execution import NotFiniteError
from srzoo_jax.types import Params, Restorer

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


class Program(NamedTuple):
    """A compiled function of parameters and image, and what it took to get it."""

    run: Callable
    trace_seconds: float
    compile_seconds: float
    temp_bytes: int
    """Memory for intermediate results, beside arguments and outputs."""


class Subject(NamedTuple):
    """A model, ready to run."""

    name: str
    params: Params
    image: jax.Array
    forward: Program
    gradient: Program


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


def random_params(row: Entry) -> Params:
    """Returns parameters small enough that activations of the deepest networks stay finite."""
    stream = np.random.default_rng(0)
    flat = {
        path: 0.02 * stream.standard_normal(shape, np.float32)
        for path, shape in zoo.shapes(row).items()
    }
    flat |= {path: abs(leaf) for path, leaf in flat.items() if path.endswith("variance")}
    return jax.device_put(traverse_util.unflatten_dict(flat, sep="/"))


def input_gradient(restore: Restorer) -> Callable:
    """Returns (params, image) -> mean square of the output and its gradient by the image."""

    def loss(params, image):
        return (restore(params, image) ** 2).mean()

    return jax.value_and_grad(loss, argnums=1)


def build(function: Callable, *arguments) -> Program:
    """Traces and compiles, each for the first time as far as JAX knows."""
    jax.clear_caches()
    start = time.perf_counter()
    lowered = jax.jit(function).lower(*arguments)
    traced = time.perf_counter()
    compiled = lowered.compile()
    done = time.perf_counter()
    temp_bytes = compiled.memory_analysis().temp_size_in_bytes
    return Program(compiled, traced - start, done - traced, temp_bytes)


def prepare(name: str, height: int, width: int) -> Subject:
    """Compiles a model for one image and checks what it gives.

    Raises:
        ValueError: The model is unknown.
        NotFiniteError: The output or the gradient has NaN or infinity.
    """
    row = zoo.entry(name)
    params, restore = random_params(row), zoo.restorer(row)
    pixels = np.random.default_rng(0).random((1, height, width, row.channels), np.float32)
    image = jax.device_put(pixels)
    programs = [build(f, params, image) for f in (restore, input_gradient(restore))]
    for program in programs:
        if not all(
            jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(program.run(params, image))
        ):
            raise NotFiniteError("the model's output or gradient is not finite (NaN or infinity)")
    return Subject(row.name, params, image, *programs)


def time_once(subject: Subject) -> tuple[float, float]:
    """Returns the seconds of one forward run and of one gradient run, one after the other."""
    return tuple(
        _seconds(program.run, subject.params, subject.image)
        for program in (subject.forward, subject.gradient)
    )


def _seconds(function: Callable, *arguments) -> float:
    start = time.perf_counter()
    jax.block_until_ready(function(*arguments))
    return time.perf_counter() - start


def measure(
    names: Sequence[str],
    height: int,
    width: int,
    repeats: int,
    tick: Callable[[str], None] = lambda name: None,
) -> tuple[list[Row], dict[str, str]]:
    """Measures all models; one that fails does not stop the others.

    Args:
        names: Rows of the catalogue.
        height: Of the one input image.
        width: Alike.
        repeats: How often everything is run, after one run that does not count.
        tick: Called with a model's name `1 + repeats` times for every model.

    Returns:
        A row for every model that could be run, and for the others what was wrong.
    """
    subjects, runs, errors = {}, {}, {}
    for turn in range(1 + repeats):
        for name in names:
            try:
                if turn == 0:
                    subjects[name], runs[name] = prepare(name, height, width), []
                elif name not in errors:
                    runs[name].append(time_once(subjects[name]))
            except Exception as error:  # Of whatever kind: a network may fail in many ways.
                errors[name] = f"{type(error).__name__}: {error}"
            tick(name)
    return [summarize(subjects[name], runs[name]) for name in names if name not in errors], errors


def summarize(subject: Subject, runs: Sequence[tuple[float, float]]) -> Row:
    """Medians of the runs; the ratio is that of runs that followed each other."""
    forward, gradient = zip(*runs, strict=True)
    return {
        "model": subject.name,
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


def conditions(height: int, width: int, repeats: int) -> dict[str, str]:
    """What the figures depend on besides the model, and when they were taken."""
    return {
        "input": f"1 x {height} x {width} pixels",
        "repeats": str(repeats),
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
