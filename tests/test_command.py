import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]


@pytest.fixture
def srzoo(tmp_path):
    """Runs the command `srzoo` in an empty folder."""

    def run(*arguments):
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import experiments.__main__ as m; "
        return subprocess.run(
            [sys.executable, "-c", code + "m.main()", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    return run


def test_apps_are_listed_and_misspelt_ones_answered(srzoo):
    assert "upscale " in srzoo().stdout
    wrong = srzoo("upscal", "photo.jpg")
    assert wrong.returncode == 1 and wrong.stderr.endswith("did you mean upscale?\n")


def test_photographs_are_upscaled_and_bad_ones_reported(srzoo, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 9, 4), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "clear.png")
    Image.fromarray(pixels[..., 0]).save(tmp_path / "grey.png")
    (tmp_path / "bad.png").write_text("no image")
    done = srzoo("upscale", "--model=bicubic_x4", ".", "--output=out", "--scale=3")
    assert done.returncode == 3, done.stderr
    assert "bad.png: error: bad.png cannot be read as an image" in done.stderr
    modes = {path.name: Image.open(path) for path in (tmp_path / "out").iterdir()}
    assert {name: (i.mode, i.size) for name, i in modes.items()} == {
        "clear.png": ("RGBA", (27, 18)),
        "grey.png": ("L", (27, 18)),
    }
    whole = tmp_path / "whole.jpg"
    Image.new("RGB", (64, 64), "red").save(whole)
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:-20])
    damaged = srzoo("upscale", "--model=bicubic_x4", "cut.jpg", "--output=cut.png", "--damaged")
    assert damaged.returncode == 0, damaged.stderr
    assert Image.open(tmp_path / "cut.png").getpixel((0, 0)) == pytest.approx((254, 0, 0), abs=2)
    again = srzoo("upscale", "--model=bicubic_x4", "grey.png", "--output=out", "--skip_existing")
    assert again.returncode == 0 and "grey.png" not in again.stdout


def test_errors_are_one_line(srzoo):
    for arguments, message in {
        ("--model=bicubic_x4",): "error: what shall be restored?",
        ("--model=bicubic_x4", "none.png"): "error: there is no file or folder none.png",
        ("--model=bicubic_x5", "none.png"): "error: no model is called 'bicubic_x5'; nearest:",
    }.items():
        failed = srzoo("upscale", *arguments)
        assert failed.returncode == 1 and failed.stderr.startswith(message)
        assert failed.stderr.count("\n") == 1


def test_a_missing_extra_is_named(srzoo, tmp_path):
    (tmp_path / "onnx.py").write_text("raise ModuleNotFoundError(name='onnx')")
    failed = srzoo("export", "--model=bicubic_x4", "--format=onnx", "--output=a.onnx")
    assert failed.returncode == 1
    assert failed.stderr == ("error: this needs the package onnx: pip install 'srzoo_jax[onnx]'\n")
