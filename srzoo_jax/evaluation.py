"""Models x data sets -> one record an image.

A record is a flat dictionary: model, dataset, image, scale, the protocol's name and digest, its
metrics, `bpp` (bits per pixel, of models that compress), `seconds`, `status` ("ok" or "error")
and, in case, `error`, or `undefined`: which metrics are NaN, and why. `parameters` and `inputs`
are digests of what went in: a record whose digests still hold need not be computed again. `lr` is
the kernel that made the LR image: a name of `downscale.KERNELS`, `given` for the data set's own,
`none` at scale 1, `unknown` of SR images made elsewhere; these have no `seconds`.
"""

import hashlib
import math
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import data, downscale, execution, files, protocols, zoo
from srzoo_jax import image as images
from srzoo_jax.data import Pair
from srzoo_jax.protocols import Protocol

Record = dict[str, str | int | float]

_IDENTITY = (
    *("model", "parameters", "dataset", "image", "lr", "inputs"),
    *("scale", "protocol", "protocol_digest"),
)


class Job(NamedTuple):
    """One image for one model."""

    model: str
    dataset: str
    pair: Pair


def plan(
    models: Iterable[str],
    datasets: Iterable[str],
    data_dir: str | os.PathLike | None,
    kernel: str | None = None,
) -> list[Job]:
    """Lists what is to be done, model by model; LR images are made by `kernel` if there is one.

    Raises:
        ValueError: A model or the kernel is unknown.
        FileNotFoundError: A model is not ported, or a data set not there.
    """
    datasets = list(datasets)
    jobs = []
    for model in models:
        zoo.locate(model)
        scale = zoo.entry(model).scale
        for dataset in datasets:
            pairs = data.pairs(dataset, scale, data_dir, kernel)
            jobs += [Job(model, data.canonical(dataset), pair) for pair in pairs]
    return jobs


def under(protocol: Protocol, models: Iterable[str]) -> list[str]:
    """The models as a protocol wants them: by self-ensemble, if it says so."""
    wanted = "+" if protocol.self_ensemble else ""
    return [model if model.endswith("+") else model + wanted for model in models]


def evaluate(
    jobs: Iterable[Job],
    protocol: Protocol,
    known: Iterable[Record] = (),
    save_dir: str | os.PathLike | None = None,
) -> Iterator[tuple[Record, bool]]:
    """Restores and scores; yields for every job its record and whether it is a new one.

    A bad image, or a model that fails on it, gives a record of status "error" and does not stop
    the others.

    Args:
        jobs: The plan; jobs of one model follow each other.
        protocol: How to compare.
        known: Records of an earlier run; those that still hold are given back.
        save_dir: Where to write SR images to, as `<model>/<dataset>/<image>.png`; default: none
            are written. A record of an image that is not there does not hold.
    """
    done = {_identity(record): record for record in known if record.get("status") == "ok"}
    current, checked = None, set()
    for job in jobs:
        if job.model != current:
            current, (run, rate, parameters) = job.model, _load(job.model)
        record: Record = {
            "model": job.model,
            "parameters": parameters,
            "dataset": job.dataset,
            "image": job.pair.name,
            "lr": job.pair.kernel,
            "inputs": "",
            "scale": zoo.entry(job.model).scale,
            "protocol": protocol.name,
            "protocol_digest": protocol.digest,
        }
        try:
            lr, hr = data.read(job.pair, record["scale"])
            if job.pair.lr is not None and (key := (job.dataset, record["scale"])) not in checked:
                checked.add(key)
                _warn_of_aliasing(*key, job.pair.name, lr, hr)
            record["inputs"] = _digest(lr, hr)
            saved = save_dir and Path(save_dir) / job.model / job.dataset / f"{job.pair.name}.png"
            old = done.get(_identity(record))
            if old is not None and (not saved or saved.is_file()):
                yield old, False
                continue
            sr, seconds = run(lr)
            if saved:
                files.write_image(saved, images.to_bytes(np.asarray(sr[0])))
            record |= _score(protocol, sr, hr, record["scale"], lr)
            if rate is not None:
                record["bpp"] = float(rate(lr)[0])
            record |= {"seconds": seconds, "status": "ok"}
        except (ValueError, OSError, ArithmeticError, RuntimeError, MemoryError) as error:
            record |= {"status": "error", "error": str(error)}
        yield record, True


def evaluate_folder(
    sr_dir: str | os.PathLike,
    hr_dir: str | os.PathLike,
    scale: int,
    protocol: Protocol,
    known: Iterable[Record] = (),
) -> Iterator[tuple[Record, bool]]:
    """Scores SR images made elsewhere, as `evaluate` does; the folders stand for model and set.

    A missing, surplus or wrong-sized image gives a record of status "error" that names it.

    Raises:
        FileNotFoundError: A folder is not there, or both have no images.
    """
    done = {_identity(record): record for record in known if record.get("status") == "ok"}
    for name, hr_path, sr_paths in data.sr_pairs(sr_dir, hr_dir, scale):
        record: Record = {
            "model": str(sr_dir),
            "parameters": "",
            "dataset": str(hr_dir),
            "image": name,
            "lr": "unknown",
            "inputs": "",
            "scale": scale,
            "protocol": protocol.name,
            "protocol_digest": protocol.digest,
        }
        try:
            sr, hr = data.read_sr(hr_path, sr_paths, scale)
            record["inputs"] = _digest(sr, hr)
            if (old := done.get(_identity(record))) is not None:
                yield old, False
                continue
            sr = jnp.asarray(images.from_bytes(sr)[None])
            record |= _score(protocol, sr, hr, scale) | {"status": "ok"}
        except (ValueError, OSError, MemoryError) as error:
            record |= {"status": "error", "error": str(error)}
        yield record, True


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


def _load(model: str):
    """What runs a model, what tells its rate if it has one, and the digest of its parameters."""
    restore, params = zoo.load(model)
    rate = zoo.rate(model)
    if rate is not None:
        jitted = jax.jit(rate)
        rate = lambda lr: jitted(params, jnp.asarray(images.from_bytes(lr)[None]))  # noqa: E731
    return execution.executor(restore, params), rate, zoo.digest(model)


def _score(protocol: Protocol, sr, hr: np.ndarray, scale: int, lr=None) -> Record:
    hr, lr = (image if image is None else images.from_bytes(image)[None] for image in (hr, lr))
    scores = protocols.score(protocol, sr, hr, scale=scale, lr=lr)
    record: Record = {name: float(value[0]) for name, value in scores.items()}
    undefined = [metric for metric in protocol.metrics if math.isnan(record[metric.name])]
    if undefined:
        record["undefined"] = "; ".join(f"{m.name}: {m.undefined or 'NaN'}" for m in undefined)
    return record


def _identity(record: Mapping) -> tuple:
    return tuple(record.get(key) for key in _IDENTITY)


def _digest(*arrays: np.ndarray) -> str:
    total = hashlib.sha256()
    for array in arrays:
        total.update(str(array.shape).encode() + array.tobytes())
    return total.hexdigest()[:12]
