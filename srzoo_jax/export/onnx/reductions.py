"""Sums, extremes and products over axes."""

import numpy as np

_ARGUMENTS = {"argmin": "ArgMin", "argmax": "ArgMax"}
_EXTREMES = {"reduce_max": "ReduceMax", "reduce_min": "ReduceMin"}


def _left(value, gone) -> tuple[list[int], list[int]]:
    """Which axes stay, and in which order they then are."""
    left = [axis for axis in range(len(value.shape)) if axis not in gone]
    return left, [left.index(axis) for axis in value.order if axis in left]


def _sum(conversion, eqn, value):
    gone = eqn.params["axes"]
    _, order = _left(value, gone)
    axes = np.array([value.order.index(axis) for axis in gone], np.int64)
    name = conversion.dense(value, eqn.invars[0].aval, value.order)
    name = conversion.graph.node("ReduceSum", name, conversion.graph.constant(axes), keepdims=0)
    return conversion.tensor(name, eqn.outvars[0].aval, order)


def _extreme(operator):
    def handler(conversion, eqn, value):
        gone = eqn.params["axes"]
        left, order = _left(value, gone)
        axes = [value.order.index(axis) for axis in gone]
        name = conversion.graph.node(operator, value.name, axes=axes, keepdims=0)
        shape = [value.shape[axis] for axis in left]
        return conversion.tensor(name, eqn.outvars[0].aval, order, shape)

    return handler


def _argument(operator):
    def handler(conversion, eqn, value):
        from onnx import helper

        (axis,) = eqn.params["axes"]
        _, order = _left(value, (axis,))
        name = conversion.dense(value, eqn.invars[0].aval, value.order)
        name = conversion.graph.node(operator, name, axis=value.order.index(axis), keepdims=0)
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(eqn.outvars[0].aval.dtype))
        name = conversion.graph.node("Cast", name, to=kind)
        return conversion.tensor(name, eqn.outvars[0].aval, order)

    return handler


def _product(conversion, eqn, left, right):
    """Matrix products of the last two axes; a product with a matrix, of images too."""
    left_name = conversion.dense(left, eqn.invars[0].aval)
    right_name = conversion.dense(right, eqn.invars[1].aval)
    name = conversion.graph.node("MatMul", left_name, right_name)
    return conversion.tensor(name, eqn.outvars[0].aval)


def _dot_general(conversion, eqn, left, right):
    """A sum of products, written with a letter for each axis."""
    (left_sum, right_sum), (left_batch, right_batch) = eqn.params["dimension_numbers"]
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    left_axes = [next(letters) for _ in left.shape]
    right_axes = [next(letters) for _ in right.shape]
    pairs = (*zip(left_sum, right_sum, strict=True), *zip(left_batch, right_batch, strict=True))
    for i, j in pairs:
        right_axes[j] = left_axes[i]
    out = [left_axes[axis] for axis in left_batch]
    out += [a for i, a in enumerate(left_axes) if i not in (*left_sum, *left_batch)]
    out += [a for j, a in enumerate(right_axes) if j not in (*right_sum, *right_batch)]
    names = [
        conversion.dense(value, atom.aval)
        for value, atom in zip((left, right), eqn.invars, strict=True)
    ]
    if (len(left_sum), len(left_batch), len(right.shape)) == (1, 0, 2) and (
        left_sum[0] == len(left.shape) - 1 and right_sum[0] == 0
    ):
        name = conversion.graph.node("MatMul", *names)
    else:
        equation = f"{''.join(left_axes)},{''.join(right_axes)}->{''.join(out)}"
        name = conversion.graph.node("Einsum", *names, equation=equation)
    return conversion.tensor(name, eqn.outvars[0].aval)


HANDLERS = {
    **{primitive: _argument(operator) for primitive, operator in _ARGUMENTS.items()},
    **{primitive: _extreme(operator) for primitive, operator in _EXTREMES.items()},
    "dot_general": _dot_general,
    "product": _product,
    "reduce_sum": _sum,
}
