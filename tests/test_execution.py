import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import costs, execution, timing, zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.models import canvas, convolution
from tests.export.restorers import random_params, small


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
    run = execution.Executor(restore, {})
    for shape in ((4, 5, 3), (4, 5, 3), (5, 4, 3), (4, 5, 3)):
        sr, taken = run(np.zeros(shape, np.uint8))
        assert sr.shape == (1, *shape)
        assert taken.seconds > 0 and taken.spread == 0 and taken.compile_seconds > 0
    assert len(traces) == 2


@pytest.mark.parametrize(("repeats", "expected"), [(0, 2), (1, 3), (4, 9)])
def test_the_first_run_of_a_size_is_not_timed(counted, repeats, expected):
    restore, _, runs = counted
    run = execution.Executor(restore, {}, repeats=repeats)
    for _ in range(2):
        _, taken = run(np.zeros((4, 5, 3), np.uint8))
    jax.effects_barrier()
    assert len(runs) == expected
    assert (taken.spread > 0) == (repeats > 1)


def test_the_result_is_on_the_device_asked_for():
    device = jax.devices()[-1]
    run = execution.Executor(lambda params, image: image, {}, device=device)
    assert run(np.zeros((4, 5, 3), np.uint8))[0].devices() == {device}


def restorer():
    row = CATALOGUE["srzoo_ecbsr_x2"]
    return zoo.restorer(row), costs.random_params(row)


def photos(*sizes):
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*size, 3), np.uint8) for size in sizes]


def test_images_of_many_sizes_share_programs_and_are_restored_as_alone():
    sizes = [(20, 30), (21, 28), (24, 24), (30, 20), (30, 20), (40, 17)]
    shared = execution.Executor(*restorer(), sizes=sizes, programs=2, repeats=1)
    shared.compile(sizes)
    alone = execution.Executor(*restorer())
    canvases = set()
    for photo in photos(*sizes):
        sr, timing = shared(photo)
        expected, _ = alone(photo)
        assert (np.asarray(sr) == np.asarray(expected)).all()
        canvases.add(timing.canvas)
    assert len(canvases) == 2
    assert shared.told().startswith("2 programs compiled in") and "for 5 sizes" in shared.told()
    assert alone.told().startswith("5 programs compiled in")


def test_untimed_there_are_no_more_programs_than_save_time(monkeypatch):
    sizes = [(20, 30), (21, 28), (40, 40), (40, 17)]
    few = execution.Executor(*restorer(), sizes=sizes)  # Of hardly any pixels.
    monkeypatch.setattr(execution, "_PROGRAM", {"cpu": 1.0})
    many = execution.Executor(*restorer(), sizes=sizes)
    for photo in photos(*sizes):
        (sr, timing), (expected, _) = few(photo), many(photo)
        assert (np.asarray(sr) == np.asarray(expected)).all() and timing.canvas == (40, 40)
    assert few.told().startswith("1 program compiled") and many.told().startswith("4 programs")


@pytest.mark.parametrize("name", ["srzoo_ecbsr_x2", "rlfn_x4"])
def test_images_of_a_batch_are_restored_as_alone(name):
    """Of RLFN, XLA rounds small images otherwise if there are several."""
    row = small(CATALOGUE[name])
    restore, params = zoo.restorer(row), random_params(row.model)
    one, eight = (execution.Executor(restore, params, batch=batch) for batch in (1, 8))
    lr = photos(*[(20, 24)] * 11)
    batched = [sr for some in (lr[:8], lr[8:]) for sr in np.asarray(eight(*some)[0])]
    assert len(batched) == 11
    for photo, sr in zip(lr, batched, strict=True):
        assert (np.asarray(one(photo)[0][0]) == sr).all()


def test_models_that_know_no_canvas_get_a_program_a_size():
    def restore(params, image):
        canvas.refuse("it counts pixels")
        return image

    run = execution.Executor(restore, {}, sizes=[(20, 20), (20, 24)], programs=1)
    assert [run(photo)[1].canvas for photo in photos((20, 20), (20, 24))] == [None, None]
    assert run.told().startswith("2 programs")


def test_programs_are_traced_by_the_settings_where_they_are_asked_for():
    seen = []

    def restore(params, image):
        seen.append(convolution.shortcuts.value)
        return image

    run = execution.Executor(restore, {})
    with convolution.shortcuts(False):
        run(np.zeros((4, 4, 3), np.uint8))
    run(np.zeros((5, 5, 3), np.uint8))
    assert seen == [False, True]


def test_spread_disregards_one_hiccup():
    assert timing.spread([1, 2, 3, 4, 5]) == 2
    assert timing.spread([1, 1, 1, 1, 9]) == 0
