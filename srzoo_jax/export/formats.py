"""A model by its name -> a file of some format."""

import dataclasses
import os
from collections.abc import Callable

from srzoo_jax import zoo
from srzoo_jax.export import metadata
from srzoo_jax.export.program import of_any_size


@dataclasses.dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes:
        suffix: Of files' names.
        write: (program, metadata, **options) -> the file's content.
        options: What may be said about such a file.
    """

    suffix: str
    write: Callable[..., bytes]
    options: tuple[str, ...] = ()


def _stablehlo(program, known):
    from srzoo_jax.export import stablehlo

    return stablehlo.archive(program, known)


def _onnx(program, known, weights="float32"):
    from srzoo_jax.export import onnx
    from srzoo_jax.export.onnx.weights import store

    return store(onnx.model(program, known), weights).SerializeToString()


def _litert(program, known, size=None):
    from srzoo_jax.export import litert

    del known  # The converter writes no such thing.
    return litert.model(program.sized(*size) if size else program)


FORMATS = {
    "stablehlo": Format(".stablehlo.zip", _stablehlo),
    "onnx": Format(".onnx", _onnx, ("weights",)),
    "litert": Format(".tflite", _litert, ("size",)),
}


def exported(
    name: str,
    form: str,
    params_dir: str | os.PathLike | None = None,
    **options,
) -> bytes:
    """Returns a model as a file.

    Args:
        name: The model, as for `zoo.load`: `+` behind it makes it its self-ensemble.
        form: One of `FORMATS`.
        params_dir: Where its parameter file lies, if not along `params.search_path`.
        **options: Of ONNX `weights`, one of `onnx.weights.KINDS`: what kernels are stored as.
            Of LiteRT `size`, (height, width): the only size that the file is for; default: any.

    Raises:
        ValueError: The name or the format is unknown, or an option of another format is given.
        FileNotFoundError: The model has not been ported yet.
        onnx.UnsupportedError: The format has no counterpart of something in the model.
    """
    if form not in FORMATS:
        raise ValueError(f"no format is called {form!r}; known: {', '.join(FORMATS)}")
    for option in options.keys() - {*FORMATS[form].options}:
        raise ValueError(f"{form} files have no {option}")
    row = zoo.entry(name, params_dir)
    restore, params = zoo.load(name, params_dir)
    known = metadata.describe(name, params_dir)
    program = of_any_size(restore, params, **metadata.limits(row))
    return FORMATS[form].write(program, known, **options)


def onnx_model(name: str, params_dir: str | os.PathLike | None = None, **options) -> bytes:
    """Returns a model as an ONNX file: `lr` [B, 3, H, W] -> `sr` [B, 3, sH, sW], not clipped.

    float32 RGB in [0, 1]; batch, height and width are free. What the file says of itself, as
    `metadata_props`, is listed at `metadata.describe`. Arguments and errors are those of
    `exported`.
    """
    return exported(name, "onnx", params_dir, **options)
