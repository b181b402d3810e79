"""Calls, which are inlined, and scans, which are unrolled."""

import numpy as np
from jax.extend import core

from srzoo_jax import loops
from srzoo_jax.export.onnx.shaping import entry
from srzoo_jax.export.onnx.values import Tensor


def _call(parameter):
    def handler(conversion, eqn, *values):
        inner = eqn.params[parameter]
        if isinstance(inner, core.ClosedJaxpr):
            return conversion.run(inner.jaxpr, inner.consts, values)
        return conversion.run(inner, (), values)

    return handler


def _scan(conversion, eqn, *values):
    """Steps one after another, each with its slice of what is known; outputs are stacked."""
    inner = eqn.params["jaxpr"]
    constants, carry, stacked = loops.split(eqn, values)
    kept = []
    steps = range(eqn.params["length"])
    for step in reversed(steps) if eqn.params["reverse"] else steps:
        slices = [entry(conversion, value, step) for value in stacked]
        outputs = conversion.run(inner.jaxpr, inner.consts, [*constants, *carry, *slices])
        carry = outputs[: len(carry)]
        kept.append(outputs[len(carry) :])
    if eqn.params["reverse"]:
        kept.reverse()
    atoms = inner.jaxpr.outvars[len(carry) :]
    outs = [
        _stack(conversion, atom.aval, parts)
        for atom, parts in zip(atoms, zip(*kept, strict=True), strict=True)
    ]
    return [*carry, *outs]


def _stack(conversion, aval, parts) -> Tensor:
    graph = conversion.graph
    axis = graph.constant(np.array([0], np.int64))
    names = [graph.node("Unsqueeze", conversion.dense(part, aval), axis) for part in parts]
    shape = (len(parts), *aval.shape)
    return conversion.tensor(graph.node("Concat", *names, axis=0), aval, shape=shape)


HANDLERS = {
    "jit": _call("jaxpr"),
    "custom_jvp_call": _call("call_jaxpr"),
    "custom_vjp_call": _call("call_jaxpr"),
    "remat2": _call("jaxpr"),
    "scan": _scan,
}
