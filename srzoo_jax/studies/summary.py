"""Records of studies -> tables of means: one row a model, data set and setting."""

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

import tabulate

from srzoo_jax.html import Column
from srzoo_jax.studies.study import Record

_OF = {
    "model": Column("model", "model"),
    "dataset": Column("dataset", "data set"),
    "attack": Column("attack", "attack"),
    "against": Column("against", "away from"),
    "steps": Column("steps", "steps", "d"),
    "crop": Column("crop", "crop", "d"),
    "batch": Column("batch", "batch", "d", help="crops that ran together"),
    "seed": Column("seed", "seed", "d"),
    "method": Column("method", "method"),
    "corruption": Column("corruption", "corruption"),
    "strength": Column("strength", "strength", "g"),
    "defence": Column("defence", "defence"),
    "adaptive": Column("adaptive", "attack knows it", lambda value: "yes" if value else "no"),
    "alpha": Column("alpha", "alpha", "g", help="strength in levels of 255"),
}
_ALWAYS = ("model", "dataset", "alpha", "corruption", "strength", "defence", "adaptive", "method")
"""Shown wherever a study has them; other settings only where they differ from row to row."""
_FIGURES = {
    "lr_psnr": ("LR", ".2f", "clean LR against attacked LR, dB"),
    "lr_psnr_signs": ("LR, signs", ".2f", "noise of the same alpha"),
    "sr_psnr": ("SR", ".2f", "SR of clean LR against SR of attacked LR, dB"),
    "sr_psnr_8bit": ("SR, 8 bit", ".2f", "attacked LR rounded to 8 bit first"),
    "sr_psnr_signs": ("SR, signs", ".2f", "noise of the same alpha"),
    "robustness": (
        "robustness",
        "+.2f",
        "SR PSNR minus LR PSNR, dB: what the model adds to the perturbation; the higher, the more"
        " robust",
    ),
    "hr_psnr_clean": ("HR, clean", ".2f", "SR of clean LR against HR"),
    "hr_psnr": ("HR, after", ".2f", "SR of attacked LR against HR"),
    "sr_psnr_outside": ("SR outside", ".2f", "around the attacked part"),
    "sr_psnr_inside": ("SR inside", ".2f", "in the attacked part"),
    "target_psnr_clean": ("target, clean", ".2f", "SR of clean LR against the target"),
    "target_psnr": ("target, after", ".2f", "SR of attacked LR against the target"),
    "clean_cost": ("SR, clean", ".2f", "SR with against SR without the defence, clean LR"),
    "worst_gain": ("worst gain", ".2f", "largest singular value of the Jacobian, by scale"),
    "steepest": ("steepest slope", ".3f", "largest l1 norm of the squared error's gradient met"),
    "extent": ("extent", ".2f", "root mean squared radius of the receptive field, LR pixels"),
    "influence": (
        "influence",
        "g",
        "how many LR pixels away anything still matters at all; inf: the whole image",
    ),
    "diffusion_index": ("diffusion index", ".2f", "(1 - Gini) x 100; high: made of many pixels"),
    "incompleteness": ("incompleteness", ".2%", "what the map's sum lacks of the gain"),
}


def rows(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Means over the images of each model, data set and setting of one study."""
    groups: dict[tuple, list[Record]] = {}
    for record in records:
        of = {k: v for k, v in record["of"].items() if k not in ("image", "inputs", "parameters")}
        groups.setdefault(tuple(of.items()), []).append(record)
    return [dict(of) | _means(group) for of, group in groups.items()]


def _means(group: Sequence[Record]) -> dict[str, Any]:
    good = [record["figures"] for record in group if record["status"] == "ok"]
    found = {"images": len(good), "errors": len(group) - len(good)}
    for name in dict.fromkeys(name for figures in good for name in figures):
        found[name] = statistics.fmean(figures[name] for figures in good)
    return found


def columns(table: Sequence[dict[str, Any]]) -> list[Column]:
    """Returns the columns that say something about these rows."""
    shown = []
    for name, column in _OF.items():
        values = {row.get(name) for row in table}
        if len(values) > 1 or (name in _ALWAYS and values != {None}):
            shown.append(column)
    for name in dict.fromkeys(name for row in table for name in row):
        if name in _FIGURES:
            title, style, meaning = _FIGURES[name]
            shown.append(Column(name, title, style, help=meaning))
        elif name.startswith("sr_psnr:"):
            shown.append(
                Column(
                    name,
                    f"on {name.split(':')[1]}",
                    ".2f",
                    help="SR of clean LR against SR of attacked LR, dB",
                )
            )
        elif name.startswith("gain:"):
            shown.append(Column(name, f"gain {name[5:]}", ".2f", help="cycles a pixel"))
    shown.append(Column("images", "images", "d"))
    if any(row["errors"] for row in table):
        shown.append(Column("errors", "errors", "d"))
    return shown


def markdown(table: Sequence[dict[str, Any]]) -> str:
    """A Markdown table, also for the terminal."""
    shown = columns(table)
    cells = [[_text(column, row.get(column.key)) for column in shown] for row in table]
    return tabulate.tabulate(
        cells,
        headers=[column.title for column in shown],
        tablefmt="github",
        colalign=[
            "right" if isinstance(column.style, str) and column.style else "left"
            for column in shown
        ],
        disable_numparse=True,
    )


def _text(column: Column, value) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return column.style(value) if callable(column.style) else format(value, column.style)
