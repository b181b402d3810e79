import jax
import numpy as np
import pytest
import skimage.metrics

from srzoo_jax import metrics

RNG = np.random.default_rng(0)


def test_equals_scikit_image():
    hr = RNG.random((3, 17, 23, 3)).astype(np.float32)
    sr = (hr + 0.1 * RNG.standard_normal(hr.shape)).clip(0, 1).astype(np.float32)
    expected = [
        skimage.metrics.peak_signal_noise_ratio(a, b, data_range=1)
        for a, b in zip(hr.astype(float), sr.astype(float), strict=True)
    ]
    np.testing.assert_allclose(jax.jit(metrics.psnr)(sr, hr), expected, atol=1e-4)


def test_one_level_of_255_everywhere_is_48_db():
    hr = np.zeros((1, 8, 8, 1), np.float32)
    assert metrics.psnr(hr + 1 / 255, hr)[0] == pytest.approx(20 * np.log10(255), abs=1e-4)


def test_equal_images_are_infinitely_alike():
    image = RNG.random((2, 8, 8, 3)).astype(np.float32)
    assert np.isposinf(metrics.psnr(image, image)).all()
    gradient = jax.grad(lambda sr: metrics.psnr(sr, image)[0])(image)
    np.testing.assert_array_equal(gradient, 0)


def test_shapes_that_differ_are_refused():
    with pytest.raises(AssertionError):
        metrics.psnr(np.zeros((1, 8, 8, 3)), np.zeros((1, 8, 9, 3)))
