import numpy as np
import pytest

from srzoo_jax import image as images


def test_luma_of_black_grey_white():
    levels = np.stack([np.full((1, 1, 3), level) for level in (0.0, 0.5, 1.0)])
    assert images.luma(levels).ravel() * 255 == pytest.approx([16, 16 + 219 / 2, 235])


def test_luma_of_primaries_is_bt601():
    primaries = np.eye(3)[None]
    expected = [16 + 65.481, 16 + 128.553, 16 + 24.966]
    assert images.luma(primaries).ravel() * 255 == pytest.approx(expected)


def test_bytes_survive_the_way_through_floats():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    np.testing.assert_array_equal(images.to_bytes(images.from_bytes(levels)), levels)


def test_quantize_clips_and_rounds_ties_to_even():
    values = np.array([-0.1, 0.5 / 255, 1.5 / 255, 2.6 / 255, 1.1])
    assert images.quantize(values) * 255 == pytest.approx([0, 0, 2, 3, 255])


def test_shave_and_crop():
    image = np.arange(7 * 9).reshape(1, 7, 9, 1)
    np.testing.assert_array_equal(images.shave(image, 2), image[:, 2:-2, 2:-2])
    np.testing.assert_array_equal(images.shave(image, 0), image)
    np.testing.assert_array_equal(images.crop_to_multiple(image, 4), image[:, :4, :8])


def test_nothing_left_is_refused():
    with pytest.raises(ValueError, match=r"cannot shave 2 pixels .* 4 x 9"):
        images.shave(np.zeros((4, 9, 3)), 2)
    with pytest.raises(ValueError, match="2 x 9 has no crop"):
        images.crop_to_multiple(np.zeros((2, 9, 3)), 4)
