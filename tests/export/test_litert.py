import sys

import jax
import numpy as np
import pytest

from srzoo_jax import zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.export import litert
from srzoo_jax.export.metadata import limits
from srzoo_jax.export.program import of_any_size
from srzoo_jax.models import strided
from srzoo_jax.models.layers import Conv
from tests.export import conversion, restorers


def program(name):
    row = restorers.small(CATALOGUE[name])
    params = restorers.random_params(row.model, row.channels)
    return of_any_size(zoo.restorer(row), params, **limits(row))


@pytest.mark.parametrize("name", ["rcan_x2", "eusr_x4"])
def test_unrolled_programs_give_the_same(name):
    made = program(name)
    image = restorers.image((1, 9, 8, 3))
    closed = jax.make_jaxpr(made.restore)(made.params, image)
    (out,) = litert.unrolled(closed.jaxpr, closed.consts, *made.arrays, image)
    loopless = jax.make_jaxpr(
        lambda x: litert.unrolled(closed.jaxpr, closed.consts, *made.arrays, x)
    )
    assert "scan" not in str(loopless(image))
    np.testing.assert_allclose(out, made.restore(made.params, image), atol=1e-5)


def converted(made):
    """What a program is as a LiteRT file: image -> image."""
    pytest.importorskip("litert_converter", reason="needs the package litert-converter")
    interpreter = pytest.importorskip("ai_edge_litert.interpreter", reason="needs ai-edge-litert")
    return conversion.interpreted(interpreter.Interpreter(model_content=litert.model(made)))


@pytest.mark.parametrize("name", ["vdsr_x2", "edsr_baseline_x4", "dbpn_x2", "imdn_x2"])
def test_litert_equals_jax(name):
    made = program(name)
    run, restore = converted(made), jax.jit(made.restore)
    for shape in ((1, 12, 17, 3), (1, 20, 9, 3)):
        image = restorers.image(shape)
        np.testing.assert_allclose(run(image), restore(made.params, image), rtol=0, atol=1e-5)


def test_litert_of_one_size_equals_jax():
    made = program("swinir_lightweight_x4").sized(12, 17)
    image = restorers.image((1, 12, 17, 3))
    expected = jax.jit(made.restore)(made.params, image)
    np.testing.assert_allclose(converted(made)(image), expected, rtol=0, atol=1e-5)


def transposed(function):
    made = of_any_size(lambda params, x: function(x.swapaxes(1, 2)).swapaxes(1, 2), {})
    return made.sized(6, 9)


@pytest.mark.parametrize(
    "function", [lambda x: 1 / (x + 1), lambda x: (x + 1) ** -1, lambda x: 1 - x]
)
def test_constants_before_transposes_stay_before(function):
    """The converter swaps the operands of such differences and quotients."""
    made, image = transposed(function), restorers.image((1, 6, 9, 3))
    np.testing.assert_allclose(converted(made)(image), made.restore({}, image), rtol=0, atol=1e-6)


def test_axes_apart_are_turned():
    made = of_any_size(lambda params, x: x[:, ::-1, :, ::-1], {}).sized(6, 9)
    image = restorers.image((1, 6, 9, 3))
    np.testing.assert_array_equal(converted(made)(image), image[:, ::-1, :, ::-1])


def test_transposed_convolutions_take_any_size():
    """Of DBPN x8: two phases a side, of kernels that are turned."""
    kernel = restorers.random_params(Conv(4, 12), 4)["kernel"]
    made = of_any_size(lambda params, x: strided.transposed(x, params, 8, 2), kernel, channels=4)
    image = restorers.image((1, 5, 6, 4))
    np.testing.assert_allclose(converted(made)(image), made.restore(kernel, image), atol=1e-6)


def test_a_file_that_gives_something_else_is_refused(monkeypatch):
    monkeypatch.setattr(litert, "_kept_apart", lambda eqn, values: values)
    with pytest.raises(ValueError, match="gives something else than JAX, by"):
        converted(transposed(lambda x: 1 - x))


def test_without_the_converter_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "litert_converter", None)
    with pytest.raises(OSError, match=r"pip install 'srzoo_jax\[litert\]'"):
        litert.model(program("edsr_baseline_x4"))


def test_what_needs_a_border_is_refused_unless_sized():
    pytest.importorskip("litert_converter", reason="needs the package litert-converter")
    with pytest.raises(ValueError, match="--size=HEIGHTxWIDTH"):
        litert.model(program("swinir_lightweight_x4"))
    assert program("swinir_lightweight_x4").sized(12, 9).image.shape == (1, 12, 9, 3)
