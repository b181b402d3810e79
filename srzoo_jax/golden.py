"""Parity with the authors' own code, by numbers it gave.

A golden folder describes a checkpoint (`manifest.json`: names and shapes in the authors' naming,
and by which rule each array is filled) and holds what the authors' network makes of an image with
these weights (`golden.npz`); with the released weights, too, where they could be had
(`golden_real.npz`).
"""

import dataclasses
import json
import os
import zlib
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import compiling, port, zoo
from srzoo_jax.catalogue import Entry
from srzoo_jax.models import imgcomp
from srzoo_jax.types import Params

_RATE_TOLERANCE = 1e-5
"""Bits per pixel, a hundred times what float32 costs."""


class Parity(NamedTuple):
    """How far a model's output is from the authors'."""

    max_error: float
    """Largest absolute difference, in the authors' output range."""
    relative: float
    """`max_error` over the standard deviation of the authors' output."""
    of_range: float
    """`max_error` over the authors' nominal output range (1 or 255)."""


def arrays(folder: str | os.PathLike) -> dict[str, np.ndarray]:
    """Computes the checkpoint that a golden folder describes, with the seed it states."""
    folder = Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    with np.load(folder / "golden.npz") as golden:
        seed = int(golden["seed"])
    constants = folder / "constants.npz"
    constants = dict(np.load(constants)) if constants.is_file() else {}
    return {row["name"]: _filled(row, seed, constants) for row in manifest["parameters"]}


def _filled(row: dict, seed: int, constants: dict[str, np.ndarray]) -> np.ndarray:
    """The fill rule: normal draws from a stream that the array's name seeds."""
    shape = row["shape"]
    if "value" in row:
        return np.asarray(row["value"], row.get("dtype", "float32")).reshape(shape)
    if "constant" in row:
        return constants[row["constant"]]
    stream = np.random.RandomState(zlib.crc32(row["name"].encode()) ^ seed)
    draw = stream.standard_normal(int(np.prod(shape, dtype=int))).reshape(shape)
    values = draw * row["std"] + row.get("mean", 0.0)
    return (np.abs(values) if row.get("abs") else values).astype(np.float32)


def check(row: Entry, folder: str | os.PathLike) -> Parity:
    """Compares a model with the authors' output for computed weights.

    Raises:
        PortError: The checkpoint that the folder describes is not the row's.
    """
    return compare(row, port.from_arrays(row, arrays(folder)), Path(folder) / "golden.npz")


def compare(row: Entry, params: Params, golden: str | os.PathLike) -> Parity:
    """Compares a model, with given parameters, with the authors' output in `golden`.

    The computation is in JAX's default float type.

    Raises:
        ValueError: The output has another shape; or a compression model's symbols are others, or
            their cost.
    """
    manifest = json.loads((Path(golden).parent / "manifest.json").read_text())
    with np.load(golden) as file:
        arrays = dict(file)
    image, expected = arrays["input"], arrays["output"]
    top = manifest["output"]["range"][1]
    image = jnp.asarray(image / 255.0)[None]
    row = dataclasses.replace(row, model=row.network or row.model)
    params = jax.tree.map(jnp.asarray, zoo.fold(row, params))  # As apps run it.
    output = compiling.jit(zoo.restorer(row))(params, image)
    output = np.asarray(output[0], np.float64) * top
    if output.shape != expected.shape:
        raise ValueError(f"{row.name} gives {output.shape}, the authors' network {expected.shape}")
    if "symbols" in arrays:
        _compare_code(row, params, image, arrays)
    error = float(np.abs(output - expected).max())
    return Parity(error, error / float(expected.std()), error / top)


def _compare_code(row: Entry, params: Params, image: jax.Array, golden: dict) -> None:
    """Compares what a compression model makes of an image: symbols, and their cost."""
    symbols = jax.jit(imgcomp.encode, static_argnums=0)(row.model, params, image)
    differing = int((np.asarray(symbols[0]) != golden["symbols"]).sum())
    if differing:
        raise ValueError(f"{differing} of {symbols.size} symbols are not the authors'")
    rate = jax.jit(imgcomp.bits_per_pixel, static_argnums=0)(row.model, params, symbols)[0]
    if not abs(rate - golden["bpp"]) <= _RATE_TOLERANCE:
        raise ValueError(f"{rate:.6f} bits per pixel, the authors have {golden['bpp']:.6f}")
