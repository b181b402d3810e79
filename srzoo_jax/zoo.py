"""From a model's name to a restorer and its parameters."""

import dataclasses
import difflib
import functools
import math
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import traverse_util

from srzoo_jax import params as parameters
from srzoo_jax import restorers
from srzoo_jax.catalogue import CATALOGUE, Entry, written
from srzoo_jax.types import Image, Params, Restorer


def entry(name: str, params_dir: str | os.PathLike | None = None) -> Entry:
    """Returns the catalogue's row of a model; a `+` behind the name does not matter here.

    A model outside the catalogue has a row, too, if it has been ported: its file says what it is.

    Args:
        name: The model.
        params_dir: Where parameter files lie, if not along `params.search_path`.

    Raises:
        ValueError: There is no such row; the message has the nearest names.
    """
    bare = name.removesuffix("+")
    if bare not in CATALOGUE:
        try:
            return _outside(bare, parameters.find(bare, params_dir))
        except FileNotFoundError:
            pass
        near = difflib.get_close_matches(bare, CATALOGUE, 3, 0.5)
        known = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(CATALOGUE)}"
        raise ValueError(f"no model is called {name!r}; {known}")
    return CATALOGUE[bare]


def load(
    name: str, params_dir: str | os.PathLike | None = None, *, folded: bool = False
) -> tuple[Restorer, Params]:
    """Returns a model's restorer and its parameters.

    The restorer is pure: `restore(params, image)` takes float32 RGB [B, H, W, 3] in [0, 1] and
    gives [B, sH, sW, 3], not clipped. (`vdsr_x1` takes luma / 255, [B, H, W, 1].)

    Args:
        name: A row of the catalogue, or the name that another model was ported under; with `+`
            behind it, its geometric self-ensemble, where each of the eight outputs is clipped
            before they are averaged, as SRZoo does.
        params_dir: Where its parameter file lies, if not along `params.search_path`.
        folded: Compute what depends on parameters alone now, once: EDSR, RCAN, MSRN and SwinIR run
            faster so. For running only: derivatives by such parameters are wrong.

    Raises:
        ValueError: The name is unknown, or the parameter file damaged or of another model.
        FileNotFoundError: The model has not been ported yet.
    """
    row = entry(name, params_dir)
    params = _load_params(row, params_dir)
    params = fold(row, params) if folded else params
    restore = restorer(row)
    if name.endswith("+"):
        restore = restorers.self_ensemble(restorers.clipped(restore))
    return restore, params


def locate(name: str, params_dir: str | os.PathLike | None = None) -> Path | None:
    """Returns where a model's parameters lie; None for a model that has none.

    Raises:
        ValueError: The name is unknown.
        FileNotFoundError: The model has not been ported yet.
    """
    row = entry(name, params_dir)
    return parameters.find(row.name, params_dir) if row.source else None


def restorer(row: Entry) -> Restorer:
    """Returns the pure function of a row's network."""
    return lambda params, image: row.model.apply({"params": params}, image)


def fold(row: Entry, params: Params) -> Params:
    """Returns a network's parameters with what depends on them alone: see `load`."""
    return row.model.fold(params) if hasattr(row.model, "fold") else params


def rate(name: str) -> Callable[[Params, Image], jax.Array] | None:
    """Returns, of a model that compresses, the function (params, image) -> bits per pixel [B].

    Raises:
        ValueError: The name is unknown.
    """
    row = entry(name)
    return row.rate and partial(row.rate, row.model)


def digest(name: str, params_dir: str | os.PathLike | None = None) -> str:
    """Returns twelve hex digits that name a model's parameters; empty if it has none."""
    path = locate(name, params_dir)
    return parameters.header(path)["sha256"][:12] if path else ""


def shapes(row: Entry) -> dict[str, tuple[int, ...]]:
    """Returns the shape of every parameter of a row's network, by path; computes nothing."""
    return dict(_shapes(row.model, row.channels))


def parameter_count(row: Entry) -> int:
    """Returns how many parameters a row's network has."""
    return sum(map(math.prod, shapes(row).values()))


@functools.cache  # Models are loaded more than once.
def _shapes(model: nn.Module, channels: int) -> dict[str, tuple[int, ...]]:
    image = jax.ShapeDtypeStruct((1, 64, 64, channels), jnp.float32)
    key = jax.eval_shape(jax.random.key, 0)  # A real one would be computed, by a program.
    tree = jax.eval_shape(model.init, key, image)
    flat = traverse_util.flatten_dict(tree.get("params", {}), sep="/")
    return {path: leaf.shape for path, leaf in flat.items()}


def _outside(name: str, path: Path) -> Entry:
    """Returns the row of a model outside the catalogue, as its parameter file's header has it."""
    header = parameters.header(path)
    try:
        family, values = written.read(header["hyper_parameters"])
        row = next(row for row in CATALOGUE.values() if type(row.model).__name__ == family)
        if not values.keys() <= written.fields(row.model).keys():
            raise ValueError(f"{family} has no such fields: {', '.join(map(str, values))}")
        origin = {"repository": header["source"], "licence": header["licence"], "address": ""}
        source = dataclasses.replace(row.source, **origin)
        return Entry(name, type(row.model)(**values), source, rate=row.rate)
    except (KeyError, StopIteration, TypeError, ValueError) as error:
        raise ValueError(f"{path} does not say what model it holds: {error!r}") from error


def _load_params(row: Entry, params_dir) -> Params:
    path = locate(row.name, params_dir)
    if path is None:
        return {}
    params, _ = parameters.load(path)
    found = traverse_util.flatten_dict(params, sep="/")
    wanted = shapes(row)
    if {name: array.shape for name, array in found.items()} != wanted:
        raise ValueError(
            f"{path} does not hold {row.name}: expected {len(wanted)} arrays of its shapes, found"
            f" {len(found)} others. Port it again: python -m experiments.port --models={row.name}"
        )
    return params
