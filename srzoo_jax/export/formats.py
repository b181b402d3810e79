"""A model by its name -> a file of some format."""

import dataclasses
import os
from collections.abc import Callable

from srzoo_jax import zoo
from srzoo_jax.export import metadata
from srzoo_jax.export.program import Program, of_any_size


@dataclasses.dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes:
        suffix: Of files' names.
        write: (program, metadata) -> the file's content.
    """

    suffix: str
    write: Callable[[Program, dict[str, str]], bytes]


def _stablehlo(program, known):
    from srzoo_jax.export import stablehlo

    return stablehlo.archive(program, known)


def _onnx(program, known):
    from srzoo_jax.export import onnx

    return onnx.model(program, known).SerializeToString()


FORMATS = {"stablehlo": Format(".stablehlo.zip", _stablehlo), "onnx": Format(".onnx", _onnx)}


def exported(name: str, form: str, params_dir: str | os.PathLike | None = None) -> bytes:
    """Returns a model as a file.

    Args:
        name: The model, as for `zoo.load`: `+` behind it makes it its self-ensemble.
        form: One of `FORMATS`.
        params_dir: Where its parameter file lies, if not along `params.search_path`.

    Raises:
        ValueError: The name or the format is unknown.
        FileNotFoundError: The model has not been ported yet.
        onnx.UnsupportedError: The format has no counterpart of something in the model.
    """
    if form not in FORMATS:
        raise ValueError(f"no format is called {form!r}; known: {', '.join(FORMATS)}")
    row = zoo.entry(name, params_dir)
    restore, params = zoo.load(name, params_dir)
    known = metadata.describe(name, params_dir)
    return FORMATS[form].write(of_any_size(restore, params, **metadata.limits(row)), known)


def onnx_model(name: str, params_dir: str | os.PathLike | None = None) -> bytes:
    """Returns a model as an ONNX file: `lr` [B, 3, H, W] -> `sr` [B, 3, sH, sW], not clipped.

    float32 RGB in [0, 1]; batch, height and width are free. What the file says of itself, as
    `metadata_props`, is listed at `metadata.describe`. Arguments and errors are those of
    `exported`.
    """
    return exported(name, "onnx", params_dir)
