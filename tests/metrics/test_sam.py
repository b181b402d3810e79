import jax
import numpy as np
import pytest

from srzoo_jax import metrics

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("noise", [0.2, 1e-3])
def test_equals_the_definition(noise):
    hr = RNG.random((2, 15, 12, 3)).astype(np.float32)
    sr = (hr + noise * RNG.standard_normal(hr.shape)).clip(0, 1).astype(np.float32)
    a, b = sr.astype(float), hr.astype(float)
    cosine = (a * b).sum(-1) / np.sqrt((a**2).sum(-1) * (b**2).sum(-1))
    expected = np.degrees(np.arccos(cosine)).mean((1, 2))
    np.testing.assert_allclose(jax.jit(metrics.sam)(sr, hr), expected, atol=1e-4)


def test_black_pixels_have_no_direction():
    hr = RNG.random((1, 6, 6, 3), "f4") + np.float32(0.1)
    sr = hr[..., ::-1].copy()
    half = hr.copy()
    half[:, :3] = 0
    np.testing.assert_allclose(metrics.sam(sr, half), metrics.sam(sr[:, 3:], hr[:, 3:]), rtol=1e-6)
    np.testing.assert_allclose(metrics.sam(half, sr), metrics.sam(hr[:, 3:], sr[:, 3:]), rtol=1e-6)
    assert np.isnan(metrics.sam(sr, np.zeros_like(hr))[0])
    assert np.isfinite(jax.grad(lambda x: metrics.sam(x, sr)[0])(half)).all()


def test_brightness_does_not_count_and_orthogonal_is_90_degrees():
    hr = RNG.random((1, 6, 6, 3), "f4")
    np.testing.assert_allclose(metrics.sam(hr / 2, hr), 0, atol=1e-5)
    red, green = np.zeros((2, 1, 4, 4, 3), "f4")
    red[..., 0], green[..., 1] = 1, 0.5
    np.testing.assert_allclose(metrics.sam(red, green), 90, rtol=1e-6)


def test_one_channel_is_refused():
    with pytest.raises(ValueError, match="needs colours"):
        metrics.sam(np.zeros((1, 4, 4, 1)), np.zeros((1, 4, 4, 1)))
