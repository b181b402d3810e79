"""How much arithmetic a function asks for, and how much a device can do."""

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from srzoo_jax.models.convolution import shortcuts
from srzoo_jax.timing import timed


def flops(function: Callable, *arguments) -> int:
    """Returns two for every product that the function's convolutions and matrix products need.

    Counted as they are written: shortcuts that come to the same by fewer products do not count.

    Args:
        function: Of arrays.
        *arguments: Arrays, or their shapes and types.
    """
    return flops_and_outputs(function, *arguments)[0]


def flops_and_outputs(function: Callable, *arguments) -> tuple[int, list[jax.core.ShapedArray]]:
    """Returns what `flops` does, and the function's outputs by shape; traces it once."""
    with shortcuts(False):  # As models are traced fastest, too.
        traced = jax.make_jaxpr(function)(*arguments)
    return _count(traced.jaxpr), traced.out_avals


def _count(jaxpr) -> int:
    return sum(_RULES.get(eqn.primitive.name, _inside)(eqn) for eqn in jaxpr.eqns)


def _inside(eqn) -> int:
    """Of programs within an equation; loops count as often as they run."""
    inner = [x for value in eqn.params.values() for x in jax.tree.leaves(value)]
    jaxprs = [getattr(x, "jaxpr", x) for x in inner if hasattr(getattr(x, "jaxpr", x), "eqns")]
    return eqn.params.get("length", 1) * sum(map(_count, jaxprs))


def _convolution(eqn) -> int:
    image, kernel = (var.aval.shape for var in eqn.invars)
    small = image if eqn.primitive.name == "transposed" else eqn.outvars[0].aval.shape
    return 2 * math.prod(small[:3]) * math.prod(kernel)


def _product(eqn) -> int:
    left, right = (var.aval.shape for var in eqn.invars)
    return 2 * math.prod(left) * right[-1]


def _dot_general(eqn) -> int:
    (contracted, _), _ = eqn.params["dimension_numbers"]
    left = eqn.invars[0].aval.shape
    return 2 * math.prod(eqn.outvars[0].aval.shape) * math.prod(left[i] for i in contracted)


_RULES = {
    "conv2d": _convolution,
    "dot_general": _dot_general,
    "product": _product,
    "strided": _convolution,
    "transposed": _convolution,
}


def peak(precision: str, size: int | None = None, runs: int = 5) -> float:
    """Measures how many operations a second the default device does in large matrix products.

    Args:
        precision: As in `models.convolution.PRECISIONS`.
        size: Rows and columns of the matrices; default: 2048 on CPUs, 8192 elsewhere.
        runs: The best of so many counts.
    """
    on_cpu = jax.default_backend() == "cpu"
    size, products = size or (2048 if on_cpu else 8192), 1 if on_cpu else 20
    kind = jnp.bfloat16 if precision == "bfloat16" else jnp.float32
    level = lax.Precision.HIGH if precision == "tf32" else lax.Precision.HIGHEST
    # Of noise: with ones, or zeros, a GPU needs less power, and runs faster than it does otherwise.
    matrix = jax.random.normal(jax.random.key(0), (size, size)) / math.sqrt(size)
    multiply = partial(jnp.matmul, precision=level)
    # Many without a pause, as the time to start one, and to learn that it is done, does not count.
    repeat = jax.jit(lambda x: lax.fori_loop(0, products, lambda _, y: multiply(x, y), x))
    matrix = repeat(matrix.astype(kind))
    seconds = min(timed(repeat, matrix)[1] for _ in range(runs))
    return 2 * size**3 * products / seconds
