"""Lengths of axes as ONNX computes them: 4*h, floordiv(h - 3, 2) + 1, mod(- w, 8), ..."""

import ast
from collections.abc import Sequence

import numpy as np

from srzoo_jax.export.onnx.graph import Graph

_OPERATORS = {ast.Add: "Add", ast.Sub: "Sub", ast.Mult: "Mul", ast.Pow: "Pow"}
_FUNCTIONS = {"max": "Max", "min": "Min"}


def is_known(dim) -> bool:
    """Whether a length is a number."""
    return isinstance(dim, int | np.integer)


def vector(graph: Graph, symbols: dict[str, str], lengths: Sequence) -> str:
    """Returns the name of an int64 vector of lengths, computed where they are symbolic."""
    if all(map(is_known, lengths)):
        return graph.constant(np.array(lengths, np.int64))
    parts = [length(graph, symbols, dim) for dim in lengths]
    return parts[0] if len(parts) == 1 else graph.node("Concat", *parts, axis=0)


def length(graph: Graph, symbols: dict[str, str], dim) -> str:
    """Returns the name of one length, an int64 vector of one element.

    Args:
        graph: Where it is computed.
        symbols: The names of the lengths that lengths are made of.
        dim: A number or a symbolic dimension of JAX, which is read as it prints itself.
    """
    if is_known(dim):
        return graph.constant(np.array([dim], np.int64))

    def build(tree):
        match tree:
            case ast.Constant():
                return graph.constant(np.array([tree.value], np.int64))
            case ast.Name():
                return symbols[tree.id]
            case ast.UnaryOp(op=ast.USub()):
                return graph.node("Neg", build(tree.operand))
            case ast.BinOp():
                return graph.node(_OPERATORS[type(tree.op)], build(tree.left), build(tree.right))
            case ast.Call():
                return _call(graph, tree.func.id, *map(build, tree.args))
        raise NotImplementedError(f"the length {dim} cannot be computed in ONNX")

    return build(ast.parse(str(dim).replace("^", "**"), mode="eval").body)


def _call(graph: Graph, function: str, left: str, right: str) -> str:
    """Of integers ONNX's Mod has the sign of the divisor, as Python's, but its Div truncates."""
    if function in _FUNCTIONS:
        return graph.node(_FUNCTIONS[function], left, right)
    rest = graph.node("Mod", left, right)
    if function == "mod":
        return rest
    return graph.node("Div", graph.node("Sub", left, rest), right)
