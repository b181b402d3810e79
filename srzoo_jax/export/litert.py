"""Restorers as LiteRT files (once TensorFlow Lite), for phones; needs the extra `litert`.

One image of any height and width; or of one size, which accelerators of phones prefer, and
transposed convolutions need. The converter takes no loops: scans are unrolled before.
"""

import dataclasses

import jax
import jax.numpy as jnp
from jax import export
from jax.extend import core

from srzoo_jax.export.program import Program

_CALLS = ("jit", "custom_jvp_call", "custom_vjp_call", "remat2")


def model(program: Program) -> bytes:
    """Returns a LiteRT model: [1, H, W, C] -> [1, sH, sW, C], float32.

    Args:
        program: What is to be computed.

    Raises:
        OSError: The converter is not installed.
        ValueError: The converter fails; or the program is for any size, but not without a border.
    """
    try:
        from litert_converter import converter_api_ext as converter
        from litert_converter.mlir import ir, passmanager
    except ImportError as error:
        raise OSError(
            "LiteRT files need the package litert-converter, which exists for Linux and macOS:"
            f" pip install 'srzoo_jax[litert]' ({error})"
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
            return converter.export_flatbuffer_to_bytes(module.operation)
        except Exception as error:
            raise ValueError(
                f"the LiteRT converter fails; for one size it may not, --size=HEIGHTxWIDTH: {error}"
            ) from error


def _stablehlo(program: Program) -> str:
    """The program as text, for one image, without loops, with its parameters inside."""
    image = jax.ShapeDtypeStruct((1, *program.image.shape[1:]), program.image.dtype)
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
            outputs = _scan(eqn.params, values)
        elif eqn.primitive.name in _CALLS:
            inner = eqn.params.get("jaxpr") or eqn.params["call_jaxpr"]
            closed = isinstance(inner, core.ClosedJaxpr)
            body, constants = (inner.jaxpr, inner.consts) if closed else (inner, ())
            outputs = unrolled(body, constants, *values)
        else:
            outputs = eqn.primitive.bind(*values, **eqn.params)
            outputs = outputs if eqn.primitive.multiple_results else [outputs]
        known |= zip(eqn.outvars, outputs, strict=True)
    return [read(atom) for atom in jaxpr.outvars]


def _scan(parameters, values) -> list[jax.Array]:
    body, constants = parameters["jaxpr"], parameters["num_consts"]
    carried = constants + parameters["num_carry"]
    fixed, carry, stacked = values[:constants], values[constants:carried], values[carried:]
    kept = []
    steps = range(parameters["length"])
    for step in reversed(steps) if parameters["reverse"] else steps:
        slices = [value[step] for value in stacked]
        outputs = unrolled(body.jaxpr, body.consts, *fixed, *carry, *slices)
        carry = outputs[: len(carry)]
        kept.append(outputs[len(carry) :])
    if parameters["reverse"]:
        kept.reverse()
    return [*carry, *map(jnp.stack, zip(*kept, strict=True))]
