"""Rows as tables: Markdown, also for the terminal, and CSV; and the remarks below them."""

import csv
import io
from collections.abc import Mapping, Sequence

import tabulate

from srzoo_jax import reported
from srzoo_jax.html import Column
from srzoo_jax.protocols import Protocol
from srzoo_jax.report.summary import DEVICES


def columns(summary: Sequence[Mapping], protocol: Protocol) -> list[Column]:
    """Returns the columns that say something about any of the rows."""
    every = [
        Column("model", "model"),
        Column("backend", "backend", help="The runtime"),
        Column("precision", "precision", help="Of convolutions; float32 if it is not named"),
        Column("dataset", "data set"),
        Column("scale", "scale", "d"),
        Column("lr", "LR", help="The kernel that made it; given: it is the data set's own"),
        Column("images", "images", "d"),
        Column("errors", "errors", "d"),
        Column("reported_psnr", "reported PSNR", ".2f", help="dB; as the authors print it"),
        Column("reported_ssim", "reported SSIM", ".4f", help="As the authors print it"),
        *(
            Column(m.name, m.column(luma=protocol.luma), f".{m.digits}f", m.better, m.source)
            for m in protocol.metrics
        ),
        Column("difference", "to reported (dB)", _marked, help="PSNR: measured less reported"),
        Column("authors_psnr", "PSNR by authors' protocol", ".3f", help="dB"),
        Column("gain", "gain over bicubic (dB)", "+.3f", "higher"),
        Column("bpp", "bit/pixel", ".4f", "lower"),
        *(column for device in DEVICES for column in _times(device)),
        Column("parameter_count", "parameters", ",d"),
    ]
    return [column for column in every if any(row.get(column.key) for row in summary)]


def _times(device: str) -> list[Column]:
    name = device.upper()
    return [
        Column(f"{device}_seconds", f"{name} s/image", _short, "lower", "Median over the images"),
        Column(
            f"{device}_seconds_per_megapixel",
            f"{name} s/MP",
            _short,
            help="By megapixel of SR, median over the images",
        ),
        Column(
            f"{device}_seconds_per_megapixel_spread",
            "spread (s/MP)",
            _short,
            help="Middle half of the images",
        ),
    ]


def _short(seconds: float) -> str:
    """Three digits that count, and no exponent."""
    return f"{seconds:#.3g}".rstrip(".") if 1e-4 <= seconds < 1000 else f"{seconds:.4f}"


def _marked(difference: float) -> str:
    mark = " *" if abs(difference) > reported.TOLERANCE else ""
    return f"{difference:+.3f}{mark}".replace("-0.000", "+0.000")


def table(summary: Sequence[Mapping], protocol: Protocol) -> str:
    """A Markdown table, also for the terminal; columns that say nothing are left out."""
    shown = columns(summary, protocol)
    return tabulate.tabulate(
        [[_text(row.get(column.key), column) for column in shown] for row in summary],
        headers=[column.title for column in shown],
        colalign=["right" if column.style else "left" for column in shown],
        tablefmt="github",
        disable_numparse=True,
    )


def _text(value: object, column: Column) -> str:
    if value is None or value != value:
        return ""
    return column.style(value) if callable(column.style) else format(value, column.style)


def as_csv(rows: Sequence[Mapping]) -> str:
    """Rows as CSV, with a line of all names that occur."""
    text = io.StringIO()
    names = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def remarks(summary: Sequence[Mapping]) -> list[str]:
    """Says how far the authors' own protocol explains each marked difference, and what is NaN."""
    marked = [row for row in summary if abs(row.get("difference", 0)) > reported.TOLERANCE]
    undefined = [row for row in summary if "undefined" in row]
    return [
        *(_remark(row) for row in marked),
        *(f"{_who(row)} on {row['dataset']}: {row['undefined']}" for row in undefined),
    ]


def _who(row: Mapping) -> str:
    """The model, and the way that it was run in, if that is told."""
    return " ".join(row[name] for name in ("model", "backend", "precision") if row.get(name))


def _remark(row: Mapping) -> str:
    text = (
        f"* {_who(row)} on {row['dataset']}: {row['psnr']:.3f} dB measured,"
        f" {row['reported_psnr']:.2f} dB reported."
    )
    if row["errors"]:
        text += f" {row['errors']} of the images are errors."
    if "authors_psnr" in row:
        left = row["authors_psnr"] - row["reported_psnr"]
        explained = "is explained so" if abs(left) <= reported.TOLERANCE else "is not explained so"
        text += (
            f" By its authors' protocol, {row['authors_protocol']}, it has"
            f" {row['authors_psnr']:.3f} dB: the difference {explained}."
        )
    elif reported.protocol(row["model"]):
        text += " Its authors' protocol is known: --explain scores by that, too."
    if remark := reported.remark(row["model"]):
        text += f" {remark}"
    return text


def caption(protocol: Protocol) -> str:
    """The protocol's name and digest, as they stand under every table."""
    return f"{protocol.name} ({protocol.digest})"
