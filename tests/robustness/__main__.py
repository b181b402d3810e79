"""Tries what goes wrong in the world, and writes down what became of it.

python -m tests.robustness --document=ROBUSTNESS.md

--only=memory,determinism tries some parts and leaves what the document says of the others.
"""

import platform
import tempfile
from pathlib import Path

import tabulate
import tqdm
from absl import app, flags

from srzoo_jax import files
from tests.robustness import apps, determinism, downloads, faults, fuzz, images, kills, memory

_DOCUMENT = flags.DEFINE_string("document", "ROBUSTNESS.md", "Where to write the tables.")
_FILES = flags.DEFINE_integer("files", 100_000, "Mutated checkpoints to read.")
_KILLS = flags.DEFINE_integer("kills", 20, "Of each app.")
_DOWNLOADS = flags.DEFINE_integer("downloads", 50, "Kills of a download.")
_MANY = flags.DEFINE_integer("many", 1000, "Images of one run whose memory is watched.")
_ONLY = flags.DEFINE_list("only", None, "Parts to try; default: all.")


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


def _faults() -> str:
    rows = []
    for name in tqdm.tqdm(faults.FAULTS, desc="faults", unit="fault"):
        with tempfile.TemporaryDirectory() as folder:
            possible = faults.possible(name)
            if possible:
                faults.prepare(Path(folder))
            message = faults.told(name, Path(folder)) if possible else "needs the right to mount"
        rows.append((name, faults.FAULTS[name].app, message))
    return _table(rows, ("fault", "app", "the line that it ends with"))


def _determinism(runs: int = 3) -> str:
    rows = []
    for name in ("evaluate", "upscale", "perturb"):
        with tempfile.TemporaryDirectory() as folder:
            number = determinism.files(name, Path(folder), runs)
        rows.append((f"{name}, {runs} runs", f"{number} files, equal byte for byte"))
    difference = determinism.batched()
    rows.append(
        ("batch of 8 and each image alone", f"largest difference {difference:g}; embedded models")
    )
    determinism.devices()
    rows.append(("4 devices and 1", "equal; RCAN, which sums over images in parts, within 1e-6"))
    return _table(rows, ("what", "outcome"))


def _memory(images: int) -> str:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        memory.prepare(Path(folder), images)
        for name in memory.APPS:
            found = memory.grown(name, Path(folder), images)
            rows.append((name, images, memory.SIZES, *(f"{value:.1f}" for value in found)))
    after = ("a tenth", "half", "95 %")
    return _table(rows, ("app", "images", "sizes", *(f"MB after {part}" for part in after)))


def main(_) -> None:
    """Every section is a real run; a defect ends it with an error, or stands in the table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sections = {
            "photographs": lambda: _images(folder),
            "bombs": lambda: _bombs(folder),
            "checkpoints": lambda: f"{_FUZZ}\n\n{_fuzz(_FILES.value)}",
            "kills": lambda: _kills(_KILLS.value),
            "downloads": lambda: _downloads(_DOWNLOADS.value, folder / "downloads"),
            "faults": lambda: f"{_FAULTS}\n\n{_faults()}",
            "determinism": lambda: f"{_DETERMINISM}\n\n{_determinism()}",
            "memory": lambda: _memory(_MANY.value),
        }
        unknown = {*(_ONLY.value or ())} - sections.keys()
        if unknown:
            raise app.UsageError(f"--only={','.join(unknown)}: parts are {', '.join(sections)}")
        contents = _contents(Path(_DOCUMENT.value))
        for name in _ONLY.value or sections:
            contents[_TITLES[name]] = sections[name]()
    command = "python -m tests.robustness --document=ROBUSTNESS.md"
    head = f"# What it survives\n\nWritten by `{command}` ({_machine()}).\n"
    titles = [title for title in _TITLES.values() if title in contents]
    body = "".join(f"\n## {title}\n\n{contents[title]}\n" for title in titles)
    files.write_atomically(_DOCUMENT.value, head + body)
    print(body)


def _contents(document: Path) -> dict[str, str]:
    """What a document says already, by title."""
    if not document.is_file():
        return {}
    _, *parts = document.read_text().split("\n## ")
    return {title: content.strip() for title, _, content in (p.partition("\n") for p in parts)}


_TITLES = {
    "photographs": "Photographs, by `srzoo upscale`",
    "bombs": "Decompression bombs",
    "checkpoints": "Mutated checkpoints",
    "kills": "Kills (-9)",
    "downloads": "Downloads",
    "faults": "Faults of the machine, and slips",
    "determinism": "The same bits again, on CPU",
    "memory": "Memory over many images",
}
_FUZZ = (
    "Bit flips, truncations, splices, repetitions and lying numbers. Reading may end in an error"
    " of the documented types, within 2 s of processor time and twice the file + 64 MB, without"
    " running, writing or importing anything."
)
_FAULTS = (
    "Full disks are real ones of 1 MB or 100 kB. Nothing of what was written before is lost, no"
    " temporary file stays, and a traceback is shown with `--debug` alone."
)
_DETERMINISM = (
    "On GPUs the flag `--deterministic` of all apps asks for as much; records and reports say so."
    " Convolutions of maps of fewer than about 100 pixels round by the batch still: RFDN and RLFN,"
    " below some 48 LR pixels a side, by up to 5e-6 of the image's standard deviation."
)


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"


if __name__ == "__main__":
    app.run(main)
