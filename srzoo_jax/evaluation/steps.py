"""One image on its way: read, restored, scored."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from srzoo_jax import backends, data, determinism, downscale, files, pipeline, scenes
from srzoo_jax import image as images
from srzoo_jax.evaluation import record as records
from srzoo_jax.evaluation.planning import Job
from srzoo_jax.evaluation.record import Record
from srzoo_jax.protocols import Protocol
from srzoo_jax.sizes import Size
from srzoo_jax.timing import Timing
from srzoo_jax.troubles import OF_AN_IMAGE


@dataclass
class Run:
    """What all images of all models have in common: see `evaluate`."""

    protocol: Protocol
    done: dict[tuple, Record]
    platforms: list[str]
    save_dir: Path | None
    scenes_dir: str | os.PathLike | None
    in_scenes: set[tuple[str, int, str]]
    repeats: int
    backend: str | None
    precision: str
    checked: set[tuple[str, int]] = field(default_factory=set)
    """Sets and scales whose LR has been looked at."""

    def __post_init__(self):
        self._names = {(r["model"], r["dataset"], r["image"]) for r in self.done.values()}

    def may_have(self, job: Job) -> bool:
        """Whether there is a record, which may hold, of a job."""
        return (job.model, job.dataset, job.pair.name) in self._names


class Subject(NamedTuple):
    """A model, ready to run."""

    name: str
    scale: int
    canvases: Mapping[Size, Size]
    """By LR size, those that images are scored on: see `planning.scored_on`."""
    digest: str
    """Of the parameters."""
    parameter_count: int
    executors: dict[str, backends.Executor]
    """By kind of device."""
    rate: Callable | None
    """LR image -> bits per pixel, if it compresses."""
    authors: Protocol | None
    """The protocol of its authors, if it is to be scored by that, too."""


class Step(NamedTuple):
    """What is known of an image before it is restored."""

    record: Record
    """Whole if it is `done`."""
    done: bool = False
    new: bool = True
    lr: np.ndarray | None = None
    hr: np.ndarray | None = None
    saved: Path | None = None
    crop: Path | None = None


def read(run: Run, subject: Subject, job: Job) -> Step:
    """Reads an image, and finds the record that it may have already."""
    dataset, pair, scale = job.dataset, job.pair, subject.scale
    record: Record = {
        "model": subject.name,
        "parameters": subject.digest,
        **({"backend": run.backend} if run.backend else {}),
        **({"precision": run.precision} if run.precision != "float32" else {}),
        **determinism.note(),
        "parameter_count": subject.parameter_count,
        "dataset": dataset,
        "image": pair.name,
        "lr": pair.kernel,
        "inputs": "",
        "scale": scale,
        "protocol": run.protocol.name,
        "protocol_digest": run.protocol.digest,
    }
    saved = run.save_dir and run.save_dir / subject.name / dataset / f"{pair.name}.png"
    crop = None
    if (dataset, scale, pair.name) in run.in_scenes:
        crop = scenes.crop_path(run.scenes_dir, subject.name, dataset, scale, pair.name)
    wanted = {f"{platform}_seconds" for platform in run.platforms if run.repeats}
    wanted |= {"authors_protocol"} if subject.authors else set()
    try:
        lr, hr = data.read(pair, scale)
        if pair.lr is not None and (dataset, scale) not in run.checked:
            run.checked.add((dataset, scale))
            _warn_of_aliasing(dataset, scale, pair.name, lr, hr)
        record["inputs"] = records.digest(lr, hr)
        old = run.done.get(records.identity(record))
        if records.holds(old, wanted, saved, crop):
            return Step(old, done=True, new=False)
        return Step(record, lr=lr, hr=hr, saved=saved, crop=crop)
    except OF_AN_IMAGE as error:
        return Step(_failed(record, error), done=True)


Outcome = tuple[dict[str, tuple[np.ndarray | jax.Array, Timing]], int] | Exception | None
"""By kind of device, what images restored together became; and the number of this one."""


def restored(subject: Subject, steps: Iterable[Step], batch: int) -> Iterator[tuple[Step, Outcome]]:
    """Restores images; those of one size that are near each other together, `batch` at most."""

    def size(step):
        return None if step.done else step.lr.shape

    return pipeline.together(partial(_restored, subject), steps, size, batch)


def _restored(subject: Subject, steps: list[Step]) -> list[tuple[Step, Outcome]]:
    if steps[0].done:
        return [(step, None) for step in steps]
    lr = [step.lr for step in steps]
    try:
        found = {platform: run(*lr) for platform, run in subject.executors.items()}
    except OF_AN_IMAGE as error:
        if len(steps) == 1:
            return [(steps[0], error)]
        # What one of them does to the model shall not be the others' fault.
        return [outcome for step in steps for outcome in _restored(subject, [step])]
    return [(step, (found, number)) for number, step in enumerate(steps)]


def scored(run: Run, subject: Subject, restored: tuple[Step, Outcome]) -> tuple[Record, bool]:
    """Scores and writes; returns the record, and whether it is a new one."""
    step, outcome = restored
    record, lr, hr, scale = step.record, step.lr, step.hr, subject.scale
    if step.done:
        return record, step.new
    try:
        if isinstance(outcome, Exception):
            raise outcome
        found, number = outcome
        first, _ = next(iter(found.values()))
        sr = first[number : number + 1] if len(first) > 1 else first
        scoring = sr, hr, scale, lr, subject.canvases.get(lr.shape[:2])
        record |= records.score(run.protocol, *scoring)
        if subject.authors:
            record |= records.by_authors(subject.authors, *scoring)
        if subject.rate:
            record["bpp"] = float(np.asarray(subject.rate(lr))[0])
        pixels = images.to_bytes(np.asarray(sr)[0]) if step.saved or step.crop else None
        if step.saved:
            files.write_image(step.saved, pixels)
        if step.crop:
            scenes.keep(step.crop, pixels, hr, lr, scale, run.protocol, record["inputs"])
            record["crop"] = step.crop.relative_to(run.scenes_dir).as_posix()
        for platform, (_, timing) in found.items() if run.repeats else ():
            record |= records.times(platform, timing)
        record["status"] = "ok"
    except OF_AN_IMAGE as error:
        record = _failed(record, error)
    return record, True


def _failed(record: Record, error: Exception) -> Record:
    return record | {"status": "error", "error": str(error)}


def _warn_of_aliasing(dataset: str, scale: int, image: str, lr, hr) -> None:
    """Warns if a given LR image looks more like one made without antialiasing."""
    found = downscale.likeness(lr, hr, scale)
    best, *_ = found
    if not downscale.KERNELS[best].antialias:
        figures = ", ".join(f"{name} {psnr:.1f} dB" for name, psnr in found.items())
        warnings.warn(
            f"the LR images of {dataset} x{scale} look as if made by {best}, without antialiasing:"
            f" no figures of the literature are for such. PSNR of {image}'s to HR reduced by:"
            f" {figures}. --lr=matlab_bicubic makes them as usual",
            stacklevel=3,
        )
