"""Restorers as ONNX: written from their jaxpr, for any size of image."""

import numpy as np
import onnx
from onnx import helper

from srzoo_jax.export.onnx import dims, fusion
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
    graph = Graph()
    given = program.image.shape
    symbols = {}
    for axis, dim in zip((0, 2, 3), given[:3], strict=True):
        length = graph.node("Shape", INPUT, start=axis, end=axis + 1)
        symbol, multiple = program.symbol(dim)
        if multiple > 1:
            length = graph.node("Div", length, graph.constant(np.array([multiple], np.int64)))
        symbols[symbol] = length
    conversion = Conversion(graph, symbols)
    image = conversion.tensor(INPUT, program.image, CHANNELS_FIRST)
    closed = program.jaxpr
    arrays = [np.asarray(array) for array in program.arrays]
    (out,) = conversion.run(closed.jaxpr, closed.consts, [*arrays, image])
    (aval,) = closed.out_avals
    name = conversion.dense(out, aval, CHANNELS_FIRST)
    graph.rename(name, OUTPUT)
    fusion.fuse_bias(graph)
    infos = [_info(INPUT, given), _info(OUTPUT, aval.shape)]
    return graph.model(infos[:1], infos[1:], metadata)


def _info(name: str, shape) -> onnx.ValueInfoProto:
    batch, height, width, channels = shape
    sizes = [
        size if dims.is_known(size) else str(size) for size in (batch, channels, height, width)
    ]
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, sizes)
