"""What an exported file says of itself: strings by name, the same in every format."""

import srzoo_jax
from srzoo_jax import params as parameters
from srzoo_jax import zoo
from srzoo_jax.catalogue import Entry


def describe(row: Entry, params_dir=None) -> dict[str, str]:
    """Returns what is to be known of a model by whoever has the file alone.

    - `model`, `hyper_parameters`, `scale`;
    - `input`: what the image must be; `channels`: 3, or 1 of a bare network for luma;
    - `min_side`, `multiple`: what its sides must be at least, and divide by;
    - `licence`, `source`, `paper`: of the parameters;
    - `file`, `file_sha256`: the official file they were ported from;
    - `parameters`: twelve digits that name them, as in reports; `exported_by`.

    What is not known is left out: a model without parameters has no source.
    """
    known = {
        "model": row.name,
        "hyper_parameters": row.hyper_parameters,
        "scale": str(row.scale),
        "channels": str(row.channels),
        "input": "RGB in [0, 1]" if row.channels == 3 else "luma / 255",
        "min_side": str(getattr(row.model, "min_side", 1)),
        "multiple": str(getattr(row.model, "multiple", 1)),
        "exported_by": f"srzoo_jax {srzoo_jax.__version__}",
    }
    if row.source is None:
        return known
    header = parameters.header(zoo.locate(row.name, params_dir))
    kept = ("licence", "source", "paper", "file", "file_sha256")
    known |= {name: header[name] for name in kept if name in header}
    return known | {"parameters": zoo.digest(row.name, params_dir)}
