"""Models of the catalogue, or ported under a name of their own, evaluated."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import wait
from functools import partial
from itertools import groupby
from pathlib import Path

import jax
import jax.numpy as jnp

from srzoo_jax import backends, pipeline, reported, zoo
from srzoo_jax import image as images
from srzoo_jax.evaluation.planning import Job, scored_on, shown, sizes
from srzoo_jax.evaluation.record import Record, finished, ready
from srzoo_jax.evaluation.steps import Run, Subject, read, restored, scored
from srzoo_jax.execution import PROGRAMS
from srzoo_jax.protocols import Protocol
from srzoo_jax.sizes import Size


def evaluate(
    jobs: Iterable[Job],
    protocol: Protocol,
    known: Iterable[Record] = (),
    save_dir: str | os.PathLike | None = None,
    *,
    scenes_dir: str | os.PathLike | None = None,
    scene_count: int = 5,
    repeats: int = 1,
    devices: Sequence[jax.Device] | None = None,
    explain: bool = False,
    backend: str | None = None,
    precision: str = "float32",
    programs: int = PROGRAMS,
    batch: int = 1,
    size_counts: Mapping[str, Counter[Size]] | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Iterator[tuple[Record, bool]]:
    """Restores and scores; yields for every job its record and whether it is a new one.

    A bad image, or a model that fails on it, gives a record of status "error" and does not stop
    the others. Where nothing is timed, images are read, scored and written beside restoring.

    Args:
        jobs: The plan; jobs of one model follow each other.
        protocol: How to compare.
        known: Records of an earlier run; those that still hold, and have all that is asked for
            here, are given back.
        save_dir: Where to write SR images to, as `<model>/<dataset>/<image>.png`; default: none
            are written. A record of an image that is not there does not hold.
        scenes_dir: Where to keep crops for a report; default: none are kept. A record of a crop
            that is not there does not hold.
        scene_count: How many images of each data set to keep crops of.
        repeats: How many runs are timed, beside the first of a program; 0: no time is told.
        devices: Where the models run; the first one's images count, all are timed. Default: JAX's
            default device.
        explain: Score by the protocol of the model's authors, too, where it is known.
        backend: The runtime, one of `backends.BACKENDS`, which records then name; default: the
            models as they are, in JAX.
        precision: Of convolutions, one of `models.convolution.PRECISIONS`; records name another one
            than float32.
        programs: How many programs images of all sizes share, at most, to be restored (see
            `execution`) and to be scored.
        batch: How many images of one size are restored together; 0: as many as fit into memory.
        size_counts: If these jobs are a part of a plan, the `planning.sizes` of all of it, so that
            programs, and with them the last bits of some models, are those of the whole plan.
        tell: Is given a line on the programs of each model.

    Raises:
        ValueError: There is no such backend or precision.
        OSError: It is not installed.
    """
    jobs, devices = list(jobs), devices or jax.devices()[:1]
    run = Run(
        protocol=protocol,
        done=finished(known),
        platforms=backends.platforms(backend, devices),
        save_dir=save_dir and Path(save_dir),
        scenes_dir=scenes_dir,
        in_scenes=shown(jobs, scene_count) if scenes_dir else set(),
        repeats=repeats,
        backend=backend,
        precision=precision,
    )
    for model, group in groupby(jobs, lambda job: job.model):
        of_model, scale = list(group), zoo.entry(model).scale
        counts = (size_counts or sizes(of_model))[model]
        new = sizes(job for job in of_model if not run.may_have(job)).get(model, ())
        canvases = scored_on(counts, programs, scale)
        authors = reported.protocol(model) if explain else None
        wanted = {canvases[size] for size in new if size in canvases}
        # On the core that loading and tracing the model leave idle.
        scoring = pipeline.beside(ready, (protocol, authors), wanted, scale)
        running = {"sizes": counts.elements(), "programs": programs, "batch": batch}
        running |= {"repeats": repeats, "precision": precision}
        executors = backends.executors(model, backend or "jax", devices, **running)
        subject = _subject(model, executors, canvases, authors)
        for executor in executors.values():
            executor.compile(new)
        wait([scoring])  # What fails there fails again, and is told, where an image is scored.
        # Threads at work beside would be timed, too.
        depth = 0 if repeats else pipeline.AHEAD
        steps = pipeline.ahead(partial(read, run, subject), of_model, depth)
        outcomes = restored(subject, steps, max(e.batch for e in executors.values()))
        yield from pipeline.ahead(partial(scored, run, subject), outcomes, depth)
        for platform, executor in executors.items():
            if line := executor.told():
                tell(f"{model} {precision} on {platform}: {line}")


def warm_up(
    jobs: Iterable[Job],
    protocol: Protocol,
    *,
    repeats: int = 1,
    devices: Sequence[jax.Device] | None = None,
    explain: bool = False,
    precision: str = "float32",
    programs: int = PROGRAMS,
    batch: int = 1,
) -> Iterator[str]:
    """Compiles what `evaluate` will run, into JAX's cache; yields a line a model."""
    running = {"repeats": repeats, "precision": precision, "programs": programs, "batch": batch}
    for model, counts in sizes(jobs).items():
        running["sizes"] = counts.elements()
        found = backends.executors(model, "jax", devices or jax.devices()[:1], **running)
        for executor in found.values():
            executor.compile(counts)
        scale, authors = zoo.entry(model).scale, reported.protocol(model) if explain else None
        ready((protocol, authors), {*scored_on(counts, programs, scale).values()}, scale)
        for platform, executor in found.items():
            yield f"{model} {precision} on {platform}: {executor.told()}"


def _subject(
    model: str,
    executors: dict[str, backends.Executor],
    canvases: Mapping[Size, Size],
    authors: Protocol | None,
) -> Subject:
    row, rate = zoo.entry(model), zoo.rate(model)
    if rate is not None:
        _, params = zoo.load(model)
        jitted = jax.jit(rate)
        rate = lambda lr: jitted(params, jnp.asarray(images.from_bytes(lr)[None]))  # noqa: E731
    return Subject(
        name=model,
        scale=row.scale,
        canvases=canvases,
        digest=zoo.digest(model),
        parameter_count=zoo.parameter_count(row),
        executors=executors,
        rate=rate,
        authors=authors,
    )
