"""Memory of apps over many images: it must not grow with their number."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

SIZES = 40
"""More than programs are kept for."""
APPS = {
    "upscale": ("--model=bicubic_x2", "--input={images}", "--output={out}"),
    "evaluate": (
        *("--models=bicubic_x2", "--datasets=HR", "--data_dir={folder}", "--lr=matlab_bicubic"),
        *("--time_repeats=0", "--scenes=0", "--save_sr", "--out={out}"),
    ),
}


def prepare(folder: Path, images: int) -> None:
    """Writes photographs of noise, of `SIZES` sizes by turns."""
    rng = np.random.default_rng(0)
    (folder / "HR").mkdir(parents=True)
    for number in range(images):
        size = (48 + 2 * (number % SIZES), 64, 3)
        pixels = rng.integers(0, 256, size, np.uint8)
        Image.fromarray(pixels).save(folder / "HR" / f"{number:05}.png")


def grown(name: str, folder: Path, images: int) -> list[float]:
    """Runs an app; returns its resident megabytes after a tenth, a half and nearly all images.

    Raises:
        AssertionError: It failed.
    """
    out, moments = folder / name, [images // 10, images // 2, images - images // 20]
    places = {"images": folder / "HR", "folder": folder, "out": out}
    arguments = [argument.format(**places) for argument in APPS[name]]
    command = [sys.executable, "-m", f"experiments.{name}", *arguments]
    found: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        os.set_blocking(process.stderr.fileno(), False)
        errors = b""
        while process.poll() is None:
            errors = (errors + (process.stderr.read() or b""))[-2000:]
            done = sum(1 for path in out.rglob("*.png") if not path.name.startswith("."))
            if len(found) < len(moments) and done >= moments[len(found)]:
                pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
                found.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
            time.sleep(0.1)
    assert process.returncode == 0 and len(found) == len(moments), errors.decode()
    return found
