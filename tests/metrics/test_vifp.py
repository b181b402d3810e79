import jax
import numpy as np
import pytest
from scipy.signal import correlate2d

from srzoo_jax import metrics
from srzoo_jax.resize import imresize

RNG = np.random.default_rng(0)


def reference(dist, ref):
    """vifp_mscale.m in float64, one channel [H, W] in [0, 1]."""
    ref, dist, kept, total = 255 * ref, 255 * dist, 0, 0
    for scale in (1, 2, 3, 4):
        size = 2 ** (5 - scale) + 1
        x = np.arange(size) - size // 2
        window = np.exp(-(x[:, None] ** 2 + x**2) / (2 * (size / 5) ** 2))
        window /= window.sum()

        def mean(image, window=window):
            return correlate2d(image, window, "valid")

        if scale > 1:
            ref, dist = mean(ref)[::2, ::2], mean(dist)[::2, ::2]
        var_ref = np.maximum(mean(ref**2) - mean(ref) ** 2, 0)
        var_dist = np.maximum(mean(dist**2) - mean(dist) ** 2, 0)
        covariance = mean(ref * dist) - mean(ref) * mean(dist)
        for vr, vd, c in zip(var_ref.flat, var_dist.flat, covariance.flat, strict=True):
            gain, rest = c / (vr + 1e-10), vd - c * c / (vr + 1e-10)
            if vr < 1e-10:
                gain, rest, vr = 0, vd, 0
            if vd < 1e-10:
                gain, rest = 0, 0
            if gain < 0:
                gain, rest = 0, vd
            kept += np.log10(1 + gain**2 * vr / (max(rest, 1e-10) + 2))
            total += np.log10(1 + vr / 2)
    return kept / total


@pytest.mark.parametrize("noise", [0.3, 0.01])
@pytest.mark.parametrize("contrast", [1, 0.02])
def test_equals_the_definition(noise, contrast):
    hr = imresize(RNG.random((2, 12, 14, 2)), (48, 53)).clip(0, 1)  # Smooth, as photographs are.
    hr = (0.7 + contrast * (hr - 0.7)).astype(np.float32)
    sr = (hr + noise * contrast * RNG.standard_normal(hr.shape)).clip(0, 1).astype(np.float32)
    expected = [
        np.mean([reference(x[..., c], y[..., c]) for c in (0, 1)])
        for x, y in zip(sr.astype(float), hr.astype(float), strict=True)
    ]
    np.testing.assert_allclose(jax.jit(metrics.vifp)(sr, hr), expected, atol=1e-5)


def test_equal_images_have_one_and_inverted_ones_none():
    image = RNG.random((1, 48, 48, 1), "f4")
    assert metrics.vifp(image, image)[0] == pytest.approx(1, abs=1e-5)
    assert metrics.vifp(1 - image, image)[0] == 0
    assert metrics.vifp(0.5 + 1.5 * (image - 0.5), image)[0] > 1  # More contrast.


def test_undefined_cases():
    flat = np.full((1, 48, 48, 1), 0.3, "f4")
    noise = RNG.random(flat.shape, "f4")
    assert np.isnan(metrics.vifp(noise, flat)[0])
    assert metrics.vifp(flat, noise)[0] == 0  # Nothing is left.
    assert np.isfinite(jax.grad(lambda sr: metrics.vifp(sr, noise)[0])(flat)).all()
    with pytest.raises(ValueError, match="VIFp needs sides of at least 41 pixels, got 40 x 50"):
        metrics.vifp(np.zeros((1, 40, 50, 1)), np.zeros((1, 40, 50, 1)))
    smallest = RNG.random((1, 41, 41, 1), "f4")
    assert metrics.vifp(smallest, smallest)[0] == pytest.approx(1, abs=1e-5)
