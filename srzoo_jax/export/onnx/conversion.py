"""From a jaxpr to an ONNX graph, equation by equation.

What depends on parameters alone is computed at once; scans are unrolled, calls inlined. What is
left goes through a table, primitive -> handler; named helpers of the models (`pixels`), which ONNX
has operators for, go through another.
"""

from collections.abc import Callable, Sequence

import jax
import numpy as np
from jax.extend import core

from srzoo_jax.export.onnx import (
    calls,
    convolutions,
    elementwise,
    gathers,
    helpers,
    reductions,
    shaping,
)
from srzoo_jax.export.onnx.graph import Graph
from srzoo_jax.export.onnx.values import Tensor, Value, Values

PRIMITIVES: dict[str, Callable] = {
    **calls.HANDLERS,
    **elementwise.HANDLERS,
    **shaping.HANDLERS,
    **gathers.HANDLERS,
    **reductions.HANDLERS,
    **convolutions.HANDLERS,
}
"""Primitive -> (conversion, equation, *values) -> value, or a list of them."""


class UnsupportedError(NotImplementedError):
    """A program has something that is not written in ONNX here."""


class Conversion:
    """One program on its way into one graph.

    Attributes:
        graph: What has been made so far.
        values: Names of values in it.
    """

    def __init__(self, graph: Graph, symbols: dict[str, str]):
        self.graph = graph
        self.values = Values(graph, symbols)

    def run(self, jaxpr: core.Jaxpr, consts: Sequence, inputs: Sequence[Value]) -> list[Value]:
        """Adds what a jaxpr computes and returns its outputs.

        Raises:
            UnsupportedError: It has a primitive, or a use of one, without a counterpart.
        """
        known: dict[core.Var, Value] = {}

        def read(atom):
            if isinstance(atom, core.Literal):
                return np.asarray(atom.val, atom.aval.dtype)
            return known[atom]

        known.update(zip(jaxpr.constvars, map(np.asarray, consts), strict=True))
        known.update(zip(jaxpr.invars, inputs, strict=True))
        for eqn in jaxpr.eqns:
            outputs = self._equation(eqn, [read(atom) for atom in eqn.invars])
            known.update(zip(eqn.outvars, outputs, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def tensor(self, name: str, aval, order: Sequence[int] | None = None, shape=None) -> Tensor:
        """Returns a value of the graph for a variable of the jaxpr, whose shape it has."""
        shape = tuple(aval.shape if shape is None else shape)
        order = tuple(range(len(shape)) if order is None else order)
        return Tensor(name, shape, np.dtype(aval.dtype), order)

    def dense(self, value: Value, aval, order: Sequence[int] | None = None) -> str:
        """Returns what holds a value that has been broadcast to its full shape."""
        return self.values.name(value, order, aval.shape)

    def _equation(self, eqn, values) -> list[Value]:
        name = eqn.primitive.name
        if helper := helpers.find(eqn, values):
            return [helper(self, eqn, *values)]
        if name not in calls.HANDLERS and (folded := _folded(eqn, values)) is not None:
            return folded
        if name not in PRIMITIVES:
            raise UnsupportedError(f"the primitive {name} is not written in ONNX: {_where(eqn)}")
        try:
            outputs = PRIMITIVES[name](self, eqn, *values)
        except UnsupportedError:
            raise
        except NotImplementedError as error:
            raise UnsupportedError(f"{name}: {error}: {_where(eqn)}") from error
        return outputs if isinstance(outputs, list) else [outputs]


def _folded(eqn, values) -> list[np.ndarray] | None:
    """What an equation gives of known values; None if it is not to be computed now.

    A broadcast of something known is left to the operators that need it.
    """
    known = all(isinstance(value, np.ndarray) for value in values)
    avals = [atom.aval for atom in (*eqn.invars, *eqn.outvars)]
    sizes = [size for aval in avals for size in aval.shape]
    if not known or not all(isinstance(size, int) for size in sizes):
        return None
    if eqn.primitive.name in ("broadcast_in_dim", "dim_as_value"):
        return None
    inputs = [
        np.broadcast_to(value, atom.aval.shape)
        for value, atom in zip(values, eqn.invars, strict=True)
    ]
    with jax.default_device(jax.devices("cpu")[0]):
        outputs = eqn.primitive.bind(*map(jax.numpy.asarray, inputs), **eqn.params)
    outputs = outputs if eqn.primitive.multiple_results else [outputs]
    return [np.asarray(output) for output in outputs]


def _where(eqn) -> str:
    return str(eqn).strip().splitlines()[0]
