"""A whole training: steps, validation and log."""

import csv
import io
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import flax.linen as nn
import jax
import numpy as np

from srzoo_jax import compiling, files, protocols
from srzoo_jax import image as images
from srzoo_jax.protocols import Protocol
from srzoo_jax.training import recipes
from srzoo_jax.training.crops import Crops, Scene
from srzoo_jax.training.recipes import Recipe
from srzoo_jax.training.steps import State, step_of
from srzoo_jax.types import Params


class Report(NamedTuple):
    """One line of the log."""

    step: int
    loss: float
    """Mean since the last line."""
    learning_rate: float
    psnr: float
    """Of the averaged parameters on the images held out, dB; NaN without any."""
    seconds: float
    """Since the training began or went on."""

    def __str__(self):
        return f"step {self.step}: loss {self.loss:.5f}, held out {self.psnr:.3f} dB"


def train(
    model: nn.Module,
    recipe: Recipe,
    state: State,
    crops: Crops,
    validate: Callable[[Params], float],
    *,
    every: int,
) -> Iterator[tuple[State, Report | None]]:
    """Trains from a state to the recipe's last step.

    What a step does depends on the state alone: from a state that was stored and read again, the
    same follows bit for bit on one machine.

    Args:
        model: The network.
        recipe: How.
        state: Where to begin.
        crops: The batches, by number.
        validate: Parameters -> mean PSNR.
        every: Steps between reports.

    Yields:
        After each step the state; with a report every `every` steps and at the end.

    Raises:
        ValueError: The loss is not finite.
    """
    step, rate = step_of(model, recipe), recipes.schedule(recipe)
    begun, losses = time.monotonic(), []
    for number in range(int(state.step), recipe.steps):
        state, loss = step(state, *crops(number))
        losses.append(loss)
        done, report = number + 1, None
        if done % every == 0 or done == recipe.steps:
            mean = float(np.mean(jax.device_get(losses)))
            if not np.isfinite(mean):
                raise ValueError(f"the loss at step {done} is {mean}: lower the learning rate")
            psnr = validate(state.average)
            seconds = round(time.monotonic() - begun, 1)
            report = Report(done, mean, float(rate(number)), psnr, seconds)
            losses = []
        yield state, report


def record(
    state: State, report: Report, log: Callable[[Report], None], save: Callable[[State], None]
) -> None:
    """Logs a report, then saves its state: in this order a kill at any moment loses no line.

    A line without its state is dropped and written again when the training goes on; the line of
    a state that is there would never be made again.
    """
    log(report)
    save(state)


def validation(
    model: nn.Module, scenes: Sequence[Scene], protocol: Protocol
) -> Callable[[Params], float]:
    """Returns parameters -> the mean PSNR of whole images by a protocol; NaN without images."""
    restore = compiling.jit(lambda params, image: model.apply({"params": params}, image))

    def psnr(params, lr, hr):
        lr, hr = (images.from_bytes(image[None]) for image in (lr, hr))
        return protocols.score(protocol, restore(params, lr), hr, scale=model.scale)["psnr"][0]

    def mean(params):
        return float(np.mean([psnr(params, *scene) for scene in scenes])) if scenes else np.nan

    return mean


class Log:
    """Reports as CSV; lines cut short, or of steps that a resumed training does again, go."""

    def __init__(self, path: str | os.PathLike, step: int):
        path = Path(path)
        kept = []
        if path.is_file():
            with path.open(newline="") as file:
                whole = [row for row in csv.DictReader(file) if None not in row.values()]
                kept = [row for row in whole if int(row["step"]) <= step]
        lines = io.StringIO()
        writer = csv.DictWriter(lines, Report._fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
        files.write_atomically(path, lines.getvalue())
        self._file = path.open("a", newline="")
        self._writer = csv.DictWriter(self._file, Report._fields, lineterminator="\n")

    def __call__(self, report: Report) -> None:
        """Adds a line, at once."""
        self._writer.writerow(report._asdict())
        self._file.flush()
