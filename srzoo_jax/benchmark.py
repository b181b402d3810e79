"""Models side by side, and beside other frameworks: what they cost, as tables and as a figure.

All are compiled first and then run by turns, so that whatever else the machine does hits them
alike.
"""

import importlib.metadata
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import tabulate

from srzoo_jax import arithmetic, costs, files, peers, report, zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.costs import Case
from srzoo_jax.timing import spread, timed

Row = dict[str, Any]

PAUSE = 0.05
"""Seconds before every run: threads of other frameworks keep cores busy for a while."""

_AGREEMENT = {"float32": 1e-4, "bfloat16": 0.05}
"""How far peers may be off, of the largest value, by the precision of the coarser one."""

_HEADINGS = {
    "model": ("model", ""),
    "batch": ("batch", "d"),
    "size": ("LR size", ""),
    "precision": ("precision", ""),
    "compile_seconds": ("compile (s)", ".2f"),
    "seconds": ("seconds", ".4f"),
    "spread": ("spread (s)", ".4f"),
    "images_per_second": ("images/s", ".2f"),
    "megapixels_per_second": ("SR MPix/s", ".2f"),
    "gigaflops_per_second": ("GFLOP/s", ".0f"),
    "share_of_peak": ("of peak", ".0%"),
    "idle_share": ("idle", ".0%"),
    "megabytes": ("memory (MB)", ".0f"),
    "gradient_seconds": ("gradient (s)", ".4f"),
    "gradient_ratio": ("gradient / forward", ".2f"),
}


def default_models() -> tuple[str, ...]:
    """Names of all models that have parameters and take colour images."""
    return tuple(row.name for row in CATALOGUE.values() if row.source and row.channels == 3)


def cases(
    models: Sequence[str],
    batches: Sequence[int],
    sizes: Sequence[tuple[int, int]],
    precisions: Sequence[str],
    ensembles: Sequence[bool] = (False,),
) -> list[Case]:
    """Returns all combinations; a model with `+` runs in self-ensemble in any case.

    Raises:
        ValueError: A model is unknown.
    """
    names = []
    for name, ensemble in product(dict.fromkeys(models), ensembles):
        zoo.entry(name.removesuffix("+"))
        names.append(f"{name.removesuffix('+')}+" if ensemble else name)
    combinations = product(dict.fromkeys(names), batches, sizes, precisions)
    return [Case(name, batch, *size, precision) for name, batch, size, precision in combinations]


def measure(
    cases: Sequence[Case],
    repeats: int,
    *,
    peer_names: Sequence[str] = (),
    gradient: bool = False,
    stream: int = 0,
    tick: Callable[[str], None] = lambda name: None,
) -> Iterator[tuple[list[Row], dict[str, str]]]:
    """Measures all cases, turn by turn; one that fails does not stop the others.

    Args:
        cases: What to run.
        repeats: How often everything is run, after one run that does not count.
        peer_names: Of `peers.PEERS`: run between, on the same images with the same parameters.
        gradient: Whether the gradient by the input is measured, too.
        stream: How many batches are also run from and to the host, to see how long the device is
            idle; 0: none.
        tick: Called with a model's name `1 + repeats` times for every case.

    Yields:
        After every turn, a row for every case that could be run, over all turns so far; and for
        the others, and for peers, what was wrong.
    """
    subjects, runs, errors = {}, {}, {}
    peaks = {p: arithmetic.peak(p) for p in dict.fromkeys(case.precision for case in cases)}
    for turn in range(1 + repeats):
        for case in cases:
            try:
                if turn == 0:
                    subject = costs.prepare(case, gradient=gradient)
                    others = _prepared(subject, peer_names, errors)
                    subjects[case], runs[case] = (subject, others), []
                elif case in subjects:
                    runs[case].append(_turn(*subjects[case], stream))
            except Exception as error:  # A network may fail in many ways.
                errors[_title(case)] = f"{type(error).__name__}: {error}"
                subjects.pop(case, None)
            tick(case.model)
        if turn > 0:
            rows = [
                summarize(subject, runs[case], peaks[case.precision])
                for case, (subject, _) in subjects.items()
            ]
            yield rows, errors


def _title(case: Case) -> str:
    return f"{case.model} {case.batch} x {case.height}x{case.width} {case.precision}"


def _prepared(subject, peer_names, errors) -> dict[str, Callable[[], Any]]:
    """The peers that run the subject's network and agree with it."""
    case, others = subject.case, {}
    if case.model.endswith("+"):
        return others
    ours = np.asarray(subject.output)
    for name in peer_names:
        try:
            row = zoo.entry(case.model)
            network = peers.prepare(name, row, costs.random_params(row), np.asarray(subject.images))
            error = np.abs(network.fetch(network.run()) - ours).max() / np.abs(ours).max()
            coarse = "bfloat16" in (case.precision, peers.PEERS[name].precision)
            if not error <= _AGREEMENT["bfloat16" if coarse else "float32"]:
                raise ArithmeticError(f"gives something else, by {error:.1e} of the largest value")
            others[name] = network.run
        except Exception as error:  # So may other frameworks.
            errors[f"{name}: {_title(case)}"] = f"{type(error).__name__}: {error}"
    return others


def _turn(
    subject: costs.Subject, others: Mapping[str, Callable[[], Any]], stream: int
) -> dict[str, float]:
    """Seconds of everything, one after the other."""
    seconds = {"seconds": _warm(subject.seconds)}
    if stream:
        seconds["stream_seconds"] = subject.stream_seconds(stream) / stream
    if subject.gradient:
        seconds["gradient_seconds"] = _warm(subject.gradient_seconds)
    for name, run in others.items():
        seconds[f"{name}_seconds"] = _warm(lambda run=run: timed(run)[1])
    return seconds


def _warm(seconds: Callable[[], float]) -> float:
    """What a run takes after another one: what ran before, or a pause, leaves caches cold."""
    time.sleep(PAUSE)
    seconds()
    return seconds()


def summarize(subject: costs.Subject, runs: Sequence[Mapping[str, float]], peak: float) -> Row:
    """Medians of the runs; ratios are those of runs that followed each other."""
    case, forward = subject.case, subject.forward
    seconds = statistics.median(run["seconds"] for run in runs)
    row = {
        "model": case.model,
        "batch": case.batch,
        "size": f"{case.height}x{case.width}",
        "precision": case.precision,
        "runs": len(runs),
        "parameters": zoo.parameter_count(zoo.entry(case.model)),
        "trace_seconds": forward.trace_seconds,
        "compile_seconds": forward.compile_seconds,
        "seconds": seconds,
        "spread": spread([run["seconds"] for run in runs]),
        "images_per_second": case.batch / seconds,
        "megapixels_per_second": subject.output[..., 0].size / seconds / 1e6,
        "gigaflops": subject.flops / 1e9,
        "gigaflops_per_second": subject.flops / seconds / 1e9,
        "peak_gigaflops_per_second": peak / 1e9,
        "share_of_peak": subject.flops / seconds / peak,
        "megabytes": forward.bytes / 1e6,
        "temp_megabytes": forward.temp_bytes / 1e6,
    }
    if subject.gradient:
        row |= {
            "gradient_compile_seconds": subject.gradient.compile_seconds,
            "gradient_temp_megabytes": subject.gradient.temp_bytes / 1e6,
        }
    for name in (name for name in runs[0] if name != "seconds"):
        others, who = [run[name] for run in runs], name.removesuffix("_seconds")
        turned = who == "gradient"
        row[name], row[f"{who}_spread"] = statistics.median(others), spread(others)
        row[f"{who}_ratio"] = statistics.median(
            run[name] / run["seconds"] if turned else run["seconds"] / run[name] for run in runs
        )
    if "stream_ratio" in row:
        row["idle_share"] = max(0.0, 1 - row["stream_ratio"])
    return row


def table(rows: Sequence[Mapping]) -> str:
    """A Markdown table, also for the terminal; columns that no row has are left out."""
    headings = dict(_HEADINGS)
    for name in peers.PEERS:
        headings[f"{name}_seconds"] = (f"{name} (s)", ".4f")
        headings[f"{name}_ratio"] = (f"JAX / {name}", ".2f")
    shown = [name for name in headings if any(name in row for row in rows)]
    cells = [
        [format(row[name], headings[name][1]) if name in row else "" for name in shown]
        for row in rows
    ]
    return tabulate.tabulate(
        cells,
        headers=[headings[name][0] for name in shown],
        tablefmt="github",
        colalign=["left" if name == "model" else "right" for name in shown] if rows else None,
        disable_numparse=True,
    )


def conditions(peer_names: Sequence[str] = ()) -> dict[str, str]:
    """What the figures depend on besides the cases, and when they were taken."""
    import datetime

    modules = dict.fromkeys(peers.PEERS[name].module for name in peer_names)
    found = report.environment()
    found.pop("precision")
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(" ", "minutes"),
        "processors": str(os.cpu_count()),
        **found,
        **{module: importlib.metadata.version(module) for module in modules},
    }


def write(
    folder: str | os.PathLike,
    rows: Sequence[Row],
    errors: Mapping[str, str],
    conditions: Mapping[str, str],
) -> None:
    """Writes benchmark.json, benchmark.md and, if there are rows, benchmark.csv and .svg."""
    folder = Path(folder)
    content = {"rows": rows, "errors": errors, "conditions": conditions}
    files.write_atomically(folder / "benchmark.json", json.dumps(content, indent=1) + "\n")
    if rows:
        files.write_atomically(folder / "benchmark.csv", report.as_csv(rows))
        files.write_atomically(folder / "benchmark.svg", figure(rows))
    notes = [f"- {name}: error: {error}" for name, error in errors.items()]
    notes += [f"- {name}: {value}" for name, value in conditions.items()]
    files.write_atomically(folder / "benchmark.md", "\n".join([table(rows), "", *notes, ""]))


def figure(rows: Sequence[Row]) -> str:
    """Bars of the seconds that every case takes, here and elsewhere, as SVG."""
    import io

    from matplotlib.figure import Figure

    who = {"JAX": "seconds", **{name: f"{name}_seconds" for name in peers.PEERS}}
    who = {name: key for name, key in who.items() if any(key in row for row in rows)}
    drawing = Figure(figsize=(8, 1 + 0.25 * len(rows) * len(who)), layout="constrained")
    axes = drawing.subplots()
    places, height = np.arange(len(rows)), 0.8 / len(who)
    for i, (name, key) in enumerate(who.items()):
        values = [row.get(key, 0) for row in rows]
        axes.barh(places + i * height, values, height, label=name)
    titles = [f"{r['model']} {r['batch']} x {r['size']} {r['precision']}" for r in rows]
    axes.set_yticks(places + 0.4 - height / 2, titles)
    axes.invert_yaxis()
    axes.set_xlabel("seconds")
    axes.legend()
    text = io.StringIO()
    drawing.savefig(text, format="svg")
    return text.getvalue()


def parse_size(text: str) -> tuple[int, int]:
    """Reads `48x64` as height and width.

    Raises:
        ValueError: It is not of this form, or a side is zero.
    """
    sides = text.split("x")
    if len(sides) != 2 or not all(side.isdecimal() and int(side) for side in sides):
        raise ValueError(f"--sizes must be HEIGHTxWIDTH in pixels, such as 48x48; got {text!r}")
    height, width = map(int, sides)
    return height, width
