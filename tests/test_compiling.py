"""What XLA is asked to do: it knows the options, and does without those that it does not know."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import compiling
from srzoo_jax.evaluation.record import ready, score
from srzoo_jax.models.convolution import conv2d
from srzoo_jax.protocols import PROTOCOLS


@pytest.fixture
def unknown(monkeypatch):
    monkeypatch.setitem(compiling.NETWORKS, "cpu", {"xla_cpu_no_such_option": True})


def product(a, b):
    return a @ b


def operands():
    return np.random.default_rng(0).random((2, 96, 96), np.float32)


@pytest.mark.parametrize("options", [compiling.NETWORKS, compiling.METRICS])
def test_xla_knows_the_options_for_cpus(options):
    assert compiling._known(tuple(options["cpu"].items())) == options["cpu"]


def test_products_on_cpus_are_eigens():
    lowered = jax.jit(product).lower(*operands())
    assert "ynn" not in compiling.compiled(lowered, "cpu", "float32").as_text()


def test_convolutions_on_cpus_are_not_eigens():
    # Which needs memory for 9 times the input, and aborts the process where there is none.
    def convolution(image, kernel):
        return conv2d(image, kernel, (1, 1))

    image, kernel = jnp.zeros((1, 64, 64, 64)), jnp.zeros((3, 3, 64, 3))
    program = compiling.compiled(jax.jit(convolution).lower(image, kernel), "cpu", "float32")
    assert "ynn" in program.as_text()


def test_without_options_that_xla_does_not_know(unknown):
    a, b = operands()
    compiled = compiling.compiled(jax.jit(product).lower(a, b), "cpu", "float32")
    np.testing.assert_allclose(compiled(a, b), a @ b, rtol=1e-5)  # Of other orders of sums.
    np.testing.assert_allclose(compiling.jit(product)(a, b), a @ b, rtol=1e-5)


def test_an_error_of_the_program_is_raised(monkeypatch):
    class Lowered:
        def compile(self, compiler_options=None):
            raise jax.errors.JaxRuntimeError("out of memory")

    with pytest.raises(jax.errors.JaxRuntimeError, match="out of memory"):
        compiling.compiled(Lowered(), "cpu", "float32")


def test_jit_keeps_static_arguments_and_the_name():
    @compiling.jit
    def doubled(x):
        """Twice."""
        return 2 * x

    power = compiling.jit(lambda x, n: x**n, static_argnames="n")
    assert doubled.__name__ == "doubled" and doubled.__doc__ == "Twice."
    assert float(doubled(3.0)) == 6
    assert float(power(jnp.float32(2), n=3)) == 8


@pytest.mark.parametrize("around", [jax.jit, jax.grad, jax.vmap])
def test_jit_goes_into_other_transformations(around):
    cube = compiling.jit(lambda x: x**3)
    x = jnp.ones(2) * 2 if around is jax.vmap else 2.0
    expected = 12 if around is jax.grad else 8
    assert (around(cube)(x) == expected).all()


def test_what_scores_on_canvases_can_be_compiled_before():
    protocol, canvas = dataclasses.replace(PROTOCOLS["srzoo"], name="new here"), (20, 24)
    rng = np.random.default_rng(0)
    ready([protocol], [canvas], 2)
    compiled = []

    def listen(event, seconds, **_):
        compiled.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        for sides in ((36, 48), (40, 44)):
            sr, hr = np.float32(rng.random((1, *sides, 3))), np.zeros((*sides, 3), np.uint8)
            score(protocol, sr, hr, 2, canvas=canvas)
        assert not [event for event in compiled if "compile" in event]
        score(protocol, sr, hr, 2)
        assert [event for event in compiled if "compile" in event]
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
