"""Converts every row of the catalogue to every format, runs the files, and writes what came of it.

python -m tests.export --document=EXPORTS.md
"""

import importlib.metadata
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import tqdm
from absl import app, flags

from srzoo_jax import export, files, records
from srzoo_jax.catalogue import CATALOGUE
from tests.export import conversion, document

_DOCUMENT = flags.DEFINE_string("document", "EXPORTS.md", "Where to write the table.")
_RECORDS = flags.DEFINE_string(
    "records", "results/exports.jsonl", "Rows that are done; run again, it goes on behind them."
)
_ROW = flags.DEFINE_string("row", None, "Convert this row alone, and print records.")


def main(_) -> None:
    """Every row has a process of its own: runtimes may end theirs, and memory is given back."""
    if _ROW.value:
        with tempfile.TemporaryDirectory() as folder:
            for record in conversion.outcomes(CATALOGUE[_ROW.value], Path(folder)):
                print(json.dumps(record), flush=True)
        return
    rows = sorted({*conversion.representatives().values()}, key=conversion.size_of)
    known = records.read(_RECORDS.value)
    with records.appending(_RECORDS.value, known) as append:
        done = {record["model"] for record in known}
        for name in tqdm.tqdm([name for name in rows if name not in done], unit="model"):
            for record in _apart(name):
                known.append(record)
                append(record)
    packages = ("jax", "onnx", "onnxruntime", "litert-converter", "ai-edge-litert")
    versions = {package: importlib.metadata.version(package) for package in packages}
    content = document.written(known, conversion.representatives(), versions)
    files.write_atomically(_DOCUMENT.value, content)
    print(content)


def _apart(name: str) -> list[dict]:
    command = [sys.executable, "-m", "tests.export", f"--row={name}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    missing = [*export.FORMATS][len(found) :]
    failed = f"the process ended with {done.returncode}"
    return found + [{"model": name, "format": form, "failed": failed} for form in missing]


if __name__ == "__main__":
    app.run(main)
