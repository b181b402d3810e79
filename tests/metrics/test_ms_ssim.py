import jax
import numpy as np
import pytest
from scipy.ndimage import correlate

from srzoo_jax import metrics
from tests.metrics.test_ssim import windows

RNG = np.random.default_rng(0)


def reference(a, b):
    """The authors' loop in float64: means of 2 x 2 with symmetric borders, every second kept."""
    weights = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    product = 1
    for level, weight in enumerate(weights):
        luminance, structure = windows(a, b)
        factor = (luminance * structure).mean() if level == 4 else structure.mean()
        product *= factor**weight
        halve = lambda x: correlate(x, np.full((2, 2), 0.25), mode="reflect", origin=-1)[::2, ::2]  # noqa: E731
        a, b = halve(a), halve(b)
    return product


@pytest.mark.parametrize("size", [(176, 192), (181, 203)])
@pytest.mark.parametrize("noise", [0.3, 0.02])
def test_equals_the_definition(size, noise):
    hr = RNG.random((2, *size, 2)).astype(np.float32)
    sr = (hr + noise * RNG.standard_normal(hr.shape)).clip(0, 1).astype(np.float32)
    ours = jax.jit(metrics.ms_ssim)(sr, hr)
    expected = [
        np.mean([reference(x[..., c], y[..., c]) for c in (0, 1)])
        for x, y in zip(sr.astype(float), hr.astype(float), strict=True)
    ]
    np.testing.assert_allclose(ours, expected, atol=5e-6)  # float32; papers print 1e-3 or 1e-4.


def test_equal_images_have_one_and_finite_gradients():
    image = RNG.random((1, 176, 176, 1)).astype(np.float32)
    assert metrics.ms_ssim(image, image)[0] == 1
    gradient = jax.grad(lambda sr: metrics.ms_ssim(sr, image).sum())
    assert np.isfinite(gradient(image)).all()
    assert np.isfinite(gradient(1 - image)).all()  # Negative structure.


def test_small_images_are_refused():
    with pytest.raises(ValueError, match="at least 176 pixels, got 175 x 300"):
        metrics.ms_ssim(np.zeros((1, 175, 300, 3)), np.zeros((1, 175, 300, 3)))
