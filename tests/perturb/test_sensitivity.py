"""Laws in closed form, of the linear restorer: its explicit matrix."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import zoo
from srzoo_jax.models import edsr
from srzoo_jax.perturb import objectives, sensitivity

SIDES = (8, 7)


@pytest.fixture(scope="module")
def enlarge():
    return zoo.load("bicubic_x2")[0]


@pytest.fixture(scope="module")
def matrix(enlarge):
    """Of one channel: [output pixels, input pixels]; channels do not mix."""
    impulses = jnp.eye(SIDES[0] * SIDES[1]).reshape(-1, *SIDES, 1)
    columns = jax.jit(enlarge)({}, impulses.repeat(3, -1))[..., 0]
    return np.asarray(columns.reshape(len(columns), -1).T, np.float64)


@pytest.fixture(scope="module")
def image():
    return jax.random.uniform(jax.random.key(0), (2, *SIDES, 3))


def test_spectral_norm_is_that_of_the_explicit_matrix(enlarge, matrix, image):
    measure = jax.jit(lambda x: sensitivity.spectral_norm(enlarge, {}, x, key=jax.random.key(1)))
    norm, direction = measure(image)
    largest = np.linalg.svd(matrix, compute_uv=False)[0]
    np.testing.assert_allclose(norm, [largest, largest], rtol=1e-4)
    stretched = jnp.sqrt((enlarge({}, direction) ** 2).sum((1, 2, 3)))
    np.testing.assert_allclose(stretched, norm, rtol=1e-5)


def test_spectral_norm_of_a_network_is_that_of_its_explicit_jacobian():
    # Both modes of the convolution primitive, and an activation, are in it.
    model = edsr.EDSR(2, features=8, blocks=2)
    image = jax.random.uniform(jax.random.key(2), (1, 5, 4, 3))
    params = jax.jit(model.init)(jax.random.key(0), image)
    jacobian = jax.jit(jax.jacrev(lambda x: model.apply(params, x)))(image).reshape(-1, image.size)
    measure = jax.jit(
        lambda x: sensitivity.spectral_norm(model.apply, params, x, key=jax.random.key(3))[0]
    )
    largest = np.linalg.svd(np.asarray(jacobian, np.float64), compute_uv=False)[0]
    np.testing.assert_allclose(measure(image), [largest], rtol=1e-4)


def test_receptive_field_is_the_kernels_support(enlarge, matrix, image):
    field = jax.jit(lambda x: sensitivity.receptive_field(enlarge, {}, x, at=(8, 9)))(image)
    # Three channels, each of its own input alone.
    expected = 3 * np.abs(matrix[8 * 2 * SIDES[1] + 9]).reshape(SIDES)
    chex.assert_trees_all_close(field, np.stack([expected] * 2), atol=1e-6)
    # Bicubic enlarging takes four pixels a side.
    assert (np.asarray(field[0]) != 0).any(1).sum() == 4
    assert (np.asarray(field[0]) != 0).any(0).sum() == 4


def test_extent_of_a_known_field():
    field = jnp.zeros((1, 5, 5)).at[0, 2, 0].set(1).at[0, 2, 4].set(1)
    np.testing.assert_allclose(sensitivity.mean_extent(field), [2.0], rtol=1e-6)


def test_band_gain_of_copying_is_one_and_of_blur_falls():
    image = jnp.zeros((1, 16, 16, 3))
    edges = jnp.array([0.0, 0.15, 0.3, 0.45, 0.71])
    measure = jax.jit(
        lambda restore: sensitivity.band_gain(
            restore, {}, image, edges=edges, key=jax.random.key(0), samples=4
        ),
        static_argnums=0,
    )
    same = measure(lambda params, x: 3 * x.repeat(2, 1).repeat(2, 2))
    chex.assert_trees_all_close(same, jnp.full((4, 1), 3.0), rtol=1e-5)

    def blurred(params, x):
        return sum(jnp.roll(x, (i, j), (1, 2)) for i in (0, 1) for j in (0, 1)) / 4

    falling = measure(blurred)[:, 0]
    assert (jnp.diff(falling) < 0).all()
    # A wave along an axis passes with |cos(pi f)|; in the lowest band that is above 0.89.
    assert 0.85 < falling[0] <= 1


def test_steepest_is_the_greatest_gradient_norm(enlarge, image):
    objective = objectives.away_from(jnp.zeros((2, 16, 14, 3)))
    gradient = jax.grad(lambda x: objective(enlarge({}, x)).sum())
    how = {"key": jax.random.key(4), "samples": 20}
    at = lambda radius, order: sensitivity.steepest(  # noqa: E731
        enlarge, {}, image, objective, radius=radius, order=order, **how
    )
    for order in (1, 2):
        here = jnp.linalg.norm(gradient(image).reshape(2, -1), order, axis=1)
        chex.assert_trees_all_close(at(0.0, order), here, rtol=1e-5)
        assert (at(0.05, order) > here * (1 - 1e-6)).all()
