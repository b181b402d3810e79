"""Element by element: one ONNX operator each, or a few."""

import numpy as np
from jax import lax
from onnx import helper

from srzoo_jax.export.onnx.values import Tensor

_OPERATORS = {
    "abs": "Abs",
    "add": "Add",
    "and": "And",
    "ceil": "Ceil",
    "div": "Div",  # Of integers ONNX's truncates, as JAX's.
    "eq": "Equal",
    "erf": "Erf",
    "exp": "Exp",
    "floor": "Floor",
    "ge": "GreaterOrEqual",
    "gt": "Greater",
    "le": "LessOrEqual",
    "log": "Log",
    "logistic": "Sigmoid",
    "lt": "Less",
    "min": "Min",
    "mul": "Mul",
    "neg": "Neg",
    "not": "Not",
    "or": "Or",
    "pow": "Pow",
    "sign": "Sign",
    "sqrt": "Sqrt",
    "sub": "Sub",
    "tanh": "Tanh",
}


def apply(conversion, operator: str, eqn, *values, **attributes) -> Tensor:
    """Adds an operator that broadcasts its inputs; the output has the order they had in common."""
    order = conversion.values.common_order(values)
    names = [conversion.values.name(value, order) for value in values]
    name = conversion.graph.node(operator, *names, **attributes)
    shape = _broadcast(*(value.shape for value in values))
    return conversion.tensor(name, eqn.outvars[0].aval, order, shape)


def _broadcast(*shapes) -> tuple:
    rank = max(map(len, shapes))
    full = [shape for shape in shapes if len(shape) == rank]
    return tuple(next((n for n in lengths if n != 1), 1) for lengths in zip(*full, strict=True))


def _plain(operator):
    return lambda conversion, eqn, *values: apply(conversion, operator, eqn, *values)


def _maximum(conversion, eqn, left, right):
    if _is(right, 0) or _is(left, 0):
        return apply(conversion, "Relu", eqn, left if _is(right, 0) else right)
    return apply(conversion, "Max", eqn, left, right)


def _is(value, number) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and (value == number).all()


def _not_equal(conversion, eqn, left, right):
    return apply(conversion, "Not", eqn, apply(conversion, "Equal", eqn, left, right))


def _inverse_root(conversion, eqn, value):
    return apply(conversion, "Reciprocal", eqn, apply(conversion, "Sqrt", eqn, value))


def _square(conversion, eqn, value):
    return apply(conversion, "Mul", eqn, value, value)


def _integer_power(conversion, eqn, value):
    power = np.asarray(eqn.params["y"], value.dtype)
    return apply(conversion, "Pow", eqn, value, power)


def _select(conversion, eqn, which, *cases):
    if len(cases) != 2 or which.dtype != np.bool_:
        raise NotImplementedError(f"a choice among {len(cases)}")
    return apply(conversion, "Where", eqn, which, cases[1], cases[0])


def _clamp(conversion, eqn, low, value, high):
    return apply(conversion, "Min", eqn, apply(conversion, "Max", eqn, value, low), high)


def _round(conversion, eqn, value):
    if eqn.params["rounding_method"] != lax.RoundingMethod.TO_NEAREST_EVEN:
        raise NotImplementedError("rounding halves away from zero")
    return apply(conversion, "Round", eqn, value)


def _convert(conversion, eqn, value):
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(eqn.outvars[0].aval.dtype))
    return apply(conversion, "Cast", eqn, value, to=kind)


def _same(conversion, eqn, value):
    del conversion, eqn
    return value


HANDLERS = {
    **{primitive: _plain(operator) for primitive, operator in _OPERATORS.items()},
    "clamp": _clamp,
    "convert_element_type": _convert,
    "copy": _same,
    "integer_pow": _integer_power,
    "max": _maximum,
    "ne": _not_equal,
    "round": _round,
    "rsqrt": _inverse_root,
    "select_n": _select,
    "square": _square,
    "stop_gradient": _same,
}
