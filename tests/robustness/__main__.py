"""Tries what goes wrong in the world, and writes down what became of it.

python -m tests.robustness --document=ROBUSTNESS.md
"""

import platform
import tempfile
from pathlib import Path

import tabulate
import tqdm
from absl import app, flags

from srzoo_jax import files
from tests.robustness import apps, downloads, fuzz, images, kills

_DOCUMENT = flags.DEFINE_string("document", "ROBUSTNESS.md", "Where to write the tables.")
_FILES = flags.DEFINE_integer("files", 100_000, "Mutated checkpoints to read.")
_KILLS = flags.DEFINE_integer("kills", 20, "Of each app.")
_DOWNLOADS = flags.DEFINE_integer("downloads", 50, "Kills of a download.")


def _table(rows, headers) -> str:
    return tabulate.tabulate(rows, headers, tablefmt="github", disable_numparse=True)


def _images(folder: Path) -> str:
    rows = [(name, images.outcome(name, folder)) for name in images.KINDS]
    return _table(rows, ("file", "written as PNG, x2"))


def _bombs(folder: Path) -> str:
    rows = []
    for name in images.BOMBS:
        reason, seconds, megabytes = images.defused(name, folder)
        rows.append((name, f"refused: {reason}", f"{1000 * seconds:.1f}", f"{megabytes:.1f}"))
    return _table(rows, ("file", "outcome", "ms", "memory (MB)"))


def _fuzz(files: int) -> str:
    chunk = 10_000
    counts: dict = {}
    for first in tqdm.trange(0, files, chunk, desc="mutated files", unit="chunk"):
        for name, outcomes in fuzz.run(min(chunk, files - first), first).items():
            counts.setdefault(name, {})
            for outcome, number in outcomes.items():
                counts[name][outcome] = counts[name].get(outcome, 0) + number
    rows = []
    for name, outcomes in sorted(counts.items()):
        others = {k: n for k, n in outcomes.items() if k not in ("read", "refused")}
        defects = "; ".join(f"{number} x {what}" for what, number in others.items()) or "0"
        total, refused = sum(outcomes.values()), outcomes.get("refused", 0)
        rows.append((name, total, refused, outcomes.get("read", 0), defects))
    rows.append(("all", sum(row[1] for row in rows), sum(row[2] for row in rows), "", ""))
    return _table(rows, ("container", "files", "refused", "still read", "anything else"))


def _kills(number: int) -> str:
    rows = []
    for name in tqdm.tqdm(apps.APPS, desc="killed apps", unit="app"):
        with tempfile.TemporaryDirectory() as folder:
            app_ = apps.prepared(name, Path(folder))
            struck = kills.survived(app_, Path(folder), number)
        rows.append((name, number, struck, "equals the unbroken run"))
    return _table(rows, ("app", "kills", "while it ran", "result of the run after"))


def _downloads(number: int, folder: Path) -> str:
    server, address = downloads.serve()
    rows = [
        (f"file {fault}", downloads.refused(address, folder, fault)) for fault in downloads.FAULTS
    ]
    struck = downloads.killed(address, folder, number)
    server.shutdown()
    rows.append((f"killed {number} times, {struck} of them under way", "whole file or nothing"))
    return _table(rows, ("fault", "outcome"))


def main(_) -> None:
    """Every section is a real run; a defect ends it with an error, or stands in the table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sections = {
            "Photographs, by `srzoo upscale`": _images(folder),
            "Decompression bombs": _bombs(folder),
            "Mutated checkpoints": f"{_FUZZ}\n\n{_fuzz(_FILES.value)}",
            "Kills (-9)": _kills(_KILLS.value),
            "Downloads": _downloads(_DOWNLOADS.value, folder / "downloads"),
        }
    command = "python -m tests.robustness --document=ROBUSTNESS.md"
    head = f"# What it survives\n\nWritten by `{command}` ({_machine()}).\n"
    body = "".join(f"\n## {name}\n\n{content}\n" for name, content in sections.items())
    files.write_atomically(_DOCUMENT.value, head + body)
    print(body)


_FUZZ = (
    "Bit flips, truncations, splices, repetitions and lying numbers. Reading may end in an error"
    " of the documented types, within 2 s of processor time and twice the file + 64 MB, without"
    " running, writing or importing anything."
)


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"


if __name__ == "__main__":
    app.run(main)
