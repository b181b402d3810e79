import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from srzoo_jax import files

RGB = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".webp", ".jpg"])
def test_written_images_read_back(tmp_path, suffix):
    path = tmp_path / f"image{suffix}"
    files.write_image(path, RGB)
    back = files.read_image(path)
    assert back.shape == RGB.shape
    if suffix not in (".jpg", ".webp"):
        np.testing.assert_array_equal(back, RGB)


def test_grey_palette_and_one_bit_become_rgb(tmp_path):
    grey = Image.fromarray(RGB[..., 0])
    for name, image in (
        ("L", grey),
        ("P", Image.fromarray(RGB).quantize(64)),
        ("1", grey.convert("1")),
    ):
        image.save(tmp_path / f"{name}.png")
        expected = np.asarray(image.convert("RGB"))
        np.testing.assert_array_equal(files.read_image(tmp_path / f"{name}.png"), expected)


def test_exif_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # To be turned by a quarter.
    Image.fromarray(RGB).save(tmp_path / "turned.png", exif=exif)
    np.testing.assert_array_equal(files.read_image(tmp_path / "turned.png"), np.rot90(RGB, -1))


def test_what_would_lose_something_is_refused(tmp_path):
    rgba = np.dstack([RGB, RGB[..., :1]])
    iio.imwrite(tmp_path / "alpha.png", rgba)
    Image.fromarray(RGB).convert("CMYK").save(tmp_path / "cmyk.jpg")
    iio.imwrite(tmp_path / "deep.png", RGB[..., 0].astype(np.uint16) * 257)
    iio.imwrite(tmp_path / "film.gif", np.stack([RGB, 255 - RGB]))
    (tmp_path / "text.png").write_text("no image")
    for name, reason in {
        "alpha.png": "RGBA image; expected 8-bit",
        "cmyk.jpg": "CMYK image; expected 8-bit",
        "deep.png": "16-bit image; expected 8-bit",
        "film.gif": "holds 2 frames",
        "text.png": "cannot be read as an image",
    }.items():
        with pytest.raises(ValueError, match=reason):
            files.read_image(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="no image at"):
        files.read_image(tmp_path / "none.png")


def test_truncated_image_is_refused(tmp_path):
    files.write_image(tmp_path / "whole.png", RGB)
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"cut.png cannot be read"):
        files.read_image(tmp_path / "cut.png")


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    files.write_atomically(path, "old")
    monkeypatch.setattr(files.os, "replace", lambda *args: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        files.write_atomically(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_too_large_images_are_refused_by_their_header(tmp_path):
    files.write_image(tmp_path / "image.png", RGB)
    with pytest.raises(ValueError, match=r"0.0 megapixels \(9 x 6\); the limit is 5e-05"):
        files.read_image(tmp_path / "image.png", limit=50)


def test_unknown_output_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"its suffix is none of .png"):
        files.write_image(tmp_path / "image.xyz", RGB)
