"""Restorers as ONNX: written from their jaxpr, for any size of image."""

import onnx
from onnx import helper

from srzoo_jax.export.onnx import edges, fusion
from srzoo_jax.export.onnx.conversion import PRIMITIVES, Conversion, UnsupportedError
from srzoo_jax.export.onnx.graph import Graph
from srzoo_jax.export.onnx.values import CHANNELS_FIRST
from srzoo_jax.export.program import Program

INPUT, OUTPUT = "lr", "sr"

__all__ = ["INPUT", "OUTPUT", "PRIMITIVES", "UnsupportedError", "model"]


def model(program: Program, metadata: dict[str, str]) -> onnx.ModelProto:
    """Writes a program as an ONNX model: `lr` [B, C, H, W] -> `sr` [B, C, sH, sW], float32.

    Args:
        program: What is to be computed.
        metadata: What the file says of it, by name.

    Raises:
        UnsupportedError: It has a primitive that is not written in ONNX here; the message names
            it.
    """
    graph, closed = Graph(), program.jaxpr
    (out,), given = closed.out_avals, program.image.shape
    factor = out.shape[1] // given[1]
    lengths = [graph.node("Shape", INPUT, start=axis, end=axis + 1) for axis in (0, 2, 3)]
    name, *padded = edges.padded(graph, program, INPUT, *lengths[1:])
    symbols = edges.symbols(graph, program, lengths[0], *padded)
    conversion = Conversion(graph, symbols)
    image = conversion.tensor(name, program.image, CHANNELS_FIRST)
    (value,) = conversion.run(closed.jaxpr, closed.consts, [*program.arrays, image])
    name = conversion.dense(value, out, CHANNELS_FIRST)
    name = graph.node("Identity", name) if name == INPUT else name
    graph.rename(edges.cropped(graph, program, name, factor, *lengths[1:]), OUTPUT)
    fusion.fuse_bias(graph)
    infos = [_info(INPUT, edges.sides(program, 1)), _info(OUTPUT, edges.sides(program, factor))]
    return graph.model(infos[:1], infos[1:], metadata)


def _info(name: str, shape) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
