"""Restorers as LiteRT files (once TensorFlow Lite), for phones; needs the extra `litert`.

One image of any height and width; or of one size, which accelerators of phones prefer, and
transposed convolutions need. The converter takes no loops: scans are unrolled before.
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import export, lax
from jax.extend import core

from srzoo_jax import loops
from srzoo_jax.export.program import Program
from srzoo_jax.models.convolution import shortcuts

_SIDE = 24
"""Of the image that a file for any size is tried on."""
_TOLERANCE = 1e-4
"""What sums in another order may change, of the range, or of larger values."""

_CALLS = ("jit", "custom_jvp_call", "custom_vjp_call", "remat2")


def model(program: Program) -> bytes:
    """Returns a LiteRT model: [1, H, W, C] -> [1, sH, sW, C], float32.

    Args:
        program: What is to be computed.

    Raises:
        OSError: The converter or the runtime is not installed.
        ValueError: The converter fails, or what it wrote does not give what JAX gives; or the
            program is for any size, but not without a border.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
        from litert_converter import converter_api_ext as converter
        from litert_converter.mlir import ir, passmanager
    except ImportError as error:
        raise OSError(
            "LiteRT files need litert-converter, which exists for Linux and macOS, and"
            f" ai-edge-litert: pip install 'srzoo_jax[litert]' ({error})"
        ) from error
    if program.border:
        raise ValueError("this model is written for LiteRT for one size alone: --size=HEIGHTxWIDTH")
    context = ir.Context()
    converter.prepare_mlir_context(context)
    with context:
        module = ir.Module.parse(_stablehlo(program))
        passes, config = passmanager.PassManager(), converter.ConvertToTFLConfig()
        try:
            converter.run_convert_to_tfl_passes(module, passes, config)
            content = converter.export_flatbuffer_to_bytes(module.operation)
        except Exception as error:
            raise ValueError(
                "the LiteRT converter fails; for one size it may not, --size=HEIGHTxWIDTH:"
                f" {_reason(error)}"
            ) from error
    _check(program, Interpreter(model_content=content))
    return content


def _reason(error: Exception) -> str:
    """What the converter says, without the programs and places that it says it of."""
    (line, *_) = str(error).strip().splitlines() or [""]
    return line.rpartition("error: ")[2].partition(": %")[0]


def _check(program: Program, runner) -> None:
    """Runs a file once: a converter that swaps operands says nothing of it."""
    (given,), (wanted,) = runner.get_input_details(), runner.get_output_details()
    sides = [
        side if isinstance(side, int) else _SIDE + -_SIDE % program.symbol(side)[1]
        for side in program.image.shape[1:3]
    ]
    shape = (1, *sides, program.image.shape[-1])
    # Smooth, as photographs are: of noise, PAN makes values that no sum is exact for.
    waves = sum(np.sin(axis / 3) for axis in np.indices(shape[1:]))
    image = (0.5 + 0.15 * waves[None]).astype(np.float32)
    try:
        runner.resize_tensor_input(given["index"], shape)
        runner.allocate_tensors()
        runner.set_tensor(given["index"], image)
        runner.invoke()
    except RuntimeError as error:
        raise ValueError(f"LiteRT does not run what its converter wrote: {error}") from error
    expected = np.asarray(jax.jit(program.restore)(program.params, image))
    error = np.abs(runner.get_tensor(wanted["index"]) - expected).max()
    if not error <= _TOLERANCE * max(1, np.abs(expected).max()):
        raise ValueError(
            "the LiteRT converter wrote a file that gives something else than JAX, by"
            f" {error:.1e} of the range: another version of litert-converter may not"
        )


def _stablehlo(program: Program) -> str:
    """The program as text, for one image, without loops, with its parameters inside."""
    image = jax.ShapeDtypeStruct((1, *program.image.shape[1:]), program.image.dtype)
    with shortcuts(False):  # They are for XLA on CPUs; runtimes have ways of their own.
        closed = dataclasses.replace(program, image=image).jaxpr

    def function(image):
        (sr,) = unrolled(closed.jaxpr, closed.consts, *program.arrays, image)
        return sr

    return export.export(jax.jit(function), platforms=("cpu",))(image).mlir_module()


def unrolled(jaxpr: core.Jaxpr, consts, *inputs) -> list[jax.Array]:
    """Computes a jaxpr's outputs, scans step by step; under `jit` that gives a loopless program."""
    known = dict(zip(jaxpr.constvars, consts, strict=True))
    known |= zip(jaxpr.invars, inputs, strict=True)

    def read(atom):
        return atom.val if isinstance(atom, core.Literal) else known[atom]

    for eqn in jaxpr.eqns:
        values = [read(atom) for atom in eqn.invars]
        if eqn.primitive.name == "scan":
            outputs = _scan(eqn, values)
        elif eqn.primitive.name in _CALLS:
            inner = eqn.params.get("jaxpr") or eqn.params["call_jaxpr"]
            closed = isinstance(inner, core.ClosedJaxpr)
            body, constants = (inner.jaxpr, inner.consts) if closed else (inner, ())
            outputs = unrolled(body, constants, *values)
        elif eqn.primitive.name == "rev":  # LiteRT turns neighbouring axes alone, or one.
            outputs = [functools.reduce(_reversed, eqn.params["dimensions"], *values)]
        else:
            outputs = eqn.primitive.bind(*_kept_apart(eqn, values), **eqn.params)
            outputs = outputs if eqn.primitive.multiple_results else [outputs]
        known |= zip(eqn.outvars, outputs, strict=True)
    return [read(atom) for atom in jaxpr.outvars]


def _kept_apart(eqn, values) -> list:
    """Hides from the converter what a divisor, or what is subtracted, comes of.

    Where that is a transpose and the other operand a constant, it transposes the constant instead
    and swaps the operands by mistake (litert-converter 0.5.0): 1 / x.T became x.T / 1.
    """
    name = eqn.primitive.name
    affected = name in ("div", "sub") or (name == "integer_pow" and eqn.params["y"] < 0)
    if not affected or not isinstance(values[-1], jax.core.Tracer):
        return values
    return [*values[:-1], lax.optimization_barrier(values[-1])]


def _reversed(x, axis: int) -> jax.Array:
    """Turned along one axis; a barrier keeps the converter from making one of several turns."""
    return lax.optimization_barrier(lax.rev(x, (axis,)))


def _scan(eqn, values) -> list[jax.Array]:
    body = eqn.params["jaxpr"]
    constants, carry, stacked = loops.split(eqn, values)
    kept = []
    steps = range(eqn.params["length"])
    for step in reversed(steps) if eqn.params["reverse"] else steps:
        slices = [value[step] for value in stacked]
        outputs = unrolled(body.jaxpr, body.consts, *constants, *carry, *slices)
        carry = outputs[: len(carry)]
        kept.append(outputs[len(carry) :])
    if eqn.params["reverse"]:
        kept.reverse()
    return [*carry, *map(jnp.stack, zip(*kept, strict=True))]
