"""Machines that fail: full disks, no rights, no network, little memory; and slips of users.

Each is a real run of an app, whose last words are looked at.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from PIL import Image

from tests.robustness import kills

ROOT = Path(__file__).parents[2]


class Fault(NamedTuple):
    """What goes wrong, and the app that meets it.

    In arguments, `{bad}` is the place that is at fault, `{good}` a folder with four images of
    100x100 pixels. `kept` are files that must be there afterwards, whole, below `{bad}`.
    """

    app: str
    arguments: tuple[str, ...]
    place: str = ""
    """Of `PLACES`; empty: an empty folder."""
    kept: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})
    memory: int | None = None
    """Bytes of addresses that the app may have."""


def _disk(size: str) -> Callable:
    @contextlib.contextmanager
    def mounted(folder: Path) -> Iterator[list[str]]:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        subprocess.run(command, check=True, capture_output=True)
        try:
            yield []
        finally:
            subprocess.run(["umount", str(folder)], check=True)

    return mounted


@contextlib.contextmanager
def _forbidden(folder: Path) -> Iterator[list[str]]:
    """Nobody may write there, nor read what is there; of root, this right is taken away."""
    shutil.copy(folder.parent / "good" / "1.png", folder / "secret.png")
    (folder / "secret.png").chmod(0)
    folder.chmod(0o555)
    lost = "-dac_override,-dac_read_search"
    try:
        yield [] if os.geteuid() else ["setpriv", f"--bounding-set={lost}", f"--inh-caps={lost}"]
    finally:
        folder.chmod(0o755)
        (folder / "secret.png").chmod(0o600)


PLACES: dict[str, Callable] = {
    "": lambda folder: contextlib.nullcontext(),
    "disk of 1 MB": _disk("1m"),
    "disk of 100 kB": _disk("100k"),
    "without permission": _forbidden,
}

_UPSCALE = ("--model=bicubic_x4",)
_OFFLINE = {"HTTPS_PROXY": "http://127.0.0.1:9", "XDG_CACHE_HOME": "{bad}"}
_STUDY = ("--models=bicubic_x2", "--crop=16", "--steps=2", "--alphas=2,4", "--batch=1")
_TRAINING = ("--model=srzoo_ecbsr_x2", "--held_out=1", "--steps=4", "--every=2", "--batch=2")

FAULTS: dict[str, Fault] = {
    "full disk, third of four images": Fault(
        "upscale",
        (*_UPSCALE, "{good}", "--output={bad}"),
        "disk of 1 MB",
        kept=("1.png", "2.png"),
    ),
    "full disk, image by rows": Fault(
        "upscale",
        (*_UPSCALE, "--by_rows", "{good}/1.png", "--output={bad}/1.png"),
        "disk of 100 kB",
    ),
    "full disk, records": Fault(
        "evaluate",
        ("--models=bicubic_x4", "--time_repeats=0", "--out={bad}"),
        "disk of 100 kB",
        kept=("results.jsonl",),
    ),
    "full disk, pictures of attacks": Fault(
        "perturb", (*_STUDY, "--out={bad}"), "disk of 100 kB", kept=("results.jsonl",)
    ),
    "full disk, training": Fault(
        "train",
        (*_TRAINING, "--patch=8", "--train_dirs={good}", "--out={bad}"),
        "disk of 100 kB",
        kept=("log.csv", "settings.json"),
    ),
    "full disk, export": Fault(
        "export",
        ("--model=srzoo_ecbsr_x4", "--format=onnx", "--output={bad}/a.onnx"),
        "disk of 100 kB",
    ),
    "no permission to write": Fault(
        "upscale", (*_UPSCALE, "{good}/1.png", "--output={bad}/1.png"), "without permission"
    ),
    "no permission to read": Fault(
        "upscale", (*_UPSCALE, "{bad}/secret.png", "--output={good}/1_x4.png"), "without permission"
    ),
    "no network, official file": Fault(
        "port", ("--models=edsr_baseline_x2", "--params_dir={good}"), environment=_OFFLINE
    ),
    "no network, data of NIQE": Fault(
        "evaluate", ("--metrics=psnr,niqe", "--out={good}/out"), environment=_OFFLINE
    ),
    "little memory": Fault(
        "upscale",
        (*_UPSCALE, "--max_output=1000", "{good}/large.png", "--output={bad}/1.png"),
        memory=4 << 30,
    ),
    "model that is not ported": Fault("upscale", ("--model=edsr_x4", "{good}/1.png")),
    "model that is unknown": Fault("upscale", ("--model=edsr_x5", "{good}/1.png")),
    "wrong scale": Fault(
        "evaluate",
        ("--sr_dir={good}", "--hr_dir={good}", "--scale=7", "--metrics=psnr", "--out={bad}"),
    ),
    "image that is none": Fault("upscale", (*_UPSCALE, "{good}/text.png", "--output={bad}/a.png")),
}


def possible(name: str) -> bool:
    """Whether this machine can be made to fail so: small disks need the right to mount."""
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(OSError):
        place = FAULTS[name].place
        return not place.startswith("disk") or _mounts(Path(folder), place)
    return False


def _mounts(folder: Path, place: str) -> bool:
    try:
        with PLACES[place](folder):
            return True
    except subprocess.CalledProcessError:
        return False


def prepare(folder: Path) -> None:
    """Makes what the apps read."""
    good = folder / "good"
    good.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(1, 5):
        pixels = rng.integers(0, 256, (100, 100, 3), np.uint8)
        Image.fromarray(pixels).save(good / f"{number}.png")


def told(name: str, folder: Path) -> str:
    """Runs the app; returns the one line that it ends with.

    Raises:
        AssertionError: It ends otherwise; or what was written is lost, or temporary files stay.
    """
    fault = FAULTS[name]
    places = {"good": folder / "good", "bad": folder / "bad"}
    places["bad"].mkdir()
    if "large" in str(fault.arguments):
        Image.new("RGB", (3000, 3000)).save(places["good"] / "large.png")
    if "text" in str(fault.arguments):
        (places["good"] / "text.png").write_text("no image")
    environment = {key: value.format(**places) for key, value in fault.environment.items()}
    with PLACES[fault.place](places["bad"]) as prefix:
        command = [*(prefix or ()), sys.executable, "-m", f"experiments.{fault.app}"]
        if fault.memory:
            command = ["prlimit", f"--as={fault.memory}", *command]
        done = subprocess.run(
            [*command, *(argument.format(**places) for argument in fault.arguments)],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
        )
        found = kills.contents(places["bad"])  # Fails if one is not whole.
        left = [path for path in places["bad"].rglob("*") if _is_temporary(path)]
    lines = [line.partition("error: ")[2] for line in (done.stdout + done.stderr).splitlines()]
    last = next(filter(None, reversed(lines)), "")
    assert done.returncode and last, f"{name}: {done.stderr}"
    assert "Traceback" not in done.stderr, f"{name}: {done.stderr}"
    assert set(fault.kept) <= set(found), f"{name}: lost of {fault.kept}: {sorted(found)}"
    assert not left, f"{name}: left {left}"
    for key, path in {**places, "checkout": ROOT, "home": Path.home()}.items():
        last = last.replace(str(path), key.upper())
    return last


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(".") or "tmp" in path.name
