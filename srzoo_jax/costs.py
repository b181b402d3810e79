"""What one model costs: compiled and timed, forward and for the gradient by its input.

Parameters are random: time does not depend on them.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import traverse_util

from srzoo_jax import zoo
from srzoo_jax.catalogue import Entry
from srzoo_jax.execution import NotFiniteError
from srzoo_jax.types import Params, Restorer


class Program(NamedTuple):
    """A compiled function of parameters and image, and what it took to get it."""

    run: Callable
    trace_seconds: float
    compile_seconds: float
    temp_bytes: int
    """Memory for intermediate results, beside arguments and outputs."""


class Subject(NamedTuple):
    """A model, ready to run."""

    name: str
    params: Params
    image: jax.Array
    forward: Program
    gradient: Program


def random_params(row: Entry) -> Params:
    """Returns parameters small enough that activations of the deepest networks stay finite."""
    stream = np.random.default_rng(0)
    flat = {
        path: 0.02 * stream.standard_normal(shape, np.float32)
        for path, shape in zoo.shapes(row).items()
    }
    flat |= {path: abs(leaf) for path, leaf in flat.items() if path.endswith("variance")}
    return jax.device_put(traverse_util.unflatten_dict(flat, sep="/"))


def input_gradient(restore: Restorer) -> Callable:
    """Returns (params, image) -> mean square of the output and its gradient by the image."""

    def loss(params, image):
        return (restore(params, image) ** 2).mean()

    return jax.value_and_grad(loss, argnums=1)


def build(function: Callable, *arguments) -> Program:
    """Traces and compiles, each for the first time as far as JAX knows."""
    jax.clear_caches()
    start = time.perf_counter()
    lowered = jax.jit(function).lower(*arguments)
    traced = time.perf_counter()
    compiled = lowered.compile()
    done = time.perf_counter()
    temp_bytes = compiled.memory_analysis().temp_size_in_bytes
    return Program(compiled, traced - start, done - traced, temp_bytes)


def prepare(name: str, height: int, width: int) -> Subject:
    """Compiles a model for one image and checks what it gives.

    Raises:
        ValueError: The model is unknown.
        NotFiniteError: The output or the gradient has NaN or infinity.
    """
    row = zoo.entry(name)
    params, restore = random_params(row), zoo.restorer(row)
    pixels = np.random.default_rng(0).random((1, height, width, row.channels), np.float32)
    image = jax.device_put(pixels)
    programs = [build(f, params, image) for f in (restore, input_gradient(restore))]
    for program in programs:
        outputs = jax.tree.leaves(program.run(params, image))
        if not all(jnp.isfinite(output).all() for output in outputs):
            raise NotFiniteError("the model's output or gradient is not finite (NaN or infinity)")
    return Subject(row.name, params, image, *programs)


def time_once(subject: Subject) -> tuple[float, float]:
    """Returns the seconds of one forward run and of one gradient run, one after the other."""
    return tuple(
        _seconds(program.run, subject.params, subject.image)
        for program in (subject.forward, subject.gradient)
    )


def _seconds(function: Callable, *arguments) -> float:
    start = time.perf_counter()
    jax.block_until_ready(function(*arguments))
    return time.perf_counter() - start
