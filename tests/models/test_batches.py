"""On CPUs an image comes out of a batch as it does alone, to the last bit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import costs, zoo
from srzoo_jax.catalogue import Entry
from srzoo_jax.models import pixels
from srzoo_jax.models.convolution import shortcuts
from srzoo_jax.models.edsr import EDSR
from srzoo_jax.models.imdn import IMDN
from srzoo_jax.models.pan import PAN
from srzoo_jax.models.rcan import RCAN

pytestmark = pytest.mark.skipif(jax.default_backend() != "cpu", reason="of CPUs alone")


def assert_alone_as_together(function, images):
    function = jax.jit(function)
    together = np.asarray(function(images))
    for image, expected in zip(np.split(images, len(images)), together, strict=True):
        np.testing.assert_array_equal(np.asarray(function(image))[0], expected)


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize(
    "model",
    [EDSR(2, 32, 1), IMDN(2, 32, 1), RCAN(2, 32, 1, 1), PAN(2)],
    ids=lambda m: type(m).__name__,
)
def test_models(model, fast):
    row = Entry("small", model)
    params, restore = costs.random_params(row), zoo.restorer(row)
    # Of 6 x 8 tiles, fewer than what XLA multiplies in its usual order.
    images = np.random.default_rng(0).random((3, 23, 32, 3), np.float32)
    with shortcuts(fast):
        assert_alone_as_together(lambda images: restore(params, images), images)


@pytest.mark.parametrize("size", [(5, 7), (37, 50)])
def test_averages(size):
    images = np.random.default_rng(0).random((8, *size, 64), np.float32)
    assert_alone_as_together(pixels.average, images)
    assert_alone_as_together(lambda x: pixels.average(jnp.square(x - 1)), images)
    expected = np.float64(images).mean((1, 2), keepdims=True)
    np.testing.assert_allclose(pixels.average(images), expected, atol=1e-6)  # Float32's rounding.


def test_averages_have_their_gradient():
    images = np.random.default_rng(0).random((3, 4, 5, 2), np.float32)
    weights = np.random.default_rng(1).random((3, 1, 1, 2), np.float32)
    found = jax.grad(lambda x: (weights * pixels.average(x)).sum())(images)
    np.testing.assert_allclose(found, np.broadcast_to(weights / 20, images.shape), rtol=1e-6)
