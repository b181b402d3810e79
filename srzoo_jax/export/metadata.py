"""What an exported file says of itself: strings by name, the same in every format."""

import os

import srzoo_jax
from srzoo_jax import influence, zoo
from srzoo_jax import params as parameters
from srzoo_jax.catalogue import Entry


def limits(row: Entry) -> dict[str, int | str | None]:
    """Returns how many channels a model's images have, and what their sides must keep to."""
    return {
        "channels": row.channels,
        "min_side": getattr(row.model, "min_side", 1),
        "multiple": getattr(row.model, "multiple", 1),
        "border": getattr(row.model, "border", None),
    }


def describe(name: str, params_dir: str | os.PathLike | None = None) -> dict[str, str]:
    """Returns what is to be known of a model by whoever has the file alone.

    - `model`, `hyper_parameters`, `scale`;
    - `input`: what the image must be; `channels`: 3, or 1 of a bare network for luma;
    - `min_side`, `multiple`: what its sides must be at least, and divide by; with a `border`, the
      file sees to that;
    - `halo`: how many LR pixels around a tile matter to it: tiles with such a border equal the
      whole image, if their places and sides are multiples of `alignment`; or `global`: no border
      is enough;
    - `licence`, `source`, `paper`: of the parameters;
    - `file`, `file_sha256`: the official file they were ported from;
    - `parameters`: twelve digits that name them, as in reports; `exported_by`.

    What is not known is left out: a model without parameters has no source.
    """
    row = zoo.entry(name, params_dir)
    known = {
        "model": name,
        "hyper_parameters": row.hyper_parameters,
        "scale": str(row.scale),
        "input": "RGB in [0, 1]" if row.channels == 3 else "luma / 255",
        **{limit: str(value) for limit, value in limits(row).items() if value is not None},
        **reach(row),
        "exported_by": f"srzoo_jax {srzoo_jax.__version__}",
    }
    if row.source is None:
        return known
    header = parameters.header(zoo.locate(name, params_dir))
    kept = ("licence", "source", "paper", "file", "file_sha256")
    known |= {key: header[key] for key in kept if key in header}
    return known | {"parameters": zoo.digest(name, params_dir)}


def reach(row: Entry) -> dict[str, str]:
    """Returns what `describe` says of tiles: `halo` and `alignment`."""
    found = influence.influence(row)
    if found is None:
        return {"halo": "global"}
    return {"halo": str(found.radius), "alignment": str(found.alignment)}
