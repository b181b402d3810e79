"""What JAX writes as two steps and ONNX as one: a convolution and its bias."""

from collections import Counter

import onnx

from srzoo_jax.export.onnx.graph import Graph

_CONVOLUTIONS = ("Conv", "ConvTranspose")


def fuse_bias(graph: Graph) -> None:
    """Makes the addition of one number a channel part of the convolution before it.

    Where something else needs the convolution's output, too, both stay as they are.
    """
    uses = Counter(name for node in graph.nodes for name in node.input)
    made_by = {name: node for node in graph.nodes for name in node.output}
    kept = []
    for node in graph.nodes:
        convolution = made_by.get(node.input[0]) if node.op_type == "Add" else None
        bias = _bias(graph, node) if convolution is not None else None
        if bias is None or not _is_free(convolution, uses):
            kept.append(node)
            continue
        convolution.input.append(graph.constant(bias.ravel()))
        convolution.output[0] = node.output[0]
        made_by[node.output[0]] = convolution
    graph.nodes = kept


def _bias(graph: Graph, node: onnx.NodeProto):
    """What a node adds, if that is known and one number a channel."""
    array = graph.arrays.get(node.input[1])
    is_bias = array is not None and array.shape[:1] + array.shape[2:] == (1, 1, 1)
    return array if is_bias else None


def _is_free(node: onnx.NodeProto, uses: Counter) -> bool:
    return node.op_type in _CONVOLUTIONS and len(node.input) == 2 and uses[node.output[0]] == 1
