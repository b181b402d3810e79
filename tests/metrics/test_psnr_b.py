import jax
import numpy as np
import pytest

from srzoo_jax import metrics

RNG = np.random.default_rng(0)


def reference(sr, hr):
    """Pair by pair of neighbours in float64, one channel [H, W] in [0, 1]."""
    border, inside = [], []
    for rows in (sr, sr.T):
        for line in rows:
            for i in range(len(line) - 1):
                (border if i % 8 == 7 else inside).append((line[i] - line[i + 1]) ** 2)
    excess = np.mean(border) - np.mean(inside)
    factor = np.log2(8) / np.log2(min(sr.shape)) if excess > 0 else 0
    return 10 * np.log10(1 / (np.mean((sr - hr) ** 2) + factor * excess))


def blocky(image):
    means = image.reshape(len(image), image.shape[1] // 8, 8, image.shape[2] // 8, 8, -1)
    means = means.mean((2, 4), keepdims=True)
    return np.broadcast_to(means, (*means.shape[:2], 8, means.shape[3], 8, means.shape[5])).reshape(
        image.shape
    )


@pytest.mark.parametrize("mixed", [1, 0.3, 0])
@pytest.mark.parametrize("size", [(24, 32), (21, 30)])
def test_equals_the_definition(mixed, size):
    hr = RNG.random((2, 24, 32, 2)).astype(np.float32)
    sr = mixed * blocky(hr) + (1 - mixed) * RNG.random(hr.shape)
    sr, hr = (x[:, : size[0], : size[1]].astype(np.float32) for x in (sr, hr))
    expected = [
        np.mean([reference(x[..., c], y[..., c]) for c in (0, 1)])
        for x, y in zip(sr.astype(float), hr.astype(float), strict=True)
    ]
    np.testing.assert_allclose(jax.jit(metrics.psnr_b)(sr, hr), expected, atol=1e-4)


def test_blocks_cost_and_where_there_are_none_it_is_psnr():
    hr = RNG.random((1, 32, 32, 1), "f4")
    sr = blocky(hr).astype("f4")
    assert metrics.psnr_b(sr, hr)[0] < metrics.psnr(sr, hr)[0] - 0.01
    shifted = np.roll(sr, 4, (1, 2))  # Blocks, but not where JPEG has them.
    np.testing.assert_allclose(metrics.psnr_b(shifted, hr), metrics.psnr(shifted, hr), rtol=1e-6)
    smooth = np.zeros_like(hr)
    assert np.isposinf(metrics.psnr_b(smooth, smooth)[0])
    gradient = jax.grad(lambda x: metrics.psnr_b(x, smooth)[0])(smooth)
    np.testing.assert_array_equal(gradient, 0)


def test_small_images_are_refused():
    with pytest.raises(ValueError, match="PSNR-B needs sides of at least 16 pixels, got 15 x 20"):
        metrics.psnr_b(np.zeros((1, 15, 20, 1)), np.zeros((1, 15, 20, 1)))
