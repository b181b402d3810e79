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

from srzoo_jax import arithmetic, compiling, pipeline, restorers, zoo
from srzoo_jax.catalogue import Entry
from srzoo_jax.image import from_bytes, to_bytes
from srzoo_jax.models.convolution import precision
from srzoo_jax.timing import timed
from srzoo_jax.troubles import NotFiniteError
from srzoo_jax.types import Params, Restorer

_to_bytes = jax.jit(to_bytes)  # A quarter of what would be moved otherwise.


class Case(NamedTuple):
    """A model, what it is given, and how it computes."""

    model: str
    """A row of the catalogue; with a `+` behind it, in self-ensemble."""
    batch: int
    height: int
    width: int
    precision: str
    """Of `convolution.PRECISIONS`."""


class Program(NamedTuple):
    """A compiled function of parameters and image, and what it took to get it."""

    run: Callable
    trace_seconds: float
    compile_seconds: float
    temp_bytes: int
    """Memory for intermediate results, beside arguments and outputs."""
    bytes: int
    """Memory for arguments, outputs and intermediate results."""


class Subject(NamedTuple):
    """A case, ready to run."""

    case: Case
    params: Params
    """Folded: see `zoo.load`."""
    images: jax.Array
    output: jax.Array
    flops: int
    forward: Program
    gradient: Program | None

    def seconds(self) -> float:
        """Returns what one forward run takes."""
        return timed(self.forward.run, self.params, self.images)[1]

    def gradient_seconds(self) -> float:
        """Returns what the output and its gradient by the images take."""
        return timed(self.gradient.run, self.params, self.images)[1]

    def stream_seconds(self, batches: int) -> float:
        """Returns what so many batches take from uint8 on the host, and back to it.

        Threads convert and move images, those to come and those that are done, beside the device.
        """
        pixels = np.asarray(_to_bytes(self.images))
        _to_bytes(self.output).block_until_ready()  # So that it is compiled.
        start = time.perf_counter()
        given, depth = [pixels] * batches, pipeline.AHEAD
        placed = pipeline.ahead(lambda x: jax.device_put(from_bytes(x)), given, depth)
        restored = (self.forward.run(self.params, images) for images in placed)
        for _ in pipeline.ahead(lambda sr: np.asarray(_to_bytes(sr)), restored, depth):
            pass
        return time.perf_counter() - start


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
    compiled = compiling.compiled(lowered, jax.default_backend(), precision.value)
    done = time.perf_counter()
    memory = compiled.memory_analysis()
    all_bytes = (
        memory.argument_size_in_bytes + memory.output_size_in_bytes + memory.temp_size_in_bytes
    )
    temp_bytes = memory.temp_size_in_bytes
    return Program(compiled, traced - start, done - traced, temp_bytes, all_bytes)


def prepare(case: Case, *, gradient: bool = False) -> Subject:
    """Compiles a model for one shape of images and checks what it gives.

    Raises:
        ValueError: The model is unknown.
        NotFiniteError: The output or the gradient has NaN or infinity.
    """
    row = zoo.entry(case.model.removesuffix("+"))
    params, restore = jax.device_put(zoo.fold(row, random_params(row))), zoo.restorer(row)
    if case.model.endswith("+"):
        restore = restorers.self_ensemble(restorers.clipped(restore))
    shape = (case.batch, case.height, case.width, row.channels)
    images = jax.device_put(np.random.default_rng(0).random(shape, np.float32))
    with precision(case.precision):
        forward = build(restore, params, images)
        backward = build(input_gradient(restore), params, images) if gradient else None
    output = forward.run(params, images)
    results = [output, backward.run(params, images) if backward else 0.0]
    if not all(jnp.isfinite(array).all() for array in jax.tree.leaves(results)):
        raise NotFiniteError("output or gradient")
    flops = arithmetic.flops(restore, params, images)
    return Subject(case, params, images, output, flops, forward, backward)
