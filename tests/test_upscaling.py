import numpy as np
import pytest

from srzoo_jax import upscaling
from srzoo_jax.photograph import Photograph

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (6, 9, 3), np.uint8)


def doubled(pixels):
    """A x2 restorer: every pixel four times."""
    levels = np.iinfo(pixels.dtype).max
    return pixels.repeat(2, 0).repeat(2, 1).astype(np.float32) / levels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_depth_is_kept(dtype):
    pixels = RNG.integers(0, np.iinfo(dtype).max, (6, 9, 3), dtype, endpoint=True)
    sr = upscaling.upscale(Photograph(pixels), doubled)
    assert sr.pixels.dtype == dtype
    np.testing.assert_array_equal(sr.pixels, pixels.repeat(2, 0).repeat(2, 1))


def test_grey_stays_grey():
    tinted = lambda pixels: doubled(pixels) * np.float32([0.9, 1, 1.1])  # noqa: E731
    grey = RGB[..., :1].repeat(3, -1) // 2
    sr = upscaling.upscale(Photograph(grey, grey=True), tinted)
    assert (sr.pixels == sr.pixels[..., :1]).all()
    np.testing.assert_array_equal(sr.pixels, grey.repeat(2, 0).repeat(2, 1))


def test_opacity_is_restored_apart_and_does_not_touch_colours():
    alpha = np.zeros((6, 9, 1), np.uint8)
    alpha[:, 3:6] = 255
    seen = []

    def run(pixels):
        seen.append(pixels)
        return doubled(pixels)

    sr = upscaling.upscale(Photograph(RGB, alpha), run)
    np.testing.assert_array_equal(sr.alpha, alpha.repeat(2, 0).repeat(2, 1))
    np.testing.assert_array_equal(seen[0][:, 3:6], RGB[:, 3:6])
    np.testing.assert_array_equal(seen[0][:, :3], RGB[:, 3:4].repeat(3, 1))  # Bled.


def test_constant_opacity_is_not_run_through_the_model():
    biased = lambda pixels: doubled(pixels) * np.float32(0.5)  # noqa: E731
    alpha = np.full((6, 9, 1), 128, np.uint8)
    sr = upscaling.upscale(Photograph(RGB, alpha), biased)
    assert sr.alpha.shape == (12, 18, 1) and (sr.alpha == 128).all()


def test_an_image_that_is_all_transparent_is_left_as_it_is():
    np.testing.assert_array_equal(upscaling.bled(RGB, np.zeros((6, 9, 1), np.uint8)), RGB)


def test_other_scales_by_a_final_resize():
    flat = np.full((6, 9, 3), 77, np.uint8)
    sr = upscaling.upscale(Photograph(flat), doubled, (9, 14))
    assert sr.pixels.shape == (9, 14, 3) and (sr.pixels == 77).all()
