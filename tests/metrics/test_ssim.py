import jax
import numpy as np
import pytest
import skimage.metrics
from scipy.ndimage import correlate1d

from srzoo_jax import metrics

RNG = np.random.default_rng(0)


def windows(a, b):
    """Wang's two factors in float64, window by window through scipy; images [H, W]."""
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets**2) / (2 * 1.5**2))
    window /= window.sum()

    def blur(x):
        return correlate1d(correlate1d(x, window, 0), window, 1)[5:-5, 5:-5]

    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return luminance, (2 * covariance + c2) / (var_a + var_b + c2)


def reference(a, b):
    luminance, structure = windows(a, b)
    return (luminance * structure).mean()


@pytest.mark.parametrize("noise", [0.5, 0.1, 0.01])
@pytest.mark.parametrize("contrast", [1, 0.05])
def test_equals_the_definition_and_scikit_image(noise, contrast):
    hr = (0.6 + contrast * (RNG.random((3, 31, 24, 2)) - 0.5)).astype(np.float32)
    sr = (hr + noise * RNG.standard_normal(hr.shape)).clip(0, 1).astype(np.float32)
    ours = np.asarray(jax.jit(metrics.ssim)(sr, hr))
    a, b = sr.astype(float), hr.astype(float)
    expected = [
        np.mean([reference(x[..., c], y[..., c]) for c in (0, 1)])
        for x, y in zip(a, b, strict=True)
    ]
    np.testing.assert_allclose(ours, expected, atol=2e-6)  # float32; published digits end at 1e-4.
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    peer = [
        skimage.metrics.structural_similarity(x, y, data_range=1, channel_axis=2, **options)
        for x, y in zip(a, b, strict=True)
    ]
    np.testing.assert_allclose(ours, peer, atol=1e-5)


@pytest.mark.parametrize("image", [np.zeros, np.ones, RNG.random])
def test_equal_images_have_exactly_one(image):
    image = image((2, 16, 16, 3)).astype(np.float32)
    assert (np.asarray(metrics.ssim(image, image)) == 1).all()


def test_never_above_one():
    hr = RNG.random((1, 64, 64, 1)).astype(np.float32)
    for noise in (1e-6, 1e-4, 1e-2):
        sr = (hr + noise * RNG.standard_normal(hr.shape)).astype(np.float32)
        assert metrics.ssim(sr, hr)[0] <= 1


def test_gradient_is_finite_and_zero_at_equality():
    image = RNG.random((1, 16, 16, 1)).astype(np.float32)
    gradient = jax.grad(lambda sr: metrics.ssim(sr, image).sum())(image)
    np.testing.assert_array_equal(gradient, 0)


def test_images_smaller_than_the_window_are_refused():
    with pytest.raises(ValueError, match="at least 11 pixels, got 10 x 20"):
        metrics.ssim(np.zeros((1, 10, 20, 3)), np.zeros((1, 10, 20, 3)))
