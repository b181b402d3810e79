"""Records: what is known of one image of one model.

A record is a flat dictionary: model, dataset, image, scale, the protocol's name and digest, its
metrics, `parameter_count`, `bpp` (bits per pixel, of models that compress), `height` and `width`
of the restored image, `status` ("ok" or "error") and, in case, `error`, or `undefined`: which
metrics are NaN, and why. `parameters` and `inputs` are digests of what went in: a record whose
digests still hold need not be computed again. `lr` is the kernel that made the LR image: a name of
`downscale.KERNELS`, `given` for the data set's own, `none` at scale 1, `unknown` of SR images made
elsewhere.

A record of a model that a `backend` was named for has it. One of a run that was asked to be
`deterministic` says so.

A record of an image that is shown names its `crop`, a file of `scenes`. One of a model that is
scored by its authors' protocol, too, names `authors_protocol`, and has `authors_psnr` and
`authors_ssim` by that.

Time is told by kind of device, as `timing` measures it: `cpu_seconds` or `gpu_seconds` (median of
the runs), `cpu_seconds_spread` and `cpu_compile_seconds`. Nothing else differs from run to run.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from srzoo_jax import image as images
from srzoo_jax import protocols
from srzoo_jax.protocols import Protocol

Record = dict[str, str | int | float]

_IDENTITY = (
    *("model", "parameters", "dataset", "image", "lr", "inputs"),
    *("scale", "protocol", "protocol_digest", "backend", "deterministic"),
)


def finished(records: Iterable[Record]) -> dict[tuple, Record]:
    """Returns the records that are no errors, by what they are of."""
    return {identity(record): record for record in records if record.get("status") == "ok"}


def identity(record: Mapping) -> tuple:
    """What a record is of."""
    return tuple(record.get(key) for key in _IDENTITY)


def holds(old: Record | None, wanted: set[str], *paths: Path | None) -> bool:
    """Whether an earlier record has all that is wanted, and its files, if any, are there.

    The last of the paths is that of its crop.
    """
    if paths[-1]:
        wanted = wanted | {"crop"}
    return old is not None and wanted <= old.keys() and all(p.is_file() for p in paths if p)


def digest(*arrays: np.ndarray) -> str:
    """Twelve hex digits of the arrays' shapes and values."""
    total = hashlib.sha256()
    for array in arrays:
        total.update(str(array.shape).encode() + array.tobytes())
    return total.hexdigest()[:12]


def score(protocol: Protocol, sr, hr: np.ndarray, scale: int, lr=None) -> Record:
    """Scores one image, SR on the device [1, H, W, 3], LR and HR uint8 [H, W, 3]."""
    record: Record = {"height": hr.shape[0], "width": hr.shape[1]}
    hr, lr = (image if image is None else images.from_bytes(image)[None] for image in (hr, lr))
    scores = protocols.score(protocol, sr, hr, scale=scale, lr=lr)
    record |= {name: float(value[0]) for name, value in scores.items()}
    undefined = [metric for metric in protocol.metrics if math.isnan(record[metric.name])]
    if undefined:
        record["undefined"] = "; ".join(f"{m.name}: {m.undefined or 'NaN'}" for m in undefined)
    return record


def by_authors(theirs: Protocol, sr, hr, scale: int, lr) -> dict[str, str | float]:
    """Scores by the authors' protocol, whichever SSIM that has."""
    scores = score(theirs, sr, hr, scale, lr)
    found: dict = {"authors_protocol": f"{theirs.name} ({theirs.digest})"}
    for kind in ("psnr", "ssim"):
        values = [value for name, value in scores.items() if name.startswith(kind)]
        found |= {f"authors_{kind}": value for value in values[:1]}
    return found
