"""Which values of a function's result depend on marked values of its argument.

An abstract interpreter of programs (jaxprs). A value is `Known`, a constant; `FREE`, unknown but
independent of what is marked, such as parameters; or a boolean array that marks what depends.
What is unknown may be anything, so no dependence is missed; a constant zero times something
depends on nothing, so that interpolation by a constant matrix is not taken for more than it is.
"""

from collections.abc import Callable
from functools import reduce
from itertools import permutations
from typing import NamedTuple

import jax
import numpy as np

from srzoo_jax import loops
from srzoo_jax.models.convolution import shortcuts


class Known(NamedTuple):
    """A constant."""

    value: np.ndarray


FREE = None
Value = Known | np.ndarray | None


class IrregularError(Exception):
    """The program resizes by a factor that is not whole, so every place is treated differently."""


def marks(function: Callable, params, image: np.ndarray) -> np.ndarray:
    """Returns which values of `function(params, image)` depend on the marked ones of `image`.

    Args:
        function: What is asked about.
        params: A tree of arrays or of their shapes: their values may be any.
        image: bool [B, H, W, C].

    Raises:
        IrregularError: A side is resized by a factor that is not whole.
        NotImplementedError: An operation has no rule here.
    """
    spec = jax.ShapeDtypeStruct(image.shape, np.float32)
    with shortcuts(False):  # These see further, by values that cancel.
        program = jax.make_jaxpr(function)(params, spec)
    inputs = [FREE] * len(jax.tree.leaves(params)) + [image]
    (output,) = _run(program.jaxpr, program.consts, inputs)
    return output


def _run(program, constants, inputs: list[Value]) -> list[Value]:
    values = dict(zip(program.constvars, map(_known, constants), strict=True))
    values |= zip(program.invars, inputs, strict=True)

    def read(atom):
        return _known(atom.val) if hasattr(atom, "val") else values[atom]

    for step in program.eqns:
        outputs = _step(step.primitive, step, [read(atom) for atom in step.invars])
        values |= zip(step.outvars, outputs, strict=True)
    return [read(atom) for atom in program.outvars]


def _step(primitive, step, inputs: list[Value]) -> list[Value]:
    if primitive.name in _CALLS:
        inner = step.params[_CALLS[primitive.name]]
        return _run(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), inputs)
    if primitive.name == "scan":
        return _scan(inputs, step)
    if all(isinstance(x, Known) for x in inputs):
        outputs = primitive.bind(*(x.value for x in inputs), **step.params)
        return list(map(_known, outputs if primitive.multiple_results else [outputs]))
    if not any(map(_is_marked, inputs)):
        return [FREE] * len(step.outvars)
    if primitive.name not in _RULES:
        raise NotImplementedError(f"no rule for the operation {primitive.name}")
    outputs = _RULES[primitive.name](step, inputs)
    return outputs if primitive.multiple_results else [outputs]


def _known(value) -> Known:
    return Known(np.asarray(value))


def _is_marked(value: Value) -> bool:
    return isinstance(value, np.ndarray)


def _scan(inputs, step):
    body, indices = step.params["jaxpr"], range(step.params["length"])
    constants, carry, rows = loops.split(step, inputs)
    collected = []
    for i in reversed(indices) if step.params["reverse"] else indices:
        slices = [_row(x, i) for x in rows]
        outputs = _run(body.jaxpr, body.consts, [*constants, *carry, *slices])
        collected.append(outputs[len(carry) :])
        carry = outputs[: len(carry)]
    collected = collected[::-1] if step.params["reverse"] else collected
    columns = zip(*collected, strict=True)
    return [*carry, *(np.stack(x) if _is_marked(x[0]) else FREE for x in columns)]


def _row(stack: Value, i: int) -> Value:
    if isinstance(stack, Known):
        return Known(stack.value[i])
    return stack[i] if _is_marked(stack) else FREE


def _compact(marks: np.ndarray) -> np.ndarray:
    """Leaves one of the values along axes that were broadcast: by channel nearly all marks are."""
    return marks[tuple(slice(None if stride else 1) for stride in marks.strides)]


def _spread(marks: np.ndarray) -> np.ndarray:
    """Broadcasts along channels, which takes no memory, where all of these are alike."""
    first = marks[..., :1]
    return np.broadcast_to(first, marks.shape) if (marks == first).all() else marks


def _elementwise(step, inputs):
    marked = [_compact(x) for x in inputs if _is_marked(x)]
    return np.broadcast_to(reduce(np.logical_or, marked), step.outvars[0].aval.shape)


def _reshape(step, inputs):
    x, order = inputs[0], step.params["dimensions"]
    x = x if order is None else x.transpose(order)
    return _spread(x.reshape(step.outvars[0].aval.shape))


def _transpose(step, inputs):
    return inputs[0].transpose(step.params["permutation"])


def _moves(step, inputs):
    """Marks go where values would; into gaps go none."""
    variables = zip(inputs, step.invars, strict=True)
    moved = [x if _is_marked(x) else np.zeros(v.aval.shape, bool) for x, v in variables]
    outputs = step.primitive.bind(*moved, **step.params)
    return jax.tree.map(lambda x: _spread(np.asarray(x)) if x.ndim else np.asarray(x), outputs)


def _gather(step, inputs):
    operand, indices = inputs
    if not _is_marked(indices):
        if indices is FREE:
            raise NotImplementedError("no rule for a gather by unknown indices")
        return np.asarray(step.primitive.bind(operand, indices.value, **step.params))
    offsets = step.params["dimension_numbers"].offset_dims
    places = np.expand_dims(indices.any(-1), offsets)
    anything = _is_marked(operand) and operand.any()
    return np.broadcast_to(places | anything, step.outvars[0].aval.shape)


def _reduce(step, inputs):
    (x,) = inputs
    return x.any(axis=step.params["axes"])


def _convolve(step, inputs):
    """Any channel of the input matters to every one of the output."""
    image, kernel = inputs
    if _is_marked(kernel):
        raise NotImplementedError("no rule for a convolution by a kernel made of the image")
    pixels = _compact(image).any(-1, keepdims=True).astype(np.float32)
    pixels = np.broadcast_to(pixels, (*image.shape[:-1], 1))
    ones = np.ones((*step.invars[1].aval.shape[:2], 1, 1), np.float32)
    reached = np.asarray(step.primitive.bind(pixels, ones, **step.params)) > 0.5
    return np.broadcast_to(reached, step.outvars[0].aval.shape)


def _contract(step, inputs):
    """Marks of either side, times what is not zero on the other."""
    (left, right), output = _letters(step)
    reached = False
    for (x, letters), (other, others) in permutations(zip(inputs, (left, right), strict=True)):
        if not _is_marked(x):
            continue
        if isinstance(other, Known):
            _check_resize(other.value.shape)
            x, nonzero = x.astype(np.float32), (other.value != 0).astype(np.float32)
            found = np.einsum(x, letters, nonzero, others, output, optimize=True)
        else:
            kept = [letter for letter in output if letter in letters]
            found = np.einsum(_compact(x).astype(np.float32), letters, kept)
            missing = [axis for axis, letter in enumerate(output) if letter not in letters]
            found = np.expand_dims(found, missing)
        reached = reached | (found > 0)
    return np.broadcast_to(reached, step.outvars[0].aval.shape)


def _letters(step) -> tuple[tuple[list[int], list[int]], list[int]]:
    """The axes of both operands and of the result, as `einsum` has them."""
    left, right = (list(range(len(x.aval.shape))) for x in step.invars)
    if step.primitive.name == "product":
        *batch, rows, inner = left
        contraction = ([inner], [rows]), (batch, batch)
    else:
        contraction = step.params["dimension_numbers"]
    right = [len(left) + axis for axis in right]
    for ours, theirs in contraction:
        for i, j in zip(ours, theirs, strict=True):
            right[j] = left[i]
    (contracted, _), (batch, _) = contraction
    free = [axis for axis in left if axis not in (*contracted, *batch)]
    return (left, right), [*batch, *free, *(axis for axis in right if axis not in left)]


def _check_resize(matrix: tuple[int, ...]) -> None:
    if len(matrix) == 2 and max(matrix) % min(matrix):
        raise IrregularError(f"a side is resized from {matrix[1]} to {matrix[0]}, or back")


_CALLS = {"jit": "jaxpr", "remat2": "jaxpr", "custom_jvp_call": "call_jaxpr"}
_ELEMENTWISE = """abs add and convert_element_type div eq erf exp ge gt integer_pow le log logistic
lt max min mul ne neg not or pow rsqrt select_n sign sqrt square stop_gradient sub tanh"""
_MOVES = """broadcast_in_dim concatenate copy expand_dims pad reduce_window_max rev slice
split squeeze stack unstack"""
_RULES = {
    **dict.fromkeys(_ELEMENTWISE.split(), _elementwise),
    **dict.fromkeys(_MOVES.split(), _moves),
    **dict.fromkeys(("argmax", "argmin", "reduce_max", "reduce_min", "reduce_sum"), _reduce),
    **dict.fromkeys(("conv2d", "strided", "transposed", "conv_general_dilated"), _convolve),
    **dict.fromkeys(("dot_general", "product"), _contract),
    "gather": _gather,
    "reshape": _reshape,
    "transpose": _transpose,
}
