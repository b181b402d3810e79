import jax
import numpy as np
import pytest

from srzoo_jax import image, metrics
from srzoo_jax.resize import imresize

RNG = np.random.default_rng(0)


def test_is_the_psnr_of_what_matlab_reduces_sr_to():
    hr, sr = RNG.integers(0, 256, (2, 1, 24, 32, 3), np.uint8)
    small = [imresize(x, 1 / 4).astype(float) for x in (sr, hr)]
    expected = 10 * np.log10(255**2 / np.mean((small[0] - small[1]) ** 2))
    lr = image.from_bytes(imresize(hr, 1 / 4))
    metric = jax.jit(metrics.lr_psnr, static_argnums=2)
    np.testing.assert_allclose(metric(image.from_bytes(sr), lr, 4), expected, atol=1e-3)
    assert np.isposinf(metric(image.from_bytes(hr), lr, 4)[0])


def test_gradient_passes_rounding():
    sr = RNG.random((1, 8, 8, 3), "f4")
    lr = RNG.random((1, 4, 4, 3), "f4")
    gradient = jax.grad(lambda x: metrics.lr_psnr(x, lr, 2)[0])(sr)
    better = metrics.lr_psnr(sr + 0.1 * gradient / abs(gradient).max(), lr, 2)
    assert better[0] > metrics.lr_psnr(sr, lr, 2)[0] + 0.1


def test_lr_that_does_not_fit_is_refused():
    with pytest.raises(AssertionError):
        metrics.lr_psnr(np.zeros((1, 8, 8, 3), "f4"), np.zeros((1, 4, 3, 3), "f4"), 2)
