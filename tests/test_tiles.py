import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srzoo_jax import costs, influence, restorers, tiler, tiles, zoo
from srzoo_jax.catalogue import Entry
from srzoo_jax.models.carn import CARN
from srzoo_jax.models.convolution import shortcuts
from srzoo_jax.models.dbpn import DBPN
from srzoo_jax.models.edsr import EDSR
from srzoo_jax.models.pan import PAN
from srzoo_jax.models.swinir import SwinIR
from srzoo_jax.models.vdsr import VDSR

LOCAL = [
    EDSR(3, features=8, blocks=2),
    CARN(2, features=8, groups=4, mobile=True),
    DBPN(2, stages=2, features=4),
    PAN(4, features=8, up_features=4, blocks=2),
    SwinIR(2, features=6, groups=1, blocks=1, heads=2),
    VDSR(2, features=4, depth=4),
]


@given(st.integers(1, 300), st.integers(1, 400), st.integers(0, 40), st.sampled_from([1, 2, 8]))
def test_cuts_answer_for_every_pixel_once_and_keep_the_radius(length, tile, radius, alignment):
    size = tiles.side(length, tile, alignment)
    try:
        cuts = tiles.cuts(length, tile, radius, alignment)
    except ValueError:
        assert tile < min(length, tiles.least(radius, alignment))
        return
    assert size <= tile and (length - size) % alignment == 0
    assert [p for cut in cuts for p in range(cut.start, cut.stop)] == list(range(length))
    for offset, start, stop in cuts:
        assert offset % alignment == 0 and start < stop
        assert offset == 0 or start - offset >= radius
        assert offset + size == length or offset + size - stop >= radius


def subject(model):
    """A small network, its parameters, its influence and an image of several tiles."""
    row = Entry("outside the catalogue", model)
    overlap = influence.influence(row)._asdict()
    least = tiles.least(**overlap)
    height = 2 * least + 3 + -(2 * least + 3) % overlap["alignment"]
    image = np.random.default_rng(0).random((1, height, least + 9, 3), np.float32)
    return zoo.restorer(row), costs.random_params(row), overlap, image


@pytest.mark.parametrize("model", LOCAL, ids=lambda model: type(model).__name__)
def test_tiles_equal_the_whole_bit_for_bit(model):
    restore, params, overlap, image = subject(model)
    tile = tiles.least(**overlap) + 8
    with shortcuts(False):
        whole = jax.jit(restore)(params, image)
        run = jax.jit(lambda patch: restore(params, patch[None])[0])
        assert (tiler.restore(run, image[0], tile, **overlap) == whole[0]).all()
    tiled = jax.jit(restorers.tiled(restore, tile, **overlap))(params, image)
    assert (tiled == whole).all()


def test_the_radius_is_not_larger_than_needed():
    restore, params, overlap, image = subject(LOCAL[0])
    with shortcuts(False):
        whole = jax.jit(restore)(params, image)
    less = {"radius": overlap["radius"] - 1}
    tiled = restorers.tiled(restore, 2 * overlap["radius"], **less)
    assert (jax.jit(tiled)(params, image) != whole).any()


def double(params, image):
    return image.repeat(2, 1).repeat(2, 2)


def test_tiles_of_a_batch_have_gradients_and_trace_one_tile():
    image = jax.random.uniform(jax.random.key(0), (2, 9, 11, 3))
    traced = []

    def counting(params, image):
        traced.append(image.shape)
        return double(params, image)

    restore = restorers.tiled(counting, 4, radius=1)
    gradient = jax.grad(lambda image: restore({}, image).sum())(image)
    np.testing.assert_array_equal(gradient, np.full_like(image, 4))
    assert set(traced) == {(2, 4, 4, 3)}


def run_double(limit):
    sizes = []

    def run(patch):
        sizes.append(patch.shape)
        if patch.size > limit:
            raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 1 bytes")
        return np.asarray(double({}, patch[None])[0])

    return run, sizes


def test_out_of_memory_halves_the_tile_and_goes_on():
    image = np.arange(40 * 30 * 3, dtype=np.uint8).reshape(40, 30, 3)
    run, sizes = run_double(3 * 10 * 10)
    with pytest.warns(UserWarning, match="tiles of 7 pixels"):
        out = tiler.restore(run, image, 30, radius=2)
    np.testing.assert_array_equal(out, image.repeat(2, 0).repeat(2, 1))
    assert sizes[:2] == [(30, 30, 3), (15, 15, 3)] and set(sizes[2:]) == {(7, 7, 3)}
    run, _ = run_double(3)
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="EXHAUSTED"):
        tiler.restore(run, image, 30, radius=2)


def test_rows_that_are_done_stay_when_memory_runs_out_later():
    image = np.arange(40 * 30 * 3, dtype=np.uint8).reshape(40, 30, 3)
    calls = []

    def run(patch):
        calls.append(len(patch))
        if len(calls) == 5:
            raise MemoryError
        return np.asarray(double({}, patch[None])[0])

    with pytest.warns(UserWarning):
        strips = list(tiler.strips(run, image, 16, radius=2))
    np.testing.assert_array_equal(np.concatenate(strips), image.repeat(2, 0).repeat(2, 1))
    assert calls.count(16) == 5 and calls.count(8) > 5


def test_other_errors_are_not_taken_for_a_lack_of_memory():
    def run(patch):
        raise RuntimeError("INTERNAL: broken")

    with pytest.raises(RuntimeError, match="broken"):
        tiler.restore(run, np.zeros((9, 9, 3), np.uint8), 4, radius=1)


@pytest.mark.parametrize("sides", [(3000, 4000), (100, 9000), (64, 64)])
@pytest.mark.parametrize("budget", [1e6, 1e8, 1e12])
def test_tiles_are_as_large_as_memory_allows(sides, budget):
    asked = []

    def memory(height, width):
        asked.append((height, width))
        return 1000 + 500 * height * width

    tile = tiler.fitting(memory, sides, budget, radius=10)
    least = tiles.least(10)
    height, width = (tiles.side(side, tile) for side in sides)
    assert tile >= least and (tile == least or memory(height, width) <= budget)
    more = [tiles.side(side, tile * 9 // 7 + 1) for side in sides]
    assert (height, width) == sides or memory(*more) > budget
    assert len(asked) <= 12


def test_budget_is_a_share_of_memory():
    assert 0 < tiler.budget(jax.devices()[0]) < 1e13


def test_plans_cut_large_images_of_local_models_alone():
    found = influence.Influence(10, 6)
    assert tiler.plan(double, {}, (200, 100), found) == (200, {"radius": 10, "alignment": 12})
    tile, overlap = tiler.plan(double, {}, (3000, 100), found, 512)
    assert tile == 512 and overlap["alignment"] == 12
    assert tiler.plan(double, {}, (3000, 100), None)[0] == 3000
    with pytest.warns(UserWarning, match="no tiles of this model are exact"):
        assert tiler.plan(double, {}, (3000, 100), None, 512)[0] == 512


def test_plans_without_shortcuts_are_of_quick_tiles():
    near, far = influence.Influence(10, 6), influence.Influence(100, 1)
    with shortcuts(False):
        assert tiler.plan(double, {}, (3000, 2000), near)[0] == tiler.QUICK
        assert tiler.plan(double, {}, (3000, 2000), far)[0] == 800
        assert tiler.plan(double, {}, (2 * tiler.QUICK, 9), near)[0] == 2 * tiler.QUICK
        assert tiler.plan(double, {}, (3000, 100), near, 512)[0] == 512


def test_memory_is_what_the_program_takes():
    taken = tiler.memory(double, {})
    assert taken(20, 10) >= 4 * 40 * 20 * 3
