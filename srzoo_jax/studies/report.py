"""Tables of all studies of a folder, and one self-contained page with figures and pictures."""

import datetime
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup

from srzoo_jax import files, html
from srzoo_jax import report as versions
from srzoo_jax.perturb.corruptions import CURVES
from srzoo_jax.studies import drawing, summary
from srzoo_jax.studies.study import Record

_CAPTION = "Means over images; PSNR in dB. What a heading means shows when the pointer rests on it."
_PROTOCOL = (
    "PSNR of RGB without shaving, SR rounded to 8 bit, means over central crops. LR compares"
    " attacked with clean LR; SR compares SR of the two; 8 bit: attacked LR rounded first; signs:"
    " noise of the same strength stands in for the attack; HR compares SR with the reference."
    " Strengths alpha are in levels of 255, the largest change of a value unless said otherwise."
    " I-FGSM takes signed steps of alpha / steps from the clean image (Choi et al., ICCV 2019)."
)
_SHOWN = 3
"""Images shown of each model and data set."""
_TITLES = {
    "attack": ("Attacks", "Each model attacked on its own."),
    "transfer": ("Transfer", "Images made against one model, shown to the others."),
    "universal": ("Universal perturbations", "One perturbation for all crops that ran together."),
    "partial": (
        "Partial attacks",
        "Changed is the middle, a quarter of the area; attacked is what lies around it.",
    ),
    "targeted": ("Targeted attacks", "Each image is attacked towards the HR of the next one."),
    "defence": (
        "Defences",
        "SR PSNR is against SR of the clean image without defence. An attack that knows the"
        " defence goes through it.",
    ),
    "sensitivity": ("Sensitivity", "Of the derivative at the clean crops."),
    "corruption": ("Corruptions", "Without an attacker."),
    "lam": (
        "Attribution",
        "Which pixels the framed window's edges are made from: local attribution maps and"
        " integrated gradients. Redder pixels count more.",
    ),
}


def write(folder: str | os.PathLike, records: Sequence[Record], studies: Sequence[str] = ()) -> str:
    """Writes tables.md, tables.csv and report.html; returns the tables of the named studies."""
    folder = Path(folder)
    tables = {
        name: summary.rows(r for r in records if r["of"]["study"] == name)
        for name in _TITLES
        if any(record["of"]["study"] == name for record in records)
    }
    texts = {name: summary.markdown(rows) for name, rows in tables.items()}
    made = versions.environment() | {
        "date": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC"
    }
    facts = "\n".join(f"- {name}: {value}" for name, value in made.items())
    parts = [f"## {_TITLES[name][0]}\n\n{text}" for name, text in texts.items()]
    files.write_atomically(folder / "tables.md", "\n\n".join([*parts, facts, ""]))
    files.write_atomically(
        folder / "tables.csv", versions.as_csv([row for rows in tables.values() for row in rows])
    )
    page = _page(folder, records, tables, made)
    files.write_atomically(folder / "report.html", page)
    return "\n\n".join(text for name, text in texts.items() if not studies or name in studies)


def _page(folder: Path, records: Sequence[Record], tables: dict, made: dict) -> str:
    sections = []
    for name, rows in tables.items():
        title, lead = _TITLES[name]
        mine = [r for r in records if r["of"]["study"] == name and r["status"] == "ok"]
        blocks = [html.table(summary.columns(rows), rows, caption=_CAPTION)]
        figures = _figures(name, [row for row in rows if row["images"]])
        for number, (caption, drawn) in enumerate(figures):
            blocks.append(html.figure(html.svg(drawn, f"{name}{number}"), caption))
        blocks += _pictures(folder, mine)
        errors = [r for r in records if r["of"]["study"] == name and r["status"] != "ok"]
        lines = (f"{r['of']['model']}, {r['of']['image']}: {r['error']}" for r in errors)
        blocks.append(html.notes(list(dict.fromkeys(lines))))
        sections.append(html.section(title, *blocks, lead=lead))
    protocol = html.section(
        "Protocol",
        html.prose(_PROTOCOL),
        html.facts(_settings(records)),
        html.facts(made),
    )
    return html.page(
        "Super-resolution models under perturbation",
        *sections,
        protocol,
        lead="Attacks, defences, sensitivity and attribution of super-resolution models.",
    )


def _settings(records: Sequence[Record]) -> dict[str, str]:
    """All values of each setting, and the parameters of each model."""
    names = ("dataset", "crop", "batch", "seed", "attack", "against", "steps")
    found = {}
    for name in names:
        values = dict.fromkeys(str(r["of"][name]) for r in records if name in r["of"])
        if values:
            found[name] = ", ".join(values)
    digests = {r["of"]["model"]: r["of"]["parameters"] for r in records}
    return found | {f"parameters of {model}": digest for model, digest in digests.items() if digest}


def _figures(study: str, rows: list[dict]) -> list[tuple[str, str]]:
    """Captions and drawings; none where there is nothing to draw."""
    if not rows:
        return []
    if study == "attack":
        drawn = [
            ("SR PSNR by strength; dashed: random signs of the same", drawing.by_strength(rows))
        ]
    elif study == "transfer":
        strengths = dict.fromkeys((row["alpha"], row["dataset"]) for row in rows)
        drawn = [
            (
                f"SR PSNR on {dataset}, alpha {alpha:g}",
                drawing.matrix([r for r in rows if (r["alpha"], r["dataset"]) == (alpha, dataset)]),
            )
            for alpha, dataset in strengths
        ]
    elif study == "sensitivity":
        drawn = [("Gain by frequency; the line is perfect interpolation", drawing.gains(rows))]
    elif study == "corruption":
        drawn = [(name, drawing.corruption(rows, name, c.unit)) for name, c in CURVES.items()]
    else:
        drawn = []
    return [(caption, figure) for caption, figure in drawn if figure]


def _pictures(folder: Path, records: Sequence[Record]) -> list[Markup]:
    """Pictures side by side, of a few images a model: at the strength nearest to 8."""
    strengths = [r["of"]["alpha"] for r in records if "alpha" in r["of"]]
    chosen = min(strengths, key=lambda alpha: abs(alpha - 8), default=None)
    found: dict[tuple, list[Markup]] = {}
    for record in records:
        of = record["of"]
        if of.get("alpha") == chosen and record["pictures"]:
            group = found.setdefault((of["model"], of["dataset"], of.get("method")), [])
            if len(group) < _SHOWN:
                group.append(_side_by_side(folder, record))
    blocks = []
    for title, (first, *others) in found.items():
        blocks += [html.prose(", ".join(filter(None, title))), first]
        blocks += [html.fold("More images", *others)] if others else []
    return blocks


def _side_by_side(folder: Path, record: Record) -> Markup:
    of, figures = record["of"], record["figures"]
    read = {name: files.read_image(folder / path) for name, path in record["pictures"].items()}
    labels = {
        "lr": "LR",
        "attacked": "attacked LR",
        "delta": "perturbation, full range",
        "sr": "SR",
        "sr_attacked": "SR of attacked LR",
        "target": "target",
        "direction": "most amplified direction",
        "field": "receptive field, six decades",
        "map": "attribution",
    }
    notes = {
        "attacked": ("lr_psnr", "{:.2f} dB"),
        "sr_attacked": ("sr_psnr", "{:.2f} dB"),
        "direction": ("worst_gain", "gain {:.2f}"),
        "field": ("extent", "extent {:.2f}"),
        "map": ("diffusion_index", "diffusion index {:.2f}"),
    }
    if "attacked" in read and "delta" not in read:
        read["delta"] = _amplified(read["lr"], read["attacked"], of["alpha"])
    tiles = []
    for name in (name for name in labels if name in read):
        key, style = notes.get(name, ("", ""))
        tiles.append(html.Tile(labels[name], read[name], style.format(figures.get(key))))
    title = html.prose(f"{of['image']}" + (f", alpha {of['alpha']:g}" if "alpha" in of else ""))
    reference = [t.label for t in tiles].index("SR") if "sr_attacked" in read else None
    return Markup("\n").join([title, html.comparison(tiles, reference=reference)])


def _amplified(lr: np.ndarray, attacked: np.ndarray, alpha: float) -> np.ndarray:
    """The change of 8-bit levels, of which alpha is white, its negative black and none grey."""
    change = attacked.astype(float) - lr
    return (127.5 + 127.5 * change / max(alpha, 1)).clip(0, 255).round().astype(np.uint8)
