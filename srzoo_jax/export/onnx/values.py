"""What variables of a jaxpr are while it is being converted, and how they get an axis order.

Known values are NumPy arrays; the others are `Tensor`. Both may have length 1 along axes that the
jaxpr has broadcast: ONNX's operators broadcast by themselves, so this is done when something
needs it, which is seldom.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from srzoo_jax.export.onnx import dims
from srzoo_jax.export.onnx.graph import Graph

CHANNELS_FIRST = (0, 3, 1, 2)
"""The order in which ONNX's convolutions want [B, H, W, C]."""


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A value that the graph computes.

    Attributes:
        name: In the graph.
        shape: As in the jaxpr, but for 1 along axes not broadcast yet; lengths may be symbolic.
        dtype: NumPy's.
        order: The graph's axis i is the jaxpr's axis order[i].
    """

    name: str
    shape: tuple
    dtype: np.dtype
    order: tuple[int, ...]


Value = np.ndarray | Tensor


class Values:
    """Names values in a graph, in any order of their axes; each is transposed once at most."""

    def __init__(self, graph: Graph, symbols: dict[str, str]):
        self.graph = graph
        self.symbols = symbols
        self._orders: dict[tuple[str, tuple[int, ...]], str] = {}

    def name(self, value: Value, order: Sequence[int] | None = None, shape=None) -> str:
        """Returns what holds `value` in the graph.

        Args:
            value: The value.
            order: Its axes' order there; default: as in the jaxpr. Of a scalar it says nothing.
            shape: Where given, the value is broadcast to this shape of the jaxpr.
        """
        rank = len(value.shape)
        order = tuple(range(rank)) if order is None or rank == 0 else tuple(order)
        if isinstance(value, np.ndarray):
            name = self.graph.constant(value.transpose(order))
        else:
            name = self._ordered(value, order)
        if shape is not None and tuple(value.shape) != tuple(shape):
            lengths = dims.vector(self.graph, self.symbols, [shape[axis] for axis in order])
            name = self.graph.node("Expand", name, lengths)
        return name

    def common_order(self, values: Sequence[Value]) -> tuple[int, ...]:
        """Returns an axis order that values of one rank best be combined in.

        That is an order in which all are there already; else the one of images, if one has it.
        """
        rank = max(len(value.shape) for value in values)
        tensors = [v for v in values if isinstance(v, Tensor) and len(v.shape) == rank]
        orders = [tensor.order for tensor in tensors]
        plain = tuple(range(rank))
        for order in (*orders, plain):
            if all(self._is_there(tensor, order) for tensor in tensors):
                return order
        return CHANNELS_FIRST if CHANNELS_FIRST in orders else orders[0]

    def _is_there(self, tensor: Tensor, order) -> bool:
        return tensor.order == order or (tensor.name, _step(tensor.order, order)) in self._orders

    def _ordered(self, tensor: Tensor, order: tuple[int, ...]) -> str:
        step = _step(tensor.order, order)
        if step == tuple(range(len(step))):
            return tensor.name
        key = (tensor.name, step)
        if key not in self._orders:
            self._orders[key] = self.graph.node("Transpose", tensor.name, perm=step)
        return self._orders[key]


def _step(old: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that turns one order into the other."""
    return tuple(old.index(axis) for axis in new)
