import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend import core

from srzoo_jax.export.program import of_any_size
from tests.export import cases, restorers

pytest.importorskip("onnx", reason="needs the package onnx")
onnxruntime = pytest.importorskip("onnxruntime", reason="needs the package onnxruntime")

from srzoo_jax.export import onnx  # noqa: E402
from srzoo_jax.export.onnx import helpers  # noqa: E402

CPU = ["CPUExecutionProvider"]


def program(function):
    return of_any_size(lambda params, image: function(image), {}, min_side=4)


def pixels_as_kernel(image):
    return image[0, :3, :3, :, None]


def equations(jaxpr):
    for eqn in jaxpr.eqns:
        yield eqn
        for value in eqn.params.values():
            value = value.jaxpr if isinstance(value, core.ClosedJaxpr) else value
            if isinstance(value, core.Jaxpr):
                yield from equations(value)


def check(function, model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=CPU)
    for shape in ((1, 6, 9, 3), (2, 5, 4, 3)):
        image = restorers.image(shape)
        (out,) = session.run(None, {"lr": image.transpose(0, 3, 1, 2)})
        expected = np.asarray(jax.jit(function)(image))
        # Libraries differ in the last digits of exp, erf and the like; sums in their order.
        np.testing.assert_allclose(out.transpose(0, 2, 3, 1), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", cases.PRIMITIVES)
def test_primitives(name):
    function = cases.PRIMITIVES[name]
    traced = program(function)
    assert name in {eqn.primitive.name for eqn in equations(traced.jaxpr.jaxpr)}
    check(function, onnx.model(traced, {}))


@pytest.mark.parametrize("name", cases.HELPERS)
def test_helpers_become_one_operator(name):
    operator, function = cases.HELPERS[name]
    model = onnx.model(program(function), {})
    assert operator in {node.op_type for node in model.graph.node}
    check(function, model)


def test_every_primitive_and_helper_has_a_case():
    assert cases.PRIMITIVES.keys() == onnx.PRIMITIVES.keys()
    assert cases.HELPERS.keys() == helpers.HANDLERS.keys()


def test_what_is_unsupported_is_named():
    with pytest.raises(onnx.UnsupportedError, match="the primitive sin is not written in ONNX"):
        onnx.model(program(jnp.sin), {})
    with pytest.raises(onnx.UnsupportedError, match="conv2d: a kernel that depends on the image"):
        onnx.model(program(lambda x: cases.conv2d(x, pixels_as_kernel(x), (1, 1))), {})
