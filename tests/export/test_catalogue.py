"""Every row of the catalogue is a program of any size, in primitives that formats are made of."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend import core

from srzoo_jax import zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.export.metadata import describe, limits
from srzoo_jax.export.program import of_any_size
from tests.export import restorers

MODELS = {row.model: row for row in CATALOGUE.values()}


def primitives(jaxpr, helpers):
    for eqn in jaxpr.eqns:
        yield eqn.primitive.name
        if eqn.params.get("name") in helpers:
            continue
        for value in eqn.params.values():
            value = value.jaxpr if isinstance(value, core.ClosedJaxpr) else value
            if isinstance(value, core.Jaxpr):
                yield from primitives(value, helpers)


def program(row):
    image = jax.ShapeDtypeStruct((1, 64, 64, row.channels), jnp.float32)
    params = jax.eval_shape(row.model.init, jax.random.key(0), image).get("params", {})
    return of_any_size(zoo.restorer(row), params, **limits(row))


def test_every_row_is_a_program_that_onnx_has_words_for():
    pytest.importorskip("onnx", reason="needs the package onnx")
    from srzoo_jax.export.onnx import PRIMITIVES
    from srzoo_jax.export.onnx.helpers import HANDLERS

    for row in MODELS.values():
        made = program(row)
        closed = made.jaxpr
        missing = {*primitives(closed.jaxpr, HANDLERS)} - PRIMITIVES.keys()
        assert not missing, row.name
        (sr,), image = closed.out_avals, made.image
        enlarged = [row.scale * side for side in image.shape[1:3]]
        assert [*sr.shape] == [image.shape[0], *enlarged, row.channels], row.name


@pytest.mark.parametrize("name", [*restorers.SMALLER, "swinir_classical_x4"])
def test_a_row_of_every_network_is_converted_at_its_full_size(name):
    """Converted alone: what all rows give when they are run, EXPORTS.md tells."""
    pytest.importorskip("onnx", reason="needs the package onnx")
    from srzoo_jax.export import onnx, stablehlo

    row = CATALOGUE[name]
    made = program(row)
    rng = np.random.default_rng(0)
    params = jax.tree.map(lambda leaf: rng.random(leaf.shape, np.float32), made.params)
    made = dataclasses.replace(made, params=params)
    assert onnx.model(made, {}).ByteSize() > sum(array.nbytes for array in made.arrays)
    (sr,) = stablehlo.exported(made).out_avals
    assert str(sr.shape[1]) == str(row.scale * made.image.shape[1])


def test_files_say_what_is_known():
    known = describe("bicubic_x2")
    assert (known["scale"], known["min_side"], known["channels"]) == ("2", "2", "3")
    assert "licence" not in known and all(isinstance(value, str) for value in known.values())
    known = describe("srzoo_ecbsr_x2+")
    assert {"licence", "source", "parameters"} <= known.keys()
