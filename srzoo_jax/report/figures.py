"""The figures of a report: PSNR against NIQE and running time, and the gain on every image.

The first two are those of Fig. 2 of Choi et al., SRZoo, ICASSP 2020.
"""

import io
import re
from collections.abc import Mapping, Sequence

from srzoo_jax.html import INK
from srzoo_jax.protocols import Protocol
from srzoo_jax.report.summary import DEVICES, GROUP

_COLOURS = ("#2f7ed8", "#e0603a", "#2ca25f", "#9467d6", "#c9971c", "#d6568f", "#1aa3a8", "#8a8d91")
_MARKS = "osD^vP*X"
_STYLE = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "grid.alpha": 0.18,
    "grid.color": INK,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "srzoo_jax",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
_LINES = 8
"""Models that a figure of many images shows at most."""
_NAMED = 20
"""Images that it names at most."""


def draw(summary: Sequence[Mapping], records: Sequence[Mapping], protocol: Protocol) -> dict:
    """Returns matplotlib figures by name, `Set5_x4_niqe`; those that have something to show."""
    found = {}
    titles = {metric.name: metric.column(luma=protocol.luma) for metric in protocol.metrics}
    for group in dict.fromkeys(tuple(row[name] for name in GROUP) for row in summary):
        inside = [row for row in summary if tuple(row[name] for name in GROUP) == group]
        scored = [
            record
            for record in records
            if tuple(record[name] for name in GROUP) == group and record["status"] == "ok"
        ]
        against = [(name, titles[name], False) for name in titles if name.startswith("niqe")]
        against += [(f"{d}_seconds", f"{d.upper()} time per image (s)", True) for d in DEVICES]
        if "psnr" not in titles:
            continue
        name = group_name(*group[:2])
        for key, title, logarithmic in against:
            points = [row for row in inside if _is_there(row, key) and _is_there(row, "psnr")]
            if len(points) > 1:
                found[f"{name}_{key}"] = _scatter(points, key, title, titles["psnr"], logarithmic)
        if len(inside) > 1 and len({record["image"] for record in scored}) > 1:
            found[f"{name}_images"] = _gains(inside, scored, titles["psnr"])
    return found


def group_name(dataset: str, scale: int) -> str:
    """What the figures of a data set begin with; one that is a path gives its end."""
    return re.sub(r"\W+", "_", f"{dataset}_x{scale}").strip("_")


def _is_there(row: Mapping, key: str) -> bool:
    return row.get(key) is not None and row[key] == row[key]


def encode(figure, suffix: str) -> bytes:
    """Returns a figure as a file, without the time of day in it."""
    import matplotlib

    buffer = io.BytesIO()
    options = {
        "svg": {"transparent": True, "metadata": {"Date": None}},
        "png": {"dpi": 200, "metadata": {"Software": None}},
    }
    with matplotlib.rc_context(_STYLE):
        figure.savefig(buffer, format=suffix, **options[suffix])
    return buffer.getvalue()


def _canvas(height: float):
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(6, height))
        axes = figure.add_subplot()
    axes.grid(True, linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _look(index: int) -> dict:
    turn = index // len(_COLOURS)
    colour = _COLOURS[index % len(_COLOURS)]
    return {"color": colour, "marker": _MARKS[(index + turn) % len(_MARKS)]}


def _scatter(rows: Sequence[Mapping], key: str, title: str, psnr: str, logarithmic: bool):
    """PSNR upward against another figure; the best stand at the top left."""
    import matplotlib.ticker

    with matplotlib.rc_context(_STYLE):
        figure, axes = _canvas(3.9)
        for index, row in enumerate(rows):
            axes.plot(
                row[key],
                row["psnr"],
                linestyle="",
                markersize=7,
                label=row["model"],
                **_look(index),
            )
        axes.margins(0.12)
        if logarithmic:
            axes.set_xscale("log")
            # By default, labels overlap.
            low, high = axes.get_xlim()
            places = (1, 2, 5) if high < 300 * low else (1,)
            axes.xaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=places))
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter("")
        axes.set(xlabel=title, ylabel=psnr)
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _gains(rows: Sequence[Mapping], records: Sequence[Mapping], psnr: str):
    """PSNR of every image above that of the model that is last on average."""
    import matplotlib

    worst = rows[-1]["model"]
    scores = {(record["model"], record["image"]): record["psnr"] for record in records}
    base = {image: value for (model, image), value in scores.items() if model == worst}
    names = sorted(base, key=lambda image: (base[image], image))
    with matplotlib.rc_context(_STYLE):
        figure, axes = _canvas(3.9)
        for index, row in enumerate(rows[: min(_LINES, len(rows) - 1)]):
            own = [scores.get((row["model"], image), float("nan")) for image in names]
            gain = [value - base[image] for value, image in zip(own, names, strict=True)]
            axes.plot(gain, linewidth=0.8, markersize=5, label=row["model"], **_look(index))
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set(ylabel=f"{psnr} above {worst}")
        if len(names) <= _NAMED:
            axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
        else:
            axes.set(xlabel=f"images, by PSNR of {worst}")
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
