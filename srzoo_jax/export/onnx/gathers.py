"""Gathers, which in programs for any size stand for indexing of every kind: two of them."""

import numpy as np

from srzoo_jax.export.onnx import shaping


def _gather(conversion, eqn, table, indices):
    numbers, sizes = eqn.params["dimension_numbers"], eqn.params["slice_sizes"]
    if numbers.operand_batching_dims:
        raise NotImplementedError("a gather by batches")
    if isinstance(indices, np.ndarray) and indices.ndim == 1:
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
