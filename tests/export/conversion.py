"""Rows of the catalogue as they are, each in every format: converted, run, compared with JAX."""

import math
import time
from collections.abc import Iterator

import jax
import numpy as np

from srzoo_jax import export, files, zoo
from srzoo_jax.catalogue import CATALOGUE, Entry
from srzoo_jax.export.metadata import limits
from srzoo_jax.export.program import Program, of_any_size
from tests.export import restorers

SIZE = (20, 28)
"""Of the image that is restored; no format but that of one size hears of it before."""


def program(row: Entry) -> Program:
    """The row's network at its full size, with random parameters: as large as may be.

    If they were small, most layers would hardly matter to the output; if they were too large, all
    that is rounded would: a millionth in the image must not become more than a ten-thousandth.
    """
    restore = jax.jit(zoo.restorer(row))
    image = restorers.image((1, *SIZE, row.channels))
    shaken = image + np.random.default_rng(0).normal(0, 1e-6, image.shape).astype(np.float32)
    for gain in (1, 0.75, 0.6, 0.5):
        params = restorers.random_params(row.model, row.channels, gain=gain)
        sr = restore(params, image)
        if sr.std() < 1 and abs(restore(params, shaken) - sr).max() < 1e-4 * sr.std():
            break
    return of_any_size(zoo.restorer(row), params, **limits(row))


def representatives() -> dict[str, str]:
    """Every row, and the first that has the same network: parameters do not matter here."""
    first: dict = {}
    return {row.name: first.setdefault(row.model, row.name) for row in CATALOGUE.values()}


def outcomes(row: Entry, folder) -> Iterator[dict]:
    """Yields for every format what became of it, as a record.

    - `model`, `format`, `parameters`: how many;
    - `sizes`: `any`, or the one size that the file is for; and `refused`: why not any;
    - `bytes`, `seconds`: of the file, and to write it;
    - `error`: the largest difference from JAX, of the standard deviation, `std`, of the output;
    - or `failed`: why there is no such file.
    """
    made = program(row)
    image = restorers.image((1, *SIZE, row.channels))
    expected = np.asarray(jax.jit(made.restore)(made.params, image))
    std = float(expected.std())
    known = {"model": row.name, "parameters": sum(array.size for array in made.arrays)}
    for form in export.FORMATS:
        record = {**known, "format": form, "std": std, "sizes": "any"}
        start = time.perf_counter()
        try:
            try:
                content = export.FORMATS[form].write(made, limits_as_text(row))
            except ValueError as error:
                if "size" not in export.FORMATS[form].options:
                    raise
                record |= {"sizes": "x".join(map(str, SIZE)), "refused": _line(error)}
                content = export.FORMATS[form].write(made, {}, size=SIZE)
            record |= {"bytes": len(content), "seconds": time.perf_counter() - start}
            path = folder / f"{row.name}{export.FORMATS[form].suffix}"
            files.write_atomically(path, content)
            del content
            run = _RUNS[form](path)
            record["error"] = float(np.abs(run(image) - expected).max()) / std
            path.unlink()
        except Exception as error:  # Converters and runtimes may fail in many ways.
            record["failed"] = _line(error)
        yield record


def limits_as_text(row: Entry) -> dict[str, str]:
    """What runtimes need to know of a row."""
    return {name: str(value) for name, value in limits(row).items() if value is not None}


def _line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:300]


def _onnx(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def run(image):
        (sr,) = session.run(None, {"lr": np.ascontiguousarray(image.transpose(0, 3, 1, 2))})
        return sr.transpose(0, 2, 3, 1)

    return run


def _stablehlo(path):
    restore, params = export.load(path)
    return lambda image: np.asarray(jax.jit(restore)(params, image))


def _litert(path):
    from ai_edge_litert.interpreter import Interpreter

    return interpreted(Interpreter(model_path=str(path)))


def interpreted(runner):
    """What LiteRT's interpreter runs, of images of any size: image -> image."""
    (given,), (wanted,) = runner.get_input_details(), runner.get_output_details()

    def run(image):
        runner.resize_tensor_input(given["index"], image.shape)
        runner.allocate_tensors()
        runner.set_tensor(given["index"], image)
        runner.invoke()
        return runner.get_tensor(wanted["index"])

    return run


_RUNS = {"onnx": _onnx, "stablehlo": _stablehlo, "litert": _litert}


def size_of(name: str) -> int:
    """How many parameters a row has."""
    return sum(math.prod(shape) for shape in zoo.shapes(CATALOGUE[name]).values())
