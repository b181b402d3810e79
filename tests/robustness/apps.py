"""Small jobs of every app that writes, to be killed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from srzoo_jax import golden
from tests.porting import torch_writer
from tests.robustness.kills import App

_GOLDEN = Path(__file__).parents[1] / "golden" / "carn_m_x4"


def _photographs(folder: Path) -> Path:
    source = folder / "photographs"
    source.mkdir()
    rng = np.random.default_rng(0)
    for number in range(8):
        pixels = rng.integers(0, 256, (40, 48, 3), np.uint8)
        Image.fromarray(pixels).save(source / f"{number}.png")
    return source


def _upscale(folder: Path) -> App:
    source = _photographs(folder)
    return App(
        "upscale", ("--model=bicubic_x4", f"--input={source}", "--output={out}", "--skip_existing")
    )


def _perturb(folder: Path) -> App:
    flags = ("--models=bicubic_x2", "--crop=16", "--steps=2", "--alphas=2,4", "--batch=1")
    return App("perturb", (*flags, "--out={out}"))


def _train(folder: Path) -> App:
    source = _photographs(folder)
    flags = ("--model=srzoo_ecbsr_x2", f"--train_dirs={source}", "--held_out=1", "--steps=12")
    return App("train", (*flags, "--every=4", "--batch=2", "--patch=8", "--out={out}"))


def _evaluate(folder: Path) -> App:
    return App("evaluate", ("--models=bicubic_x4,bicubic_x2", "--out={out}"))


def _port(folder: Path) -> App:
    arrays = golden.arrays(_GOLDEN)
    content = {name: torch_writer.tensor(name, array) for name, array in arrays.items()}
    (folder / "carn_m.pth").write_bytes(torch_writer.zipped(content, arrays))
    flags = ("--models=carn_m_x4", "--unofficial", f"--checkpoint={folder / 'carn_m.pth'}")
    return App("port", (*flags, "--params_dir={out}"))


APPS: dict[str, Callable[[Path], App]] = {
    "evaluate": _evaluate,
    "upscale": _upscale,
    "perturb": _perturb,
    "port": _port,
    "train": _train,
}


def prepared(name: str, folder: Path) -> App:
    """Makes what the app reads, in `folder`."""
    return APPS[name](folder)
