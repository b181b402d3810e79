"""The first and the last nodes of a graph: what its images may be, and are made."""

import numpy as np

from srzoo_jax.export.onnx.graph import Graph
from srzoo_jax.export.program import Program


def sides(program: Program, factor: int) -> list[str | int]:
    """The lengths of an image [B, C, H, W] enlarged by `factor`, as runtimes show them."""
    batch, *lengths, channels = program.image.shape
    names = []
    for name, multiple in map(program.symbol, lengths):
        times = factor * (1 if program.border else multiple)
        names.append(name if times == 1 else f"{times}*{name}")
    return [str(batch), channels, *names]


def padded(graph: Graph, program: Program, image: str, height: str, width: str) -> list[str]:
    """Returns the image, made to have sides as the program wants them, and these sides."""
    if not program.border:
        return [image, height, width]
    multiples = [program.symbol(dim)[1] for dim in program.image.shape[1:3]]
    margins = [
        graph.node("Mod", graph.node("Neg", side), graph.constant(np.array([multiple], np.int64)))
        for side, multiple in zip((height, width), multiples, strict=True)
    ]
    none = graph.constant(np.zeros(6, np.int64))
    image = graph.node("Pad", image, graph.node("Concat", none, *margins, axis=0), mode="reflect")
    added = zip((height, width), margins, strict=True)
    return [image, *(graph.node("Add", side, margin) for side, margin in added)]


def symbols(graph: Graph, program: Program, *lengths: str) -> dict[str, str]:
    """Returns the program's symbols: batch, and what height and width are multiples of."""
    found = {}
    for dim, length in zip(program.image.shape[:3], lengths, strict=True):
        name, multiple = program.symbol(dim)
        if multiple > 1:
            length = graph.node("Div", length, graph.constant(np.array([multiple], np.int64)))
        found[name] = length
    return found


def cropped(
    graph: Graph, program: Program, image: str, factor: int, height: str, width: str
) -> str:
    """Returns the output without what `padded` led to, for an input of this size."""
    if not program.border:
        return image
    factors, axes = graph.constant(np.array([factor] * 2)), graph.constant(np.array((2, 3)))
    ends = graph.node("Mul", graph.node("Concat", height, width, axis=0), factors)
    return graph.node("Slice", image, graph.constant(np.zeros(2, np.int64)), ends, axes)
