"""What moves values without changing them, and where they lie."""

import numpy as np

from srzoo_jax.export.onnx import dims
from srzoo_jax.export.onnx.values import CHANNELS_FIRST, Tensor


def _integers(conversion, values) -> str:
    return dims.vector(conversion.graph, conversion.values.symbols, values)


def _broadcast(conversion, eqn, value, *sizes):
    """Inserts axes of length 1; how long they are to be matters later, if at all."""
    if sizes:
        raise NotImplementedError("sizes that the data decides")
    aval, places = eqn.outvars[0].aval, eqn.params["broadcast_dimensions"]
    shape = [1] * len(aval.shape)
    for place, size in zip(places, value.shape, strict=True):
        shape[place] = size
    if isinstance(value, np.ndarray):
        return value.reshape(shape)
    order = [places[axis] for axis in value.order]
    target = CHANNELS_FIRST if len(shape) == 4 else tuple(range(len(shape)))
    if [axis for axis in target if axis in places] != order:
        target, order = tuple(range(len(shape))), list(places)
        name = conversion.values.name(value)
    else:
        name = value.name
    new = [i for i, axis in enumerate(target) if axis not in places]
    if new:
        axes = conversion.graph.constant(np.array(new, np.int64))
        name = conversion.graph.node("Unsqueeze", name, axes)
    return conversion.tensor(name, aval, target, shape)


def _reshape(conversion, eqn, value, *sizes):
    if sizes:
        raise NotImplementedError("sizes that the data decides")
    full, aval = eqn.invars[0].aval, eqn.outvars[0].aval
    order = eqn.params["dimensions"] or range(len(full.shape))
    old = [full.shape[axis] for axis in order]
    # 0 keeps the length that the axis has; one length may be left to be found.
    sizes = [0 if i < len(old) and size == old[i] else size for i, size in enumerate(aval.shape)]
    unknown = [i for i, size in enumerate(sizes) if not dims.is_known(size)]
    if len(unknown) == 1:
        sizes[unknown[0]] = -1
    name = conversion.dense(value, full, order)
    name = conversion.graph.node("Reshape", name, _integers(conversion, sizes))
    return conversion.tensor(name, aval)


def _squeeze(conversion, eqn, value):
    return without(conversion, eqn, value, eqn.params["dimensions"])


def without(conversion, eqn, value, gone):
    """Drops axes of length 1."""
    left = [axis for axis in range(len(value.shape)) if axis not in gone]
    axes = np.array([i for i, axis in enumerate(value.order) if axis in gone], np.int64)
    name = conversion.graph.node("Squeeze", value.name, conversion.graph.constant(axes))
    order = [left.index(axis) for axis in value.order if axis in left]
    shape = [value.shape[axis] for axis in left]
    return conversion.tensor(name, eqn.outvars[0].aval, order, shape)


def _transpose(conversion, eqn, value):
    """Only renames axes."""
    permutation = eqn.params["permutation"]
    order = [permutation.index(axis) for axis in value.order]
    shape = [value.shape[axis] for axis in permutation]
    return conversion.tensor(value.name, eqn.outvars[0].aval, order, shape)


def _concatenate(conversion, eqn, *values):
    order = conversion.values.common_order(values)
    names = [
        conversion.dense(value, atom.aval, order)
        for value, atom in zip(values, eqn.invars, strict=True)
    ]
    axis = order.index(eqn.params["dimension"])
    name = conversion.graph.node("Concat", *names, axis=axis)
    return conversion.tensor(name, eqn.outvars[0].aval, order)


def _stack(conversion, eqn, *values):
    axis, graph = eqn.params["axis"], conversion.graph
    place = graph.constant(np.array([axis], np.int64))
    names = [
        graph.node("Unsqueeze", conversion.dense(value, atom.aval), place)
        for value, atom in zip(values, eqn.invars, strict=True)
    ]
    return conversion.tensor(graph.node("Concat", *names, axis=axis), eqn.outvars[0].aval)


def _split(conversion, eqn, value):
    sizes, axis = eqn.params["sizes"], eqn.params["axis"]
    if len(sizes) == 1:
        return value
    if not all(map(dims.is_known, sizes)):
        raise NotImplementedError("parts of unknown size")
    name = conversion.dense(value, eqn.invars[0].aval, value.order)
    names = conversion.graph.split(name, sizes, value.order.index(axis))
    return [
        conversion.tensor(part, out.aval, value.order)
        for part, out in zip(names, eqn.outvars, strict=True)
    ]


def _unstack(conversion, eqn, value):
    return [entry(conversion, value, i, eqn.params["axis"]) for i in range(len(eqn.outvars))]


def entry(conversion, value, index: int, along: int = 0):
    """One entry along an axis, without that axis."""
    index = 0 if value.shape[along] == 1 else index  # All are alike before they are broadcast.
    if isinstance(value, np.ndarray):
        return value.take(index, along)
    place = conversion.graph.constant(np.array(index, np.int64))
    name = conversion.graph.node("Gather", value.name, place, axis=value.order.index(along))
    order = [axis - (axis > along) for axis in value.order if axis != along]
    shape = (*value.shape[:along], *value.shape[along + 1 :])
    return Tensor(name, shape, value.dtype, tuple(order))


def _slice(conversion, eqn, value):
    rank = len(eqn.invars[0].aval.shape)
    ends = (eqn.params["start_indices"], eqn.params["limit_indices"])
    return cut(conversion, eqn, value, *ends, eqn.params["strides"] or (1,) * rank)


def cut(conversion, eqn, value, starts, limits, strides):
    """Slices along the axes that lose something."""
    shape = eqn.invars[0].aval.shape
    axes = [
        axis
        for axis, size in enumerate(shape)
        if not (starts[axis] == 0 and limits[axis] == size and strides[axis] == 1)
    ]
    if not axes:
        return value
    name = conversion.dense(value, eqn.invars[0].aval, value.order)
    parts = [[what[axis] for axis in axes] for what in (starts, limits)]
    parts += [[value.order.index(axis) for axis in axes], [strides[axis] for axis in axes]]
    name = conversion.graph.node("Slice", name, *(_integers(conversion, part) for part in parts))
    shape = [size if i not in axes else None for i, size in enumerate(shape)]
    for axis in axes:
        shape[axis] = -((starts[axis] - limits[axis]) // strides[axis])
    return conversion.tensor(name, eqn.outvars[0].aval, value.order, shape)


def _reverse(conversion, eqn, value):
    axes = [value.order.index(axis) for axis in eqn.params["dimensions"]]
    start, end, step = ([number] * len(axes) for number in (-1, np.iinfo(np.int64).min, -1))
    name = conversion.dense(value, eqn.invars[0].aval, value.order)
    parts = (_integers(conversion, part) for part in (start, end, axes, step))
    name = conversion.graph.node("Slice", name, *parts)
    return conversion.tensor(name, eqn.outvars[0].aval, value.order)


def _pad(conversion, eqn, value, filling):
    """Pads with a number; negative widths cut off."""
    config = eqn.params["padding_config"]
    if any(inner for *_, inner in config):
        raise NotImplementedError("padding between elements")
    if all(low == 0 and high == 0 for low, high, _ in config):
        return value
    order = value.order
    widths = [config[axis][end] for end in (0, 1) for axis in order]
    name = conversion.dense(value, eqn.invars[0].aval, order)
    name = conversion.graph.node(
        "Pad", name, _integers(conversion, widths), conversion.values.name(filling)
    )
    return conversion.tensor(name, eqn.outvars[0].aval, order)


def _iota(conversion, eqn):
    """Counts along one axis; the others stay of length 1."""
    aval, axis = eqn.outvars[0].aval, eqn.params["dimension"]
    graph = conversion.graph
    zero, one = (graph.constant(np.array(number, np.int64)) for number in (0, 1))
    length = graph.node("Squeeze", _integers(conversion, [aval.shape[axis]]))
    name = graph.node("Range", zero, length, one)
    shape = [1] * len(aval.shape)
    shape[axis] = -1
    name = graph.node("Reshape", name, graph.constant(np.array(shape, np.int64)))
    shape[axis] = aval.shape[axis]
    return conversion.tensor(_cast(graph, name, aval.dtype), aval, shape=shape)


def _dimension(conversion, eqn):
    """A length as a value of the program."""
    name = conversion.graph.node("Squeeze", _integers(conversion, [eqn.params["dim"]]))
    aval = eqn.outvars[0].aval
    return conversion.tensor(_cast(conversion.graph, name, aval.dtype), aval)


def _cast(graph, name, dtype) -> str:
    from onnx import helper

    return graph.node("Cast", name, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))


HANDLERS = {
    "broadcast_in_dim": _broadcast,
    "concatenate": _concatenate,
    "dim_as_value": _dimension,
    "iota": _iota,
    "pad": _pad,
    "reshape": _reshape,
    "rev": _reverse,
    "slice": _slice,
    "split": _split,
    "squeeze": _squeeze,
    "stack": _stack,
    "transpose": _transpose,
    "unstack": _unstack,
}
