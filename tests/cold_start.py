"""Set14 x4 by EDSR-baseline, from the command line to the figures: beside eager PyTorch.

    python -m tests.cold_start

Processes run by turns: ours with an empty cache of programs, ours again with that cache, the same
up to the first image alone, PyTorch. Python's modules are compiled to bytecode in a turn before, as
pip leaves them. Parameters are random, and the same for both; both must measure the same PSNR.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

DATA = Path(os.environ.get("SRZOO_SHARED", Path(__file__).parents[2] / "shared")) / "datasets"
TURNS = 5


def torch_run(params_file: str) -> float:
    """What a PyTorch user would write; returns the mean PSNR-Y, and computes SSIM."""
    import imageio.v3 as iio
    import torch
    from safetensors.numpy import load_file
    from skimage.metrics import structural_similarity
    from torch.nn import functional

    flat = {name: torch.from_numpy(array) for name, array in load_file(params_file).items()}
    mean = 255 * torch.tensor((0.4488, 0.4371, 0.4040))[:, None, None]

    def conv(x, name, index=...):
        kernel, bias = (flat[f"{name}/{part}"][index] for part in ("kernel", "bias"))
        kernel = kernel.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
        return functional.conv2d(x, kernel, bias, padding=1)

    def restore(x):
        head = y = conv(x - mean, "head")
        for i in range(len(flat["blocks/conv1/bias"])):
            y = y + conv(conv(y, "blocks/conv1", i).relu(), "blocks/conv2", i)
        y = head + conv(y, "body")
        for name in ("up/conv0", "up/conv1"):
            y = functional.pixel_shuffle(conv(y, name), 2)
        return conv(y, "tail") + mean

    def luma(x):
        x = x[4:-4, 4:-4].astype(float)
        return 16 + x @ np.array((65.481, 128.553, 24.966)) / 255

    found = []
    for path in sorted((DATA / "Set14/LR_bicubic/X4").glob("*.png")):
        hr = iio.imread(DATA / "Set14/HR" / path.name.replace("x4.png", ".png"), mode="RGB")
        x = torch.from_numpy(np.float32(iio.imread(path, mode="RGB"))).permute(2, 0, 1)[None]
        with torch.inference_mode():
            sr = restore(x.contiguous(memory_format=torch.channels_last))
        sr = sr[0].clamp(0, 255).round().permute(1, 2, 0).numpy()
        sr, hr = luma(sr), luma(hr[: sr.shape[0], : sr.shape[1]])
        structural_similarity(sr, hr, gaussian_weights=True, sigma=1.5, data_range=255)
        found.append(10 * np.log10(255**2 / ((sr - hr) ** 2).mean()))
    return statistics.fmean(found)


def first_image(arguments: list[str]) -> None:
    """Runs `evaluate` until an image has been restored."""
    from experiments import app, evaluate

    def main():
        from srzoo_jax.execution import Executor  # Here, as the app has told JAX of its cache now.

        restore = Executor.__call__

        def last(self, *lr):
            restore(self, *lr)
            os._exit(0)

        Executor.__call__ = last
        return evaluate.main()

    sys.argv = ["evaluate", *arguments]
    app.run(main)


def measured(command: list[str], **environment: str) -> tuple[float, float]:
    """Runs a process; returns its seconds of wall time and of CPUs."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | environment | {"PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    from srzoo_jax import costs, params, zoo

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        tree = costs.random_params(zoo.entry("edsr_baseline_x4"))
        file = folder / "edsr_baseline_x4.safetensors"
        params.save(file, {name: leaf for name, leaf in tree.items()}, {"model": file.stem})
        app = [sys.executable, "-m", "experiments.evaluate"]
        same = [sys.executable, "-m", "tests.cold_start"]
        how = ["--models=edsr_baseline_x4", "--datasets=Set14", f"--data_dir={DATA}"]
        how += ["--time_repeats=0", "--scenes=0"]
        found: dict[str, list[tuple[float, float]]] = {}
        for turn in range(1 + TURNS):
            cache, out = (
                f"--{name}={folder / name}{turn}" for name in ("compilation_cache", "out")
            )
            ways = {
                "cold": [*app, *how, cache, out],
                "again": [*app, *how, cache, out, "--fresh"],
                "first image": [*same, *how, cache, out, "--fresh"],
                "torch": [*same, str(file)],
            }
            for name, command in ways.items():
                times = measured(command, SRZOO_PARAMS=str(folder))
                if turn:
                    found.setdefault(name, []).append(times)
        psnr = json.loads((folder / "out0" / "summary.json").read_text())["rows"][0]["psnr"]
    for name, times in found.items():
        wall, cpu = (statistics.median(column) for column in zip(*times, strict=True))
        ratio = statistics.median(
            a / b for (a, _), (b, _) in zip(times, found["torch"], strict=True)
        )
        print(f"{name}: {wall:.1f} s, {cpu:.1f} s of CPUs, {ratio:.2f} of PyTorch's wall time")
    print(f"PSNR-Y: {psnr:.4f} dB")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif len(sys.argv) == 2:
        print(torch_run(sys.argv[1]))
    else:
        first_image(sys.argv[1:])
