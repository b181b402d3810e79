"""The same bits again: in every run, in every batch, on every number of devices."""

from pathlib import Path

import jax
import numpy as np

from srzoo_jax import zoo
from srzoo_jax.catalogue import EMBEDDED
from srzoo_jax.models.convolution import shortcuts
from tests import test_devices
from tests.robustness import apps, kills

SIZES = ((24, 32), (37, 50), (64, 64))
"""Of LR images; the first has too few pixels for XLA's usual ways."""
_MORE = {"evaluate": ("--time_repeats=0", "--save_sr")}


def files(name: str, folder: Path, runs: int) -> int:
    """Runs an app several times; returns how many files it writes, each time byte for byte alike.

    Raises:
        AssertionError: A file differs, or a run failed.
    """
    app = apps.prepared(name, folder)
    app = app._replace(arguments=(*app.arguments, *_MORE.get(name, ())))
    found = []
    for number in range(runs):
        out = folder / f"run{number}"
        process = kills.start(app, out)
        _, errors = process.communicate()
        assert process.returncode == 0, errors
        paths = sorted(path for path in out.rglob("*") if path.is_file())
        found.append({str(path.relative_to(out)): path.read_bytes() for path in paths})
    for other in found[1:]:
        differing = [name for name in found[0] if other.get(name) != found[0][name]]
        assert not differing and other.keys() == found[0].keys(), f"{name}: {differing}"
    return len(found[0])


def batched(images: int = 8) -> float:
    """Returns the greatest difference of an image in a batch and alone, of all embedded models."""
    rng, worst = np.random.default_rng(0), 0.0
    for name in EMBEDDED:
        restore, params = zoo.load(name)
        for size in SIZES:
            batch = rng.random((images, *size, 3), np.float32)
            for fast in (True, False):
                with shortcuts(fast):
                    run = jax.jit(restore)
                    together = np.asarray(run(params, batch))
                    alone = [np.asarray(run(params, batch[i : i + 1])) for i in range(images)]
                worst = max(worst, float(abs(together - np.concatenate(alone)).max()))
    return worst


def devices() -> None:
    """Compares four devices with one, each in a process of its own.

    Raises:
        AssertionError: They differ.
    """
    test_devices.test_four_devices_equal_one()
