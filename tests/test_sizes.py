import math
import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srzoo_jax import sizes
from srzoo_jax.evaluation import planning

ANY = st.lists(st.tuples(st.integers(4, 80), st.integers(4, 80)), max_size=30)


@given(ANY, st.integers(1, 5))
def test_canvases_are_few_and_hold_their_images(images, most):
    found = sizes.canvases(images, most)
    assert found.keys() == set(images)
    for (height, width), (tall, wide) in found.items():
        assert tall >= height and wide >= width
        if min(height, width) < sizes.LEAST:
            assert (tall, wide) == (height, width)
    shared = {canvas for size, canvas in found.items() if min(size) >= sizes.LEAST}
    assert len(shared) <= most


@given(ANY)
def test_sizes_are_their_own_canvases_where_there_are_enough(images):
    own = {size: size for size in images}
    assert sizes.canvases(images, 0) == sizes.canvases(images, 30) == own


def test_alike_sizes_go_together():
    images = [(100, 50), (101, 50), (50, 100), (50, 102)]
    assert set(sizes.canvases(images, 2).values()) == {(101, 50), (50, 102)}
    assert sizes.waste({(2, 2): (3, 4)}, [(2, 2), (2, 2)]) == pytest.approx(2)


def test_a_canvas_that_saves_less_than_it_is_worth_is_not_made():
    images = [(20, 20)] * 3 + [(20, 30), (40, 40)]
    own = {size: size for size in images}
    small = {(20, 20): (20, 30), (20, 30): (20, 30), (40, 40): (40, 40)}
    assert sizes.canvases(images, 4, worth=600) == own  # 3 * 20 * 10.
    assert sizes.canvases(images, 4, worth=601) == small
    assert set(sizes.canvases(images, 4, worth=1e6).values()) == {(40, 40)}


def test_images_share_programs_for_scores_where_that_takes_less_time():
    few, many = (Counter({(80, 120): n, (120, 80): n}) for n in (10, 1000))
    merged = {(80, 120): (120, 120), (120, 80): (120, 120)}
    # For every image, 16 * 4800 pixels of SR more are scored; a program is worth 4e7.
    assert planning.scored_on(few, 4, scale=4) == merged
    assert planning.scored_on(many, 1, scale=4) == merged
    assert planning.scored_on(many, 4, scale=4) == planning.scored_on(few, 0, scale=4) == {}


def test_thousands_of_sizes_take_no_time():
    rng = np.random.default_rng(0)
    images = [tuple(map(int, size)) for size in rng.integers(100, 1000, (3000, 2))]
    start = time.process_time()
    found = sizes.canvases(images, 4)
    assert time.process_time() - start < 5  # Pair by pair of all sizes it would be hours.
    assert 1 < len(set(found.values())) <= 4
    one = sizes.canvases(images, 1)
    assert sizes.waste(found, images) < sizes.waste(one, images) / 2
    assert all(math.prod(canvas) >= math.prod(size) for size, canvas in found.items())
