"""The files of a report."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from srzoo_jax import files
from srzoo_jax.protocols import Protocol
from srzoo_jax.report import figures, page
from srzoo_jax.report.environment import environment
from srzoo_jax.report.summary import Record, Row, rows
from srzoo_jax.report.tables import as_csv, caption, remarks, table

SCENES = "scenes"
"""The folder of crops in that of the report."""


def write(folder: str | os.PathLike, records: Sequence[Record], protocol: Protocol) -> list[Row]:
    """Writes summary.json, .csv and .md, figures/ and report.html; returns the rows.

    Args:
        folder: Where to; the crops that records name lie in `scenes/` there.
        records: As `evaluation` gives them.
        protocol: That they are by.

    Raises:
        ValueError: A record is of another protocol.
    """
    folder, summary, made_by = Path(folder), rows(records, protocol), environment()
    choices = {"name": protocol.name, "source": protocol.source} | protocol.choices()
    content = {
        "rows": summary,
        "protocol": choices | {"digest": protocol.digest},
        "environment": made_by,
    }
    files.write_atomically(folder / "summary.json", json.dumps(content, indent=1) + "\n")
    files.write_atomically(folder / "summary.csv", as_csv(summary))
    files.write_atomically(folder / "summary.md", _markdown(summary, protocol, choices, made_by))
    drawings = figures.draw(summary, records, protocol)
    for name, drawing in drawings.items():
        for suffix in ("svg", "png"):
            files.write_atomically(
                folder / "figures" / f"{name}.{suffix}", figures.encode(drawing, suffix)
            )
    text = page.build(summary, records, protocol, made_by, drawings, folder / SCENES)
    files.write_atomically(folder / "report.html", text)
    return summary


def _markdown(
    summary: Sequence[Mapping], protocol: Protocol, choices: Mapping, made_by: Mapping[str, str]
) -> str:
    notes = [f"- protocol: {caption(protocol)}"]
    notes += [f"  - {name}: {value}" for name, value in choices.items() if name != "name"]
    notes += [f"- {name}: {value}" for name, value in made_by.items()]
    marks = [f"{remark}\n" for remark in remarks(summary)]
    return "\n".join([table(summary, protocol), "", *marks, *notes, ""])
