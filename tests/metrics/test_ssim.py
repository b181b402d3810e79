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


VARIANTS = pytest.mark.parametrize(
    "ssim", [metrics.ssim, metrics.ssim_matlab, metrics.ssim_tf, metrics.ssim_skimage]
)


def test_skimage_variant_is_its_default():
    hr = RNG.random((2, 31, 24, 2)).astype(np.float32)
    sr = (hr + 0.1 * RNG.standard_normal(hr.shape)).clip(0, 1).astype(np.float32)
    peer = [
        skimage.metrics.structural_similarity(x, y, data_range=1, channel_axis=2)
        for x, y in zip(sr.astype(float), hr.astype(float), strict=True)
    ]
    np.testing.assert_allclose(metrics.ssim_skimage(sr, hr), peer, atol=1e-5)


def test_tf_variant_is_the_definition_as_far_as_float32_goes():
    """On bright flat images its cancellation costs up to 1e-4, the difference form a millionth."""
    for _ in range(3):
        hr = (0.95 + 0.01 * RNG.random((1, 64, 64, 1))).astype(np.float32)
        sr = (hr + 0.002 * RNG.standard_normal(hr.shape)).astype(np.float32)
        exact = reference(*(x[0, ..., 0].astype(float) for x in (sr, hr)))
        assert metrics.ssim(sr, hr)[0] == pytest.approx(exact, abs=2e-6)
        assert metrics.ssim_tf(sr, hr)[0] == pytest.approx(exact, abs=2e-4)


def test_tf_variant_is_tensorflow():
    tensorflow = pytest.importorskip("tensorflow")
    hr = (255 * RNG.random((2, 64, 48, 1))).astype(np.float32)
    sr = (hr + 20 * RNG.standard_normal(hr.shape)).clip(0, 255).astype(np.float32)
    expected = tensorflow.image.ssim(sr, hr, max_val=255).numpy()
    np.testing.assert_allclose(metrics.ssim_tf(sr / 255, hr / 255), expected, atol=2e-6)


@VARIANTS
@pytest.mark.parametrize("image", [np.zeros, np.ones, RNG.random])
def test_equal_images_have_exactly_one(ssim, image):
    image = image((2, 16, 16, 3)).astype(np.float32)
    assert (np.asarray(ssim(image, image)) == 1).all()


@VARIANTS
def test_never_above_one(ssim):
    for flat in (0, 0.9):
        hr = (flat + (1 - flat) * RNG.random((1, 64, 64, 1))).astype(np.float32)
        for noise in (1e-6, 1e-4, 1e-2):
            sr = (hr + noise * RNG.standard_normal(hr.shape)).astype(np.float32)
            assert ssim(sr, hr)[0] <= 1


@VARIANTS
def test_gradient_is_finite_and_zero_at_equality(ssim):
    image = RNG.random((1, 16, 16, 1)).astype(np.float32)
    gradient = jax.grad(lambda sr: ssim(sr, image).sum())(image)
    # TensorFlow's formula cancels to rounding noise, beside slopes of 1e-3 elsewhere.
    atol = 1e-6 if ssim is metrics.ssim_tf else 0
    np.testing.assert_allclose(gradient, 0, atol=atol)


@pytest.mark.parametrize(
    ("ssim", "side"), [(metrics.ssim, 11), (metrics.ssim_tf, 11), (metrics.ssim_skimage, 7)]
)
def test_images_smaller_than_the_window_are_refused(ssim, side):
    image = np.zeros((1, side - 1, 20, 3), np.float32)
    with pytest.raises(ValueError, match=f"at least {side} pixels, got {side - 1} x 20"):
        ssim(image, image)
