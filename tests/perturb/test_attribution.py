import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage

from srzoo_jax import zoo
from srzoo_jax.perturb import attribution


@pytest.fixture(scope="module")
def image():
    return jax.random.uniform(jax.random.key(0), (2, 12, 10, 3))


def bent(params, image):
    up = image.repeat(2, axis=1).repeat(2, axis=2)
    return jnp.tanh(2 * up + jnp.roll(up, 1, axis=1) * jnp.roll(up, 1, axis=2))


def test_maps_add_up_to_what_is_gained(image):
    detail = attribution.edges(6, 5, 8)
    flat = jnp.full_like(image, 0.5)
    for path in (attribution.sharpening(image), attribution.straight(image, flat)):
        field = jax.jit(lambda: attribution.along(bent, {}, path, detail, steps=50))()  # noqa: B023
        ends = [detail(bent({}, path(jnp.float32(time)))) for time in (0, 1)]
        np.testing.assert_allclose(field.sum((1, 2, 3)), ends[1] - ends[0], rtol=0.01)


def test_path_starts_blurred_and_ends_at_the_image(image):
    path = attribution.sharpening(image, sigma=1.2)
    chex.assert_trees_all_equal(path(jnp.float32(1)), image)
    blurred = scipy.ndimage.gaussian_filter(
        np.asarray(image), (0, 1.2, 1.2, 0), mode="mirror", radius=(0, 4, 4, 0)
    )
    chex.assert_trees_all_close(path(jnp.float32(0)), blurred, atol=1e-5)


def test_attribution_of_the_linear_restorer_stays_at_the_window(image):
    enlarge = zoo.load("bicubic_x2")[0]
    field = jax.jit(
        lambda x: attribution.attribution_map(enlarge, {}, x, top=8, left=8, size=4, steps=4)
    )(image)
    used = np.asarray(jnp.abs(field).sum(-1)[0]) != 0
    # Rows 8 to 12 and as many columns of SR, the differences' neighbour included, are made of LR
    # pixels 2 to 8: four taps around (row + 1/2) / 2 - 1/2.
    assert used[2:8, 2:8].any()
    outside = np.ones_like(used)
    outside[2:9, 2:9] = False
    assert not used[outside].any()


def test_edges_of_flat_images_have_a_finite_gradient():
    detail = attribution.edges(1, 1, 3)
    flat = jnp.full((1, 8, 8, 3), 0.5)
    assert (jax.grad(lambda x: detail(x).sum())(flat) == 0).all()
    ramp = jnp.arange(8.0)[:, None, None] * jnp.ones((8, 3))
    np.testing.assert_allclose(detail(ramp[None]), [3 * 3 * 3], rtol=1e-6)
    with jax.debug_nans(True):
        assert jnp.isfinite(jax.jit(jax.grad(lambda x: detail(x).sum()))(flat)).all()


def test_gini_of_known_fields():
    even = jnp.ones((1, 4, 5, 3))
    one = jnp.zeros((1, 4, 5, 3)).at[0, 1, 2, 0].set(-2)
    np.testing.assert_allclose(attribution.gini(even), [0], atol=1e-6)
    np.testing.assert_allclose(attribution.gini(one), [19 / 20], rtol=1e-6)
    # Values 1 and 3: half the mean absolute difference, 1, by the mean, 2.
    two = jnp.array([1.0, 3.0]).reshape(1, 1, 2, 1)
    np.testing.assert_allclose(attribution.diffusion_index(two), [75], rtol=1e-6)
    assert attribution.gini(jnp.zeros((1, 2, 2, 3))) == 0
