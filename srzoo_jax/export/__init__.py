"""Restorers for other runtimes: files that need no code of the models.

>>> path.write_bytes(export.onnx_model("imdn_x4"))  # Run it with any ONNX runtime.
"""

import os

from srzoo_jax import zoo
from srzoo_jax.export import metadata
from srzoo_jax.export.program import trace


def onnx_model(name: str, params_dir: str | os.PathLike | None = None) -> bytes:
    """Returns a model as an ONNX file: `lr` [B, 3, H, W] -> `sr` [B, 3, sH, sW], not clipped.

    float32 RGB in [0, 1]; batch, height and width are free. What the file says of itself, as
    `metadata_props`, is listed at `metadata.describe`.

    Args:
        name: The model, as for `zoo.load`.
        params_dir: Where its parameter file lies, if not along `params.search_path`.

    Raises:
        ValueError: The name is unknown.
        FileNotFoundError: The model has not been ported yet.
        onnx.UnsupportedError: The model has a primitive that is not written in ONNX.
    """
    from srzoo_jax.export import onnx

    row = zoo.entry(name, params_dir)
    _, params = zoo.load(row.name, params_dir)
    found = metadata.describe(row, params_dir)
    return onnx.model(trace(row, params), found).SerializeToString()
