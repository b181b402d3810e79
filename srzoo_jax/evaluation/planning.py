"""What is to be evaluated."""

import contextlib
import os
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from srzoo_jax import data, scenes, zoo
from srzoo_jax.data import Pair
from srzoo_jax.protocols import Protocol
from srzoo_jax.sizes import Size, canvases, shared

_SCORING = 4e7
"""Pixels that CPUs score, by PSNR and SSIM, while a program for that compiles."""


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


def sizes(jobs: Iterable[Job]) -> dict[str, Counter[Size]]:
    """Counts, for each model, the images of every height and width that can be read."""
    pairs: dict[str, list[Pair]] = {}
    for job in jobs:
        pairs.setdefault(job.model, []).append(job.pair)
    return {model: counted(of_model, zoo.entry(model).scale) for model, of_model in pairs.items()}


def counted(pairs: Iterable[Pair], scale: int) -> Counter[Size]:
    """Counts LR images by height and width; what can't be read does not count."""
    counts: Counter[Size] = Counter()
    for pair in pairs:
        with contextlib.suppress(ValueError):  # Reading the image will tell.
            counts[data.lr_size(pair, scale)] += 1
    return counts


def scored_on(counts: Counter[Size], most: int, scale: int) -> dict[Size, Size]:
    """On which canvas images are scored that share a program for that, all in LR pixels.

    Args:
        counts: How many images of a size there are.
        most: How many programs they share, at most: fewer where that takes less time.
        scale: Of the model.
    """
    return shared(canvases(counts.elements(), most, _SCORING / scale**2))


def under(protocol: Protocol, models: Iterable[str]) -> list[str]:
    """The models as a protocol wants them: by self-ensemble, if it says so."""
    wanted = "+" if protocol.self_ensemble else ""
    return [model if model.endswith("+") else model + wanted for model in models]


def shown(jobs: Iterable[Job], count: int) -> set[tuple[str, int, str]]:
    """The images, by data set and scale, that crops are kept of."""
    names: dict[tuple[str, int], dict[str, None]] = {}
    for job in jobs:
        key = job.dataset, zoo.entry(job.model).scale
        names.setdefault(key, {})[job.pair.name] = None
    return {(*key, name) for key in names for name in scenes.chosen(list(names[key]), count)}
