"""The page as a folder that any static server can serve, also offline."""

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from srzoo_jax import data, export, files, influence, listing, zoo
from srzoo_jax.catalogue import CATALOGUE, EMBEDDED

_PACKAGE = Path(__file__).parents[1]
SAMPLE = "chelsea"
"""The embedded photograph that is offered as a sample, halved."""


@dataclasses.dataclass(frozen=True)
class Model:
    """A row of the page's list.

    Attributes:
        name: Of the catalogue.
        scale: Its factor.
        halo: How many pixels of the photo an output pixel sees to each side; None: all.
        alignment: Tiles start at multiples of it.
        min_side: The smallest side of a photo that it takes.
        about: One line for the user.
        onnx: The model's file: float32 [B, 3, H, W] -> [B, 3, sH, sW].
    """

    name: str
    scale: int
    halo: int | None
    alignment: int
    min_side: int
    about: str
    onnx: bytes


def embedded() -> list[str]:
    """Returns the embedded networks, largest scale first; bicubic the page has of its own.

    Raises:
        ValueError: There is none.
    """
    names = [name for name in EMBEDDED if CATALOGUE[name].source]
    names.sort(key=lambda name: -CATALOGUE[name].scale)
    if not names:
        raise ValueError("no network is embedded; port one, and name it: --models=NAME,...")
    return names


def model(name: str) -> Model:
    """Exports a model for the page.

    Raises:
        ValueError: The name is unknown, or the page can't run it: it takes no RGB, or images of
            certain sizes alone.
        FileNotFoundError: The model has not been ported yet.
    """
    row = zoo.entry(name)
    if row.channels != 3 or getattr(row.model, "multiple", 1) > 1 or not row.source:
        raise ValueError(f"{name} can't be on the page: it is no network for RGB of any size")
    onnx = export.onnx_model(row.name)
    about = f"{len(onnx) / 1e6:.1f} MB · {listing.citation(row.source)} · {row.source.licence}"
    min_side = getattr(row.model, "min_side", 1)
    halo, alignment = influence.influence(row) or (None, 1)
    return Model(row.name, row.scale, halo, alignment, min_side, about, onnx)


def build(folder: str | os.PathLike, models: Iterable[Model], runtime: Mapping[str, bytes]) -> None:
    """Writes the page into a folder; files of an earlier page are replaced.

    Args:
        folder: Made if need be.
        models: What the page offers, the first one first.
        runtime: Files of `runtime.read`.

    Raises:
        OSError: As the system says.
    """
    folder = Path(folder)
    for path in sources().iterdir():
        files.write_atomically(folder / path.name, path.read_bytes())
    for name, content in runtime.items():
        files.write_atomically(folder / "runtime" / name, content)
    rows = []
    for model in models:
        row = {**dataclasses.asdict(model), "onnx": f"models/{model.name}.onnx"}
        files.write_atomically(folder / row["onnx"], model.onnx)
        rows.append(row)
    files.write_atomically(folder / "models.json", json.dumps(rows, indent=1))
    (pair,) = (pair for pair in data.pairs(data.PHOTOS, 2) if pair.name == SAMPLE)
    files.write_image(folder / "sample.png", data.read(pair, 2)[0])


def sources() -> Path:
    """The folder of the page's sources: `web/` of the checkout, or of the installed package."""
    checkout = _PACKAGE.parent
    in_checkout = (checkout / "pyproject.toml").is_file()
    return (checkout if in_checkout else _PACKAGE) / "web"
