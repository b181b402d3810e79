"""Records -> rows: means over the images of each model and data set, beside reported figures."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence

from srzoo_jax import reported
from srzoo_jax.protocols import Protocol
from srzoo_jax.timing import spread

Record = Mapping
Row = dict

DEVICES = ("cpu", "gpu", "tpu")
"""Kinds of devices that records tell times of."""
GROUP = ("dataset", "scale", "lr")
"""What rows that can be compared have in common."""
_IDENTITY = (
    *("model", *GROUP, "protocol", "protocol_digest"),
    "parameters",
    "parameter_count",
    "backend",
    "precision",
)


def rows(records: Iterable[Record], protocol: Protocol) -> list[Row]:
    """One row for each model and data set; data sets as they come, models from the best down.

    Besides means of the protocol's metrics, a row has figures that the authors report and the
    `difference` of PSNR to them; the `gain` of PSNR over bicubic interpolation, where that was
    scored, too; times; and how many images were scored or are errors.

    Raises:
        ValueError: A record is of another protocol.
    """
    grouped: dict[tuple, dict[tuple, list[Record]]] = {}
    for record in records:
        if record["protocol_digest"] != protocol.digest:
            raise ValueError(
                f"a record of protocol {record['protocol']} ({record['protocol_digest']}) is not"
                f" of {protocol.name} ({protocol.digest})"
            )
        group = grouped.setdefault(tuple(record[name] for name in GROUP), {})
        group.setdefault(tuple(record.get(name) for name in _IDENTITY), []).append(record)
    return [
        row
        for group in grouped.values()
        for row in _ranked([_row(found, protocol) for found in group.values()], protocol)
    ]


def _ranked(group: list[Row], protocol: Protocol) -> list[Row]:
    """The rows of one data set from the best down, each with its gain over bicubic."""
    baseline = next((row for row in group if row["model"] == f"bicubic_x{row['scale']}"), {})
    for row in group:
        if row is not baseline and "psnr" in baseline:
            row["gain"] = row["psnr"] - baseline["psnr"]
    first = protocol.metrics[0]
    sign = 1 if first.better == "higher" else -1
    unscored = [row for row in group if math.isnan(row[first.name])]
    scored = [row for row in group if not math.isnan(row[first.name])]
    return sorted(scored, key=lambda row: sign * row[first.name], reverse=True) + unscored


def _row(records: Sequence[Record], protocol: Protocol) -> Row:
    first, scored = records[0], [record for record in records if record["status"] == "ok"]
    row = {name: first.get(name) for name in _IDENTITY}
    row |= {"images": len(scored), "errors": len(records) - len(scored)}
    figures = reported.figures(first["model"], first["dataset"], first["lr"])
    if figures:
        row |= {"reported_psnr": figures.psnr, "reported_ssim": figures.ssim}
    rate = ["bpp"] if any("bpp" in record for record in scored) else []
    for name in (*(metric.name for metric in protocol.metrics), *rate):
        row[name] = _mean(scored, name)
    if figures and "psnr" in row:
        row["difference"] = row["psnr"] - figures.psnr
    if scored and all("authors_protocol" in record for record in scored):
        row["authors_protocol"] = scored[0]["authors_protocol"]
        names = [name for name in ("authors_psnr", "authors_ssim") if name in scored[0]]
        row |= {name: _mean(scored, name) for name in names}
    if reasons := dict.fromkeys(one["undefined"] for one in scored if "undefined" in one):
        row["undefined"] = "; ".join(reasons)
    for device in DEVICES:
        timed = [record for record in scored if f"{device}_seconds" in record]
        row |= _times(timed, device) if timed else {}
    return row


def _mean(records: Sequence[Record], name: str) -> float:
    return statistics.fmean(record[name] for record in records) if records else math.nan


def _timed_sides(record: Record, device: str) -> tuple[int, int]:
    """Height and width of SR as it was timed: on a canvas, those of the canvas."""
    canvas = record.get(f"{device}_canvas")
    if canvas is None:
        return record["height"], record["width"]
    height, width = (record["scale"] * int(side) for side in canvas.split("x"))
    return height, width


def _times(records: Sequence[Record], device: str) -> dict[str, float]:
    """Medians over the images; the spread is that of the images' seconds per megapixel of SR."""
    seconds = [record[f"{device}_seconds"] for record in records]
    sides = [_timed_sides(record, device) for record in records]
    relative = [
        1e6 * t / (height * width) for t, (height, width) in zip(seconds, sides, strict=True)
    ]
    programs = (record[f"{device}_compile_seconds"] for record in records)
    compiled = dict(zip(sides, programs, strict=True))
    return {
        f"{device}_seconds": statistics.median(seconds),
        f"{device}_seconds_per_megapixel": statistics.median(relative),
        f"{device}_seconds_per_megapixel_spread": spread(relative),
        f"{device}_compile_seconds": sum(compiled.values()),
    }
