import itertools

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax.perturb import projections


def drawn(shape, seed=0):
    image = jax.random.uniform(jax.random.key(seed), shape)
    delta = 0.6 * jax.random.normal(jax.random.key(seed + 1), shape)
    return image, delta


@pytest.mark.parametrize(("ball", "radius"), [(projections.linf, 0.2), (projections.l2, 1.5)])
def test_projection_is_the_nearest_point_of_a_convex_set(ball, radius):
    # p is nearest to d exactly if <d - p, y - p> <= 0 for every allowed y (Kolmogorov).
    image, delta = drawn((3, 4, 5, 3))
    nearest = ball(delta, image, radius)
    chex.assert_trees_all_close(ball(nearest, image, radius), nearest, atol=1e-6)
    others = [ball(drawn((3, 4, 5, 3), seed)[1], image, radius) for seed in range(20, 40)]
    for other in [*others, jnp.zeros_like(delta)]:
        angle = ((delta - nearest) * (other - nearest)).sum((1, 2, 3))
        assert (angle <= 1e-5).all()


def test_l2_of_a_point_inside_is_the_point():
    image, delta = drawn((2, 4, 5, 3))
    small = delta / 1000
    image = 0.25 + image / 2
    chex.assert_trees_all_close(projections.l2(small, image, 1.0), small, atol=1e-7)
    norm = jnp.sqrt((projections.l2(delta, image, 1.0) ** 2).sum((1, 2, 3)))
    chex.assert_trees_all_close(norm, jnp.ones(2), rtol=1e-5)


def test_l0_is_the_best_of_all_choices_of_pixels():
    image, delta = drawn((1, 2, 3, 3))
    boxed = np.asarray((image + delta).clip(0, 1) - image).reshape(6, 3)
    wanted = np.asarray(delta).reshape(6, 3)

    def distance(kept):
        point = np.zeros_like(boxed)
        point[list(kept)] = boxed[list(kept)]
        return ((point - wanted) ** 2).sum()

    best = min(distance(kept) for kept in itertools.combinations(range(6), 2))
    found = np.asarray(projections.l0(delta, image, 2)).reshape(6, 3)
    assert (found != 0).any(1).sum() == 2
    np.testing.assert_allclose(((found - wanted) ** 2).sum(), best, rtol=1e-6)


@pytest.mark.parametrize("ball", [projections.linf, projections.l2, projections.l0])
def test_each_image_may_have_its_radius(ball):
    image, delta = drawn((2, 4, 5, 3))
    radii = jnp.array([0.5, 3.0])[:, None, None, None]
    both = jax.jit(ball)(delta, image, radii)
    for i in range(2):
        alone = ball(delta[i : i + 1], image[i : i + 1], radii[i, 0, 0, 0])
        chex.assert_trees_all_close(both[i], alone[0], atol=1e-6)
    chex.assert_trees_all_equal(ball(delta, image, 0), jnp.zeros_like(delta))
