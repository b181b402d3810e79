import jax
import numpy as np
import pytest
from scipy.signal import convolve2d

from srzoo_jax import metrics

RNG = np.random.default_rng(0)


def reference(a, b):
    """GMSD.m in float64, one channel [H, W] in [0, 1]."""
    row = np.array([[1, 0, -1]]) / 3
    sizes = []
    for image in (255 * a, 255 * b):
        half = convolve2d(image, np.full((2, 2), 1 / 4))[1::2, 1::2]  # MATLAB's same of even size.
        dx, dy = (convolve2d(half, k, "same") for k in (row * np.ones((3, 1)), row.T * np.ones(3)))
        sizes.append(np.hypot(dx, dy))
    x, y = sizes
    return ((2 * x * y + 170) / (x**2 + y**2 + 170)).std(ddof=1)


@pytest.mark.parametrize("size", [(32, 40), (33, 27)])
@pytest.mark.parametrize("noise", [0.2, 0.01])
def test_equals_the_definition(size, noise):
    hr = RNG.random((2, *size, 2)).astype(np.float32)
    sr = (hr + noise * RNG.standard_normal(hr.shape)).clip(0, 1).astype(np.float32)
    expected = [
        np.mean([reference(x[..., c], y[..., c]) for c in (0, 1)])
        for x, y in zip(sr.astype(float), hr.astype(float), strict=True)
    ]
    np.testing.assert_allclose(jax.jit(metrics.gmsd)(sr, hr), expected, atol=2e-6)  # float32.


def test_equal_images_have_none():
    for image in (np.zeros((1, 8, 8, 1), "f4"), RNG.random((1, 9, 8, 1), "f4")):
        assert metrics.gmsd(image, image)[0] == 0
        gradient = jax.grad(lambda sr, hr=image: metrics.gmsd(sr, hr)[0])(image)
        np.testing.assert_array_equal(gradient, 0)


def test_small_images_are_refused():
    with pytest.raises(ValueError, match="GMSD needs sides of at least 6 pixels, got 5 x 20"):
        metrics.gmsd(np.zeros((1, 5, 20, 1)), np.zeros((1, 5, 20, 1)))
