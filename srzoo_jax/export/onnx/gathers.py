"""Gathers, which in programs for any size stand for indexing of every kind: three of them."""

import numpy as np
from onnx import TensorProto

from srzoo_jax.export.onnx import dims, shaping

_INT64 = TensorProto.INT64


def _gather(conversion, eqn, table, indices):
    numbers, sizes = eqn.params["dimension_numbers"], eqn.params["slice_sizes"]
    if numbers.operand_batching_dims:
        raise NotImplementedError("a gather by batches")
    if len(eqn.invars[1].aval.shape) == 1 and not isinstance(indices, np.ndarray):
        return _moved_window(conversion, eqn, table, indices)
    if len(eqn.invars[1].aval.shape) == 1:
        return _window(
            conversion, eqn, table, dict(zip(numbers.start_index_map, indices, strict=True)), sizes
        )
    return _entries(conversion, eqn, table, indices)


def _window(conversion, eqn, table, places, sizes):
    """One part of the table, at a known place: a slice."""
    starts = [int(places.get(axis, 0)) for axis in range(len(sizes))]
    limits = [start + size for start, size in zip(starts, sizes, strict=True)]
    part = shaping.cut(conversion, eqn, table, starts, limits, [1] * len(sizes))
    gone = eqn.params["dimension_numbers"].collapsed_slice_dims
    return shaping.without(conversion, eqn, part, gone) if gone else part


def _moved_window(conversion, eqn, table, starts):
    """One part of the table, at a place that depends on the image's size."""
    numbers, sizes = eqn.params["dimension_numbers"], eqn.params["slice_sizes"]
    axes = numbers.start_index_map
    whole = all(size == table.shape[i] for i, size in enumerate(sizes) if i not in axes)
    if not whole or numbers.collapsed_slice_dims:
        raise NotImplementedError("a gather of a part that loses axes")
    graph = conversion.graph
    starts = graph.node("Cast", conversion.dense(starts, eqn.invars[1].aval), to=_INT64)
    lengths = dims.vector(graph, conversion.values.symbols, [sizes[axis] for axis in axes])
    places = graph.constant(np.array([table.order.index(axis) for axis in axes], np.int64))
    name = conversion.dense(table, eqn.invars[0].aval, table.order)
    name = graph.node("Slice", name, starts, graph.node("Add", starts, lengths), places)
    return conversion.tensor(name, eqn.outvars[0].aval, table.order)


def _entries(conversion, eqn, table, indices):
    """Entries along one axis, for indices of any shape."""
    numbers, sizes = eqn.params["dimension_numbers"], eqn.params["slice_sizes"]
    (axis, *more), places = numbers.start_index_map, eqn.invars[1].aval.shape[:-1]
    rank = len(eqn.outvars[0].aval.shape)
    whole = all(size == table.shape[i] for i, size in enumerate(sizes) if i != axis)
    inserted = [i for i in range(rank) if i not in numbers.offset_dims]
    wanted = [*range(axis, axis + len(places))]
    if more or not whole or (*numbers.collapsed_slice_dims,) != (axis,) or inserted != wanted:
        raise NotImplementedError("a gather of anything but entries along one axis")
    name = conversion.dense(indices, eqn.invars[1].aval)
    last = conversion.graph.constant(np.array([-1], np.int64))
    name = conversion.graph.node("Squeeze", name, last)
    name = conversion.graph.node("Gather", conversion.values.name(table), name, axis=axis)
    return conversion.tensor(name, eqn.outvars[0].aval)


HANDLERS = {"gather": _gather}
