"""On CPUs an image comes out of a batch as it does alone, to the last bit."""

import jax
import numpy as np
import pytest

from srzoo_jax import costs, zoo
from srzoo_jax.catalogue import Entry
from srzoo_jax.models.convolution import shortcuts
from srzoo_jax.models.edsr import EDSR
from srzoo_jax.models.pan import PAN

pytestmark = pytest.mark.skipif(jax.default_backend() != "cpu", reason="of CPUs alone")


def assert_alone_as_together(function, images):
    function = jax.jit(function)
    together = np.asarray(function(images))
    for image, expected in zip(np.split(images, len(images)), together, strict=True):
        np.testing.assert_array_equal(np.asarray(function(image))[0], expected)


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("model", [EDSR(2, 32, 1), PAN(2)], ids=["EDSR", "PAN"])
def test_models(model, fast):
    row = Entry("small", model)
    params, restore = costs.random_params(row), zoo.restorer(row)
    # Of 6 x 8 tiles, fewer than what XLA multiplies in its usual order.
    images = np.random.default_rng(0).random((3, 23, 32, 3), np.float32)
    with shortcuts(fast):
        assert_alone_as_together(lambda images: restore(params, images), images)
