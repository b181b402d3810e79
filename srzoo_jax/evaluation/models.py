"""Models of the catalogue, or ported under a name of their own, evaluated."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import backends, data, determinism, downscale, files, reported, scenes, zoo
from srzoo_jax import image as images
from srzoo_jax.evaluation.planning import Job, shown
from srzoo_jax.evaluation.record import Record, by_authors, digest, finished, holds, identity, score
from srzoo_jax.protocols import Protocol


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
) -> Iterator[tuple[Record, bool]]:
    """Restores and scores; yields for every job its record and whether it is a new one.

    A bad image, or a model that fails on it, gives a record of status "error" and does not stop
    the others.

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
        repeats: How many runs are timed, beside the first of a size; 0: no time is told.
        devices: Where the models run; the first one's images count, all are timed. Default: JAX's
            default device.
        explain: Score by the protocol of the model's authors, too, where it is known.
        backend: The runtime, one of `backends.BACKENDS`, which records then name; default: the
            models as they are, in JAX.

    Raises:
        ValueError: There is no such backend.
        OSError: It is not installed.
    """
    devices = devices or jax.devices()[:1]
    jobs, done = list(jobs), finished(known)
    in_scenes = shown(jobs, scene_count) if scenes_dir else set()
    platforms = backends.platforms(backend, devices)
    wanted = {f"{platform}_seconds" for platform in platforms if repeats}
    current, checked = None, set()
    for job in jobs:
        if job.model != current:
            current, subject = job.model, _load(job.model, backend, devices, repeats)
            theirs = reported.protocol(job.model) if explain else None
        scale, image = zoo.entry(job.model).scale, job.pair.name
        record: Record = {
            "model": job.model,
            "parameters": subject.digest,
            **({"backend": backend} if backend else {}),
            **determinism.note(),
            "parameter_count": subject.size,
            "dataset": job.dataset,
            "image": image,
            "lr": job.pair.kernel,
            "inputs": "",
            "scale": scale,
            "protocol": protocol.name,
            "protocol_digest": protocol.digest,
        }
        saved = save_dir and Path(save_dir) / job.model / job.dataset / f"{image}.png"
        crop = None
        if (job.dataset, scale, image) in in_scenes:
            crop = scenes.crop_path(scenes_dir, job.model, job.dataset, scale, image)
        try:
            lr, hr = data.read(job.pair, scale)
            if job.pair.lr is not None and (key := (job.dataset, scale)) not in checked:
                checked.add(key)
                _warn_of_aliasing(*key, job.pair.name, lr, hr)
            record["inputs"] = digest(lr, hr)
            old = done.get(identity(record))
            theirs_too = {"authors_protocol"} if theirs else set()
            if holds(old, wanted | theirs_too, saved, crop):
                yield old, False
                continue
            sr, times = subject.run(lr)
            record |= score(protocol, sr, hr, scale, lr)
            if theirs:
                record |= by_authors(theirs, sr, hr, scale, lr)
            if subject.rate:
                record["bpp"] = float(subject.rate(lr)[0])
            pixels = images.to_bytes(np.asarray(sr[0])) if saved or crop else None
            if saved:
                files.write_image(saved, pixels)
            if crop:
                scenes.keep(crop, pixels, hr, lr, scale, protocol, record["inputs"])
                record["crop"] = crop.relative_to(scenes_dir).as_posix()
            record |= {**times, "status": "ok"}
        except (ValueError, OSError, ArithmeticError, RuntimeError, MemoryError) as error:
            record |= {"status": "error", "error": str(error)}
        yield record, True


class _Subject(NamedTuple):
    """A model, ready to run."""

    run: Callable
    """LR image -> SR image and times."""
    rate: Callable | None
    """LR image -> bits per pixel, if it compresses."""
    digest: str
    """Of the parameters."""
    size: int
    """How many parameters there are."""


def _load(model: str, backend: str | None, devices: Sequence[jax.Device], repeats: int) -> _Subject:
    _, params = zoo.load(model)
    rate = zoo.rate(model)
    if rate is not None:
        jitted = jax.jit(rate)
        rate = lambda lr: jitted(params, jnp.asarray(images.from_bytes(lr)[None]))  # noqa: E731
    runs = backends.executors(model, backend or "jax", devices, repeats)

    def run(lr):
        outputs = {platform: run(lr) for platform, run in runs.items()}
        sr, _ = next(iter(outputs.values()))
        times = {}
        for platform, (_, timing) in outputs.items() if repeats else ():
            times[f"{platform}_seconds"] = timing.seconds
            times[f"{platform}_seconds_spread"] = timing.spread
            times[f"{platform}_compile_seconds"] = timing.compile_seconds
        return sr, times

    size = sum(leaf.size for leaf in jax.tree.leaves(params))
    return _Subject(run, rate, zoo.digest(model), size)


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
