"""The figures of a report of studies, as SVG that follows the page's colours."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from srzoo_jax.html.pictures import INK

_COLOURS = ("#2f7ed8", "#e0603a", "#2ca25f", "#9467d6", "#c9971c", "#d6568f", "#1aa3a8", "#8a8d91")
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
Rows = Sequence[Mapping[str, Any]]


def by_strength(rows: Rows) -> str | None:
    """SR PSNR against alpha for every model, with random signs dashed; None for one alpha."""
    if len({row["alpha"] for row in rows}) < 2:
        return None

    def draw(axes):
        for index, (model, mine) in enumerate(_models(rows)):
            mine = sorted((row for row in mine if row["alpha"] > 0), key=lambda row: row["alpha"])
            look = {"color": _COLOURS[index % len(_COLOURS)], "markersize": 4}
            alphas = [row["alpha"] for row in mine]
            axes.plot(alphas, [row["sr_psnr"] for row in mine], "o-", label=model, **look)
            signs = [row["sr_psnr_signs"] for row in mine]
            axes.plot(alphas, signs, ".--", label=f"{model}, random signs", alpha=0.6, **look)
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel("alpha (levels of 255)")
        axes.set_ylabel("SR PSNR (dB)")
        axes.legend()

    return _svg(draw)


def matrix(rows: Rows) -> str | None:
    """SR PSNR of every model under attacks on every other; None if no model could be tried."""
    from matplotlib.patheffects import withStroke

    sources = [row["model"] for row in rows]
    victims = [name for name in sources if any(f"sr_psnr:{name}" in row for row in rows)]
    if not victims:
        return None

    def draw(axes):
        values = [[row.get(f"sr_psnr:{name}", float("nan")) for name in victims] for row in rows]
        drawn = axes.imshow(values, cmap="viridis", aspect="auto")
        outline = [withStroke(linewidth=2, foreground="#000000")]
        for line, found in enumerate(values):
            for column, value in enumerate(found):
                if value == value:
                    axes.text(
                        column,
                        line,
                        f"{value:.1f}",
                        ha="center",
                        va="center",
                        color="#ffffff",
                        path_effects=outline,
                    )
        axes.set_xticks(range(len(victims)), victims, rotation=30, ha="right")
        axes.set_yticks(range(len(sources)), sources)
        axes.set_xlabel("shown to")
        axes.set_ylabel("attacked")
        axes.grid(False)
        axes.figure.colorbar(drawn, ax=axes, label="SR PSNR (dB)")

    return _svg(draw, 1.6 + 0.5 * len(sources))


def gains(rows: Rows) -> str:
    """Gain by band of frequencies for every model."""
    bands = [name for name in rows[0] if name.startswith("gain:")]

    def draw(axes):
        for index, (model, mine) in enumerate(_models(rows)):
            heights = [mine[0][band] for band in bands]
            colour = _COLOURS[index % len(_COLOURS)]
            axes.plot(range(len(bands)), heights, "o-", color=colour, label=model, markersize=4)
        axes.axhline(1, color=INK, linewidth=0.8)
        axes.set_xticks(range(len(bands)), [band[5:] for band in bands])
        axes.set_xlabel("frequency (cycles a pixel)")
        axes.set_ylabel("gain")
        axes.legend()

    return _svg(draw)


def corruption(rows: Rows, name: str, unit: str) -> str:
    """PSNR to HR against the strength of one corruption, for every model."""

    def draw(axes):
        for index, (model, mine) in enumerate(_models(rows)):
            mine = [row for row in mine if row["corruption"] == name]
            colour = _COLOURS[index % len(_COLOURS)]
            xs, ys = ([row[key] for row in mine] for key in ("strength", "hr_psnr"))
            axes.plot(xs, ys, "o-", color=colour, label=model, markersize=4)
        axes.set_xlabel(f"{name}: {unit}")
        axes.set_ylabel("PSNR to HR (dB)")
        axes.legend()

    return _svg(draw, 2.8)


def _models(rows: Rows):
    """Rows of each model and, where there are several, data set, with what to call them."""
    several = len({row["dataset"] for row in rows}) > 1
    found: dict[str, list] = {}
    for row in rows:
        name = f"{row['model']} on {row['dataset']}" if several else row["model"]
        found.setdefault(name, []).append(row)
    return found.items()


def _svg(draw, height: float = 3.6) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(6.4, height))
        axes = figure.add_subplot()
        axes.grid(True, linewidth=0.8)
        axes.set_axisbelow(True)
        draw(axes)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return buffer.getvalue().decode()
