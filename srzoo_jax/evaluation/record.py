"""Records: what is known of one image of one model.

A record is a flat dictionary: model, dataset, image, scale, the protocol's name and digest, its
metrics, `parameter_count`, `bpp` (bits per pixel, of models that compress), `height` and `width`
of the restored image, `status` ("ok" or "error") and, in case, `error`, or `undefined`: which
metrics are NaN, and why. `parameters` and `inputs` are digests of what went in: a record whose
digests still hold need not be computed again. `lr` is the kernel that made the LR image: a name of
`downscale.KERNELS`, `given` for the data set's own, `none` at scale 1, `unknown` of SR images made
elsewhere.

A record of a model that a `backend` was named for has it, one of a run by another `precision` than
float32 has that, one of a run that was asked to be `deterministic` says so.

A record of an image that is shown names its `crop`, a file of `scenes`. One of a model that is
scored by its authors' protocol, too, names `authors_protocol`, and has `authors_psnr` and
`authors_ssim` by that.

Time is told by kind of device, as `timing` measures it: `cpu_seconds` or `gpu_seconds` (median of
the runs), `cpu_seconds_spread` and `cpu_compile_seconds`; and `cpu_canvas`, LR height x width, if
the image was run on one that may be larger than it is. Nothing else differs from run to run.
"""

import functools
import hashlib
import itertools
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from srzoo_jax import image as images
from srzoo_jax import protocols
from srzoo_jax.protocols import Protocol
from srzoo_jax.timing import Timing

Record = dict[str, str | int | float]

_IDENTITY = (
    *("model", "parameters", "dataset", "image", "lr", "inputs"),
    *("scale", "protocol", "protocol_digest", "backend", "precision", "deterministic"),
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


def score(protocol: Protocol, sr, hr: np.ndarray, scale: int, lr=None, canvas=None) -> Record:
    """Scores one image, SR [1, H, W, 3], LR and HR uint8 [H, W, 3].

    On a `canvas` of so many LR pixels, by the program of other sizes, if the protocol allows.
    """
    height, width = hr.shape[:2]
    record: Record = {"height": height, "width": width}
    hr, lr = (image if image is None else images.from_bytes(image)[None] for image in (hr, lr))
    if canvas and protocols.can_be_laid(protocol, (height, width), scale):
        more = scale * canvas[0] - height, scale * canvas[1] - width
        around = ((0, 0), (0, more[0]), (0, more[1]), (0, 0))
        sr, hr = (np.pad(np.asarray(x), around, mode="edge") for x in (sr, hr))
        sides = np.array((height, width), np.int32)
        scores = protocols.score_on_canvas(protocol, sr, hr, sides, scale=scale)
    else:
        scores = protocols.score(protocol, sr, hr, scale=scale, lr=lr)
    # Indexed on the host, as everywhere: `value[0]` would be a program.
    record |= {name: float(np.asarray(value)[0]) for name, value in scores.items()}
    undefined = [metric for metric in protocol.metrics if math.isnan(record[metric.name])]
    if undefined:
        record["undefined"] = "; ".join(f"{m.name}: {m.undefined or 'NaN'}" for m in undefined)
    return record


def ready(by: Iterable[Protocol | None], canvases: Iterable[tuple[int, int]], scale: int) -> None:
    """Compiles what `score` runs by some protocols on canvases of so many LR pixels."""
    for protocol, canvas in itertools.product(filter(None, by), canvases):
        _ready(protocol, canvas, scale)


@functools.cache  # Many models have one scale.
def _ready(protocol: Protocol, canvas: tuple[int, int], scale: int) -> None:
    """By scoring a blank image."""
    height, width = (scale * side for side in canvas)
    if protocols.can_be_laid(protocol, (height, width), scale):
        sr, hr = np.zeros((1, height, width, 3), np.float32), np.zeros((height, width, 3), np.uint8)
        score(protocol, sr, hr, scale, canvas=canvas)


def times(platform: str, timing: Timing) -> Record:
    """What a record says of the time on a kind of device."""
    record: Record = {
        f"{platform}_seconds": timing.seconds,
        f"{platform}_seconds_spread": timing.spread,
        f"{platform}_compile_seconds": timing.compile_seconds,
    }
    if timing.canvas:
        record[f"{platform}_canvas"] = "x".join(map(str, timing.canvas))
    return record


def by_authors(theirs: Protocol, sr, hr, scale: int, lr, canvas) -> dict[str, str | float]:
    """Scores by the authors' protocol, whichever SSIM that has."""
    scores = score(theirs, sr, hr, scale, lr, canvas)
    found: dict = {"authors_protocol": f"{theirs.name} ({theirs.digest})"}
    for kind in ("psnr", "ssim"):
        values = [value for name, value in scores.items() if name.startswith(kind)]
        found |= {f"authors_{kind}": value for value in values[:1]}
    return found
