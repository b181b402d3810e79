import numpy as np
import pytest

from srzoo_jax import data, files
from srzoo_jax.resize import imresize

RNG = np.random.default_rng(0)


def make_set(root, sizes, scale=2):
    """A data set of noise, in the common layout."""
    for name, size in sizes.items():
        hr = RNG.integers(0, 256, (*size, 3), np.uint8)
        lr = imresize(hr[: size[0] // scale * scale, : size[1] // scale * scale], 1 / scale)
        files.write_image(root / "HR" / f"{name}.png", hr)
        files.write_image(root / "LR_bicubic" / f"X{scale}" / f"{name}x{scale}.png", lr)


def test_pairs_are_read_and_cropped(tmp_path):
    make_set(tmp_path / "Tiny", {"a": (33, 40), "b": (24, 25)})
    first, second = data.pairs("Tiny", 2, tmp_path)
    assert (first.name, second.name) == ("a", "b")
    lr, hr = data.read(first, 2)
    assert lr.shape == (16, 20, 3) and hr.shape == (32, 40, 3)


def test_missing_and_misfitting_images_are_named(tmp_path):
    make_set(tmp_path / "Tiny", {"a": (32, 40), "b": (24, 24), "c": (24, 24)})
    lr_dir = tmp_path / "Tiny" / "LR_bicubic" / "X2"
    (lr_dir / "ax2.png").unlink()
    (tmp_path / "Tiny" / "HR" / "b.png").unlink()
    files.write_image(lr_dir / "cx2.png", np.zeros((12, 11, 3), np.uint8))
    a, b, c = data.pairs("Tiny", 2, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"LR_bicubic/X2/ax2.png"):
        data.read(a, 2)
    with pytest.raises(FileNotFoundError, match=r"HR/b.png"):
        data.read(b, 2)
    with pytest.raises(ValueError, match=r"cx2.png is 12 x 11 .* should be 12 x 12"):
        data.read(c, 2)


def test_at_scale_one_the_input_is_hr_itself(tmp_path):
    make_set(tmp_path / "Tiny", {"a": (33, 40)})
    for dataset in ("Tiny", "photos"):
        lr, hr = data.read(data.pairs(dataset, 1, tmp_path)[0], 1)
        np.testing.assert_array_equal(lr, hr)


def test_missing_folders_are_named(tmp_path):
    make_set(tmp_path / "Tiny", {"a": (32, 40)})
    with pytest.raises(FileNotFoundError, match=r"Tiny/LR_bicubic/X4, which is not there"):
        data.pairs("Tiny", 4, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"Other, which is not there"):
        data.pairs("Other", 2, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"Say --data_dir"):
        data.pairs("Set5", 2)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_embedded_photographs_ship(scale):
    found = data.pairs("photos", scale)
    assert len(found) == 5
    for pair in found:
        lr, hr = data.read(pair, scale)
        assert hr.shape == (scale * lr.shape[0], scale * lr.shape[1], 3) and min(hr.shape[:2]) > 290
