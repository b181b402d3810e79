"""Records of `conversion` as a document."""

import datetime
from collections.abc import Mapping, Sequence

import tabulate

from tests.export.conversion import SIZE

_HEAD = """# What other runtimes give

Written by `python -m tests.export --document=EXPORTS.md` on {date} ({versions}).

Every network of the catalogue at its full size, with random parameters, as a file of every format.
`error` is the largest difference of what the file gives, run by ONNX Runtime, by JAX out of the
StableHLO, and by LiteRT, from what the model gives in JAX, of the standard deviation of that. The
size of the image, {size}, was not known when the files were written.

{table}

{notes}
"""
_NAMES = {"onnx": "ONNX", "stablehlo": "StableHLO", "litert": "LiteRT"}


def written(
    records: Sequence[dict], representatives: Mapping[str, str], versions: Mapping[str, str]
) -> str:
    """Returns the document.

    Args:
        records: Of `conversion.outcomes`, of some rows or all.
        representatives: Of `conversion.representatives`.
        versions: Of the packages that took part.
    """
    found = {(record["model"], record["format"]): record for record in records}
    rows, reasons, missing = [], {}, []
    for name in dict.fromkeys(representatives.values()):
        same = [other for other, first in representatives.items() if first == name]
        if (name, "onnx") not in found:
            missing += same
            continue
        parameters = found[name, "onnx"].get("parameters", 0)
        row = [", ".join(same), f"{parameters / 1e6:.2f}"]
        for form in _NAMES:
            record = found[name, form]
            row += _cells(record)
            if reason := record.get("failed") or record.get("refused"):
                reasons.setdefault((_NAMES[form], "failed" in record, reason), []).extend(same)
        rows.append(row)
    notes = [_reason(*key, names) for key, names in reasons.items()]
    if missing:
        notes.append(f"- Not tried yet: {', '.join(missing)}.")
    headings = ["model", "parameters (M)"]
    for title in _NAMES.values():
        headings += [f"{title} (MB)", "error"]
    return (
        _HEAD.format(
            date=datetime.date.today(),
            versions=", ".join(f"{package} {version}" for package, version in versions.items()),
            size=f"{SIZE[0]}x{SIZE[1]}",
            table=tabulate.tabulate(rows, headings, tablefmt="github", disable_numparse=True),
            notes="\n".join(notes),
        ).rstrip()
        + "\n"
    )


def _cells(record: dict) -> list[str]:
    if "failed" in record:
        return ["none", ""]
    one = "" if record["sizes"] == "any" else ", one size"
    error = f"{record['error']:.0e}" if record["error"] else "0"
    return [f"{record['bytes'] / 1e6:.2f}{one}", error]


def _reason(title: str, failed: bool, reason: str, names: Sequence[str]) -> str:
    what = "no file" if failed else f"a file for one size, here {SIZE[0]}x{SIZE[1]}"
    return f"- {title}, {', '.join(names)}: {what}. {reason}"
