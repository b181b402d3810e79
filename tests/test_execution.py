import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import execution, timing


@pytest.fixture
def counted():
    """A restorer, the shapes it was traced for, and the number of its runs."""
    traces, runs = [], []

    def restore(params, image):
        traces.append(image.shape)
        jax.debug.callback(lambda: runs.append(1))
        return image + jnp.float32(0.1)

    return restore, traces, runs


def test_each_size_is_compiled_once(counted):
    restore, traces, _ = counted
    run = execution.executor(restore, {})
    for shape in ((4, 5, 3), (4, 5, 3), (5, 4, 3), (4, 5, 3)):
        sr, taken = run(np.zeros(shape, np.uint8))
        assert sr.shape == (1, *shape)
        assert taken.seconds > 0 and taken.spread == 0 and taken.compile_seconds > 0
    assert len(traces) == 2


@pytest.mark.parametrize(("repeats", "expected"), [(0, 2), (1, 3), (4, 9)])
def test_the_first_run_of_a_size_is_not_timed(counted, repeats, expected):
    restore, _, runs = counted
    run = execution.executor(restore, {}, repeats=repeats)
    for _ in range(2):
        _, taken = run(np.zeros((4, 5, 3), np.uint8))
    jax.effects_barrier()
    assert len(runs) == expected
    assert (taken.spread > 0) == (repeats > 1)


def test_the_result_is_on_the_device_asked_for():
    device = jax.devices()[-1]
    run = execution.executor(lambda params, image: image, {}, device=device)
    assert run(np.zeros((4, 5, 3), np.uint8))[0].devices() == {device}


def test_spread_disregards_one_hiccup():
    assert timing.spread([1, 2, 3, 4, 5]) == 2
    assert timing.spread([1, 1, 1, 1, 9]) == 0
