"""An ONNX graph in the making: nodes and initializers, each value named once."""

import hashlib
from collections.abc import Iterable

import numpy as np
import onnx
from onnx import helper, numpy_helper

OPSET = 17
_IR_VERSION = 8  # The oldest that has this opset: older runtimes read it, too.


class Graph:
    """Collects nodes in the order of their computation; equal constants become one."""

    def __init__(self):
        self.nodes: list[onnx.NodeProto] = []
        self.arrays: dict[str, np.ndarray] = {}
        self._known: dict[bytes, str] = {}

    def node(self, operator: str, *inputs: str, **attributes) -> str:
        """Adds a node of one output and returns the output's name."""
        name = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def split(self, value: str, sizes: Iterable[int], axis: int) -> list[str]:
        """Adds a Split, the one operator here that has several outputs."""
        sizes = np.array([*sizes], np.int64)
        names = [f"split_{len(self.nodes)}_{i}" for i in range(len(sizes))]
        node = helper.make_node("Split", [value, self.constant(sizes)], names, axis=axis)
        self.nodes.append(node)
        return names

    def constant(self, array) -> str:
        """Returns the name of an initializer that holds `array`."""
        array = np.ascontiguousarray(array).reshape(np.shape(array))
        key = hashlib.sha256(f"{array.dtype}{array.shape}".encode() + array.tobytes()).digest()
        if key not in self._known:
            self._known[key] = f"constant_{len(self._known)}"
            self.arrays[self._known[key]] = array
        return self._known[key]

    def rename(self, old: str, new: str) -> None:
        """Gives a node's output another name, as the graph's outputs have names of their own."""
        for node in self.nodes:
            node.input[:] = [new if name == old else name for name in node.input]
            node.output[:] = [new if name == old else name for name in node.output]

    def model(
        self,
        inputs: list[onnx.ValueInfoProto],
        outputs: list[onnx.ValueInfoProto],
        metadata: dict[str, str],
    ) -> onnx.ModelProto:
        """Returns the graph as a checked model, without what no output needs.

        Args:
            inputs: What the graph is given.
            outputs: Names of nodes' outputs, with types.
            metadata: Becomes the file's `metadata_props`.

        Raises:
            onnx.checker.ValidationError: The graph is no valid ONNX.
        """
        nodes = _needed(self.nodes, {value.name for value in outputs})
        used = {name for node in nodes for name in node.input}
        arrays = [
            numpy_helper.from_array(array, name)
            for name, array in self.arrays.items()
            if name in used
        ]
        graph = helper.make_graph(nodes, metadata.get("model", "restorer"), inputs, outputs, arrays)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=_IR_VERSION,
            producer_name="srzoo_jax",
        )
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model, full_check=True)
        return model


def _needed(nodes: list[onnx.NodeProto], wanted: set[str]) -> list[onnx.NodeProto]:
    """The nodes that something in `wanted` depends on, in their order."""
    kept = []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted |= set(node.input)
            kept.append(node)
    return kept[::-1]
