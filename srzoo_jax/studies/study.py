"""How a study is run: models x data sets x variants -> one record an image, with resume.

A study is data: what it varies, and a function that measures one variant on a batch of crops. A
record says what it is `of` (study, model, data set, image, scale, crop, batch, seed, all settings
of the variant, digests of parameters and inputs), the `identity` of all these, its `status`,
`figures` and where its `pictures` lie, or the `error`.
"""

import functools
import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from srzoo_jax import data, determinism, files, zoo
from srzoo_jax import image as images
from srzoo_jax.studies import crops
from srzoo_jax.studies.crops import Crops
from srzoo_jax.types import Params, Restorer

Record = dict[str, Any]
Settings = Mapping[str, str | int | float | bool]


class Options(NamedTuple):
    """What the user chose."""

    models: tuple[str, ...]
    attack: str = "ifgsm"
    against: str = "hr"
    alphas: tuple[float, ...] = (8.0,)
    steps: int = 50
    crop: int = 40
    seed: int = 0
    batch: int = 5
    """So many crops run together."""


class Subject(NamedTuple):
    """A model ready to be studied."""

    name: str
    scale: int
    digest: str
    restore: Restorer
    params: Params


class Study(NamedTuple):
    """One kind of study."""

    summary: str
    variants: Callable[[Options], list[Settings]]
    measure: Callable[[Subject, Crops, Settings], tuple[dict[str, Any], dict[str, Any]]]
    """(subject, crops, settings) -> figures, name -> [N], and pictures, name -> [N, H, W, 3]."""


@functools.cache
def subject(name: str) -> Subject:
    """Loads a model.

    Raises:
        ValueError: The name is unknown, or the model takes no colour images.
        FileNotFoundError: It is not ported.
    """
    return Subject(name, _entry(name).scale, zoo.digest(name), *zoo.load(name, folded=True))


def count(
    study: Study, options: Options, datasets: Sequence[str], data_dir: str | os.PathLike | None
) -> int:
    """Returns how many records `run` will give.

    Raises:
        ValueError: A model is unknown, or takes no colour images.
        FileNotFoundError: A model is not ported, or a data set not there.
    """
    scales = [_entry(model).scale for model in options.models]
    pairs = sum(len(data.pairs(name, scale, data_dir)) for scale in scales for name in datasets)
    return pairs * len(study.variants(options))


def run(
    name: str,
    study: Study,
    options: Options,
    datasets: Sequence[str],
    data_dir: str | os.PathLike | None,
    folder: str | os.PathLike,
    known: Iterable[Record] = (),
) -> Iterator[tuple[Record, bool]]:
    """Yields every image's record, and whether it is new; pictures are written below `folder`.

    A variant that fails, or an image that cannot be read, gives records of status "error".

    Args:
        name: Of the study.
        study: What to do.
        options: Settings of the user.
        datasets: Names of data sets.
        data_dir: Where they lie.
        folder: Pictures go to <folder>/pictures.
        known: Records of an earlier run; those that still hold are given back.
    """
    done = {record["identity"]: record for record in known if record["status"] == "ok"}
    for model in options.models:
        on = subject(model)
        for dataset in datasets:
            of = crops.read(dataset, on.scale, options.crop, data_dir)
            for settings in study.variants(options):
                settings = {**settings, "seed": options.seed}
                base = {"study": name, "model": model, "dataset": dataset, "scale": on.scale}
                base |= {"crop": options.crop, "batch": options.batch, **settings}
                base |= {"parameters": on.digest, **determinism.note()}
                measure = functools.partial(study.measure, settings=settings)
                yield from _variant(measure, on, of, base, done, folder)
                for image, error in of.errors.items():
                    yield _record(base, image, "") | {"status": "error", "error": error}, True


def merged(known: Iterable[Record], new: Iterable[Record]) -> list[Record]:
    """Returns all records, where of the same slot the new one counts."""
    by_slot = {_slot(record): record for record in (*known, *new)}
    return list(by_slot.values())


def _slot(record: Record) -> str:
    """Names what a record is of, whatever parameters and pixels went in."""
    rest = {key: v for key, v in record["of"].items() if key not in ("parameters", "inputs")}
    return json.dumps(rest, sort_keys=True)


def _entry(name: str):
    row = zoo.entry(name)
    zoo.locate(name)
    if row.channels != 3:
        raise ValueError(f"{name} takes luma; these studies are of models that take colour images")
    return row


def _variant(measure, on: Subject, of: Crops, base: Settings, done, folder):
    """Measures one variant on all crops, batch by batch; one of which all records hold is left."""
    records = [_record(base, *item) for item in zip(of.names, of.digests, strict=True)]
    for start in range(0, len(records), base["batch"]):
        part = slice(start, start + base["batch"])
        group = records[part]
        if all(_holds(record, done, folder) for record in group):
            yield from ((done[record["identity"]], False) for record in group)
            continue
        cut = {"names": of.names, "digests": of.digests, "lr": of.lr, "hr": of.hr}
        chunk = of._replace(**{field: values[part] for field, values in cut.items()})
        try:
            figures, pictures = measure(on, chunk)
            figures = {key: np.asarray(values) for key, values in figures.items()}
            for index, record in enumerate(group):
                found = {key: float(values[index]) for key, values in figures.items()}
                undefined = [key for key, value in found.items() if math.isnan(value)]
                if undefined:
                    error = f"not a number: {', '.join(undefined)}"
                    yield record | {"status": "error", "error": error}, True
                    continue
                written = _write(folder, record["identity"], pictures, index)
                yield record | {"figures": found, "pictures": written, "status": "ok"}, True
        except (ValueError, ArithmeticError, RuntimeError, MemoryError) as error:
            for record in group:
                yield record | {"status": "error", "error": str(error)}, True


def _holds(record: Record, done: Mapping[str, Record], folder) -> bool:
    old = done.get(record["identity"])
    return old is not None and all(
        (Path(folder) / path).is_file() for path in old["pictures"].values()
    )


def _write(folder, identity: str, pictures: Mapping[str, Any], index: int) -> dict[str, str]:
    """Writes an image's pictures; returns their paths below the folder."""
    paths = {}
    for key, batch in pictures.items():
        where = Path("pictures") / identity / f"{key}.png"
        files.write_image(Path(folder) / where, images.to_bytes(np.asarray(batch[index])))
        paths[key] = where.as_posix()
    return paths


def _record(base: Settings, image: str, inputs: str) -> Record:
    of = {**base, "image": image, "inputs": inputs}
    digest = hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()
    return {"of": of, "identity": digest[:12]}
