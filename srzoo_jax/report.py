"""Records -> a summary: mean figures as JSON, CSV and Markdown, with all that made them."""

import csv
import io
import json
import math
import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import jax
import tabulate

import srzoo_jax
from srzoo_jax import files
from srzoo_jax.evaluation import Record
from srzoo_jax.protocols import Protocol

_HEADINGS = {
    "model": ("model", ""),
    "dataset": ("data set", ""),
    "scale": ("scale", "d"),
    "lr": ("LR", ""),
    "images": ("images", "d"),
    "errors": ("errors", "d"),
}
_MEASURED = {
    "gain": ("gain over bicubic (dB)", "+.3f"),
    "bpp": ("bit/pixel", ".4f"),
    "seconds": ("s/image", ".3f"),
}


_IDENTITY = ("model", "dataset", "scale", "protocol", "protocol_digest", "lr", "parameters")


def rows(records: Iterable[Record], protocol: Protocol) -> list[dict]:
    """Means over the images of each model and data set, in the order of the records.

    Where bicubic interpolation was scored on the same set, too, `gain` is what a model's PSNR has
    over that.

    Raises:
        ValueError: A record is of another protocol.
    """
    groups: dict[tuple, list[Record]] = {}
    for record in records:
        if record["protocol_digest"] != protocol.digest:
            raise ValueError(
                f"a record of protocol {record['protocol']} ({record['protocol_digest']}) is not"
                f" of {protocol.name} ({protocol.digest})"
            )
        groups.setdefault(tuple(record[name] for name in _IDENTITY), []).append(record)
    found = [_row(group, protocol) for group in groups.values()]
    baselines = {(r["model"], r["dataset"], r["lr"]): r.get("psnr") for r in found}
    for row in found:
        bicubic = f"bicubic_x{row['scale']}"
        baseline = baselines.get((bicubic, row["dataset"], row["lr"]))
        if baseline is not None and row["model"] != bicubic:
            row["gain"] = row["psnr"] - baseline
    return found


def _row(group: Sequence[Record], protocol: Protocol) -> dict:
    first, scored = group[0], [record for record in group if record["status"] == "ok"]
    row = {name: first[name] for name in _IDENTITY}
    row |= {"images": len(scored), "errors": len(group) - len(scored)}
    measured = [name for name in ("bpp", "seconds") if any(name in record for record in scored)]
    for name in (*(metric.name for metric in protocol.metrics), *measured):
        values = [record[name] for record in scored]
        row[name] = statistics.fmean(values) if values else math.nan
    return row


def environment() -> dict[str, str]:
    """Versions, device and precision: what figures depend on besides model and protocol."""
    import flax
    import numpy as np

    device = jax.devices()[0]
    return {
        "srzoo_jax": srzoo_jax.__version__,
        "jax": jax.__version__,
        "flax": flax.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": f"{device.platform}: {device.device_kind}",
        "precision": "float32",
    }


def table(summary: Sequence[Mapping], protocol: Protocol) -> str:
    """A Markdown table, also for the terminal; columns that say nothing are left out."""
    scores = {m.name: (m.column(luma=protocol.luma), f".{m.digits}f") for m in protocol.metrics}
    headings = _HEADINGS | scores | _MEASURED
    shown = [name for name in headings if any(row.get(name) not in (None, 0) for row in summary)]
    return tabulate.tabulate(
        [[row.get(name) for name in shown] for row in summary],
        headers=[headings[name][0] for name in shown],
        floatfmt=[headings[name][1] or "g" for name in shown],
        tablefmt="github",
    )


def write(folder: str | os.PathLike, records: Sequence[Record], protocol: Protocol) -> list[dict]:
    """Writes summary.json, summary.csv and summary.md; returns the rows."""
    folder, summary, made_by = Path(folder), rows(records, protocol), environment()
    chosen = _said(protocol) | {"digest": protocol.digest}
    content = {"rows": summary, "protocol": chosen, "environment": made_by}
    files.write_atomically(folder / "summary.json", json.dumps(content, indent=1) + "\n")
    files.write_atomically(folder / "summary.csv", as_csv(summary))
    files.write_atomically(folder / "summary.md", _markdown(summary, protocol, made_by))
    return summary


def as_csv(rows: Sequence[Mapping]) -> str:
    """Rows as CSV, with a line of all names that occur."""
    text = io.StringIO()
    columns = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _markdown(summary: Sequence[Mapping], protocol: Protocol, made_by: Mapping[str, str]) -> str:
    notes = [f"- protocol: {caption(protocol)}"]
    notes += [f"  - {name}: {value}" for name, value in _said(protocol).items() if name != "name"]
    notes += [f"- {name}: {value}" for name, value in made_by.items()]
    return "\n".join([table(summary, protocol), "", *notes, ""])


def _said(protocol: Protocol) -> dict:
    return {"name": protocol.name, "source": protocol.source} | protocol.choices()


def caption(protocol: Protocol) -> str:
    """The protocol's name and digest, as they stand under every table."""
    return f"{protocol.name} ({protocol.digest})"
