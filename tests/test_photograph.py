import tracemalloc

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from srzoo_jax import photograph
from tests.robustness.images import deep_png

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (6, 9, 3), np.uint8)
DEEP = RNG.integers(0, 65536, (6, 9, 3), np.uint16)


@pytest.fixture
def saved(tmp_path):
    """Saves an image made by Pillow, or bytes; returns the path."""

    def save(name, content, **options):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.save(path, **options)
        return path

    return save


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_pixels_are_those_that_pillow_reads(saved, mode, suffix):
    rgba = Image.fromarray(np.dstack([RGB, RGB[..., :1]]))
    image = (rgba if mode in ("RGBA", "LA") else rgba.convert("RGB")).convert(mode)
    photo = photograph.read(saved(f"image.{suffix}", image))
    np.testing.assert_array_equal(photo.pixels, np.asarray(image.convert("RGBA"))[..., :3])
    assert photo.grey == (mode in ("1", "L", "LA")) and photo.bits == 8
    if mode in ("RGBA", "LA"):
        np.testing.assert_array_equal(photo.alpha[..., 0], np.asarray(image)[..., -1])
    else:
        assert photo.alpha is None


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bits_stay_sixteen(saved, tmp_path, channels):
    pixels = RNG.integers(0, 65536, (6, 9, channels), np.uint16)
    photo = photograph.read(saved("deep.png", deep_png(pixels)))
    colours = channels - 1 + channels % 2
    np.testing.assert_array_equal(photo.pixels, pixels[..., :colours].repeat(3 // colours, -1))
    assert photo.grey == (channels < 3) and (photo.alpha is None) == (channels in (1, 3))
    for name in ("again.png", "again.tif"):
        photograph.write(tmp_path / name, photo)
        again = photograph.read(tmp_path / name)
        np.testing.assert_array_equal(again.pixels, photo.pixels)
        assert again.grey == photo.grey
        if photo.alpha is not None:
            np.testing.assert_array_equal(again.alpha, photo.alpha)
    np.testing.assert_array_equal(
        tifffile.imread(tmp_path / "again.tif").reshape(pixels.shape), pixels
    )


def test_orientation_is_applied_once(saved, tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "what it shows"
    photo = photograph.read(saved("turned.png", Image.fromarray(RGB), exif=exif))
    np.testing.assert_array_equal(photo.pixels, np.rot90(RGB, -1))
    for name in ("again.png", "again.jpg", "again.webp"):
        photograph.write(tmp_path / name, photo)
        with Image.open(tmp_path / name) as again:
            assert again.size == (6, 9)
            assert again.getexif().get(0x0112, 1) == 1
            assert again.getexif()[0x010E] == "what it shows"
    with pytest.warns(UserWarning, match=r"again.tif: EXIF notes are left out"):
        photograph.write(tmp_path / "again.tif", photo)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "again.tif"), photo.pixels)


def test_profiles_and_notes_are_carried_or_stripped(saved, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010E] = "what it shows"
    path = saved("noted.jpg", Image.fromarray(RGB), icc_profile=profile, exif=exif)
    photo = photograph.read(path)
    for strip in (False, True):
        photograph.write(tmp_path / "again.png", photo, strip=strip)
        with Image.open(tmp_path / "again.png") as again:
            assert again.info.get("icc_profile") == (None if strip else profile)
            assert again.getexif().get(0x010E) == (None if strip else "what it shows")


def test_without_notes_none_are_written(saved, tmp_path):
    photograph.write(tmp_path / "b.png", photograph.read(saved("a.png", Image.fromarray(RGB))))
    with Image.open(tmp_path / "b.png") as image:
        assert not image.getexif() and "icc_profile" not in image.info


def test_inks_become_colours(saved):
    inks = Image.new("CMYK", (9, 6), (0, 255, 255, 0))
    photo = photograph.read(saved("cmyk.jpg", inks, quality=100))
    red, green, blue = photo.pixels[0, 0].astype(int)
    assert red > 200 and max(green, blue) < 80  # Magenta and yellow on paper are red.
    assert "icc-profile-data" in photo.notes


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("text.png", b"no image", "cannot be read as an image"),
        ("empty.jpg", b"", "cannot be read as an image"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot be read"),
    ],
)
def test_what_is_no_image_is_refused(saved, name, content, reason):
    with pytest.raises(ValueError, match=rf"{name} {reason}"):
        photograph.read(saved(name, content))


def test_what_cannot_be_carried_is_refused(saved, tmp_path):
    tifffile.imwrite(tmp_path / "float.tif", RGB.astype(np.float32), photometric="rgb")
    frames = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "film.webp", save_all=True, append_images=frames[1:])
    for name, reason in {
        "float.tif": "3 channels of float",
        "film.gif": "holds 2 frames",
        "film.webp": "holds 2 frames",
        "none.png": "no image at",
    }.items():
        with pytest.raises((ValueError, FileNotFoundError), match=reason):
            photograph.read(tmp_path / name)


def test_damaged_files_are_refused_unless_asked_for(saved):
    whole = saved("whole.jpg", Image.fromarray(RGB.repeat(9, 0).repeat(9, 1))).read_bytes()
    cut = saved("cut.jpg", whole[: len(whole) * 2 // 3])
    with pytest.raises(ValueError, match=r"cut.jpg cannot be read as an image: .*premature end"):
        photograph.read(cut)
    assert photograph.read(cut, damaged=True).pixels.shape == (54, 81, 3)


def test_of_a_damaged_file_what_came_before_the_damage_is_read(saved):
    gradient = np.add.outer(np.arange(120), np.arange(160)).astype(np.uint8)
    whole = saved("whole.jpg", Image.fromarray(gradient).convert("RGB"), quality=95)
    content = whole.read_bytes()
    cut = saved("cut.jpg", content[: content.index(b"\xff\xda") + len(content) // 3])
    expected = photograph.read(whole).pixels
    found = photograph.read(cut, damaged=True).pixels
    assert found.shape == expected.shape
    right = (found == expected).all((1, 2))
    rows = int(right.argmin())  # The first that is not.
    assert 16 <= rows < 120
    assert len(np.unique(found[-8:])) == 1  # What is missing is of one colour.


def test_a_bomb_is_refused_by_its_header(saved):
    bomb = saved("bomb.png", Image.new("1", (13_000, 13_000)))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"169.0 megapixels \(13000 x 13000\); the limit is 64"):
        photograph.read(bomb)
    assert tracemalloc.get_traced_memory()[1] < 10e6
    tracemalloc.stop()


def test_names_are_not_taken_for_options(saved):
    photo = photograph.read(saved("image[access=random].png", Image.fromarray(RGB)))
    np.testing.assert_array_equal(photo.pixels, RGB)


@pytest.mark.parametrize(
    ("name", "photo", "reason"),
    [
        ("a.jpg", photograph.Photograph(DEEP), "holds 8 bits, not 16"),
        ("a.jpg", photograph.Photograph(RGB, RGB[..., :1]), "holds no transparency"),
        ("a.webp", photograph.Photograph(np.zeros((1, 16_384, 3), np.uint8)), "sides of 16383"),
        ("a.xyz", photograph.Photograph(RGB), "suffix is none of .png"),
    ],
)
def test_formats_that_cannot_hold_the_image_are_refused(tmp_path, name, photo, reason):
    with pytest.raises(ValueError, match=reason):
        photograph.write(tmp_path / name, photo)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_rows_become_the_image(tmp_path, suffix):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 9, 3), np.uint8)
    path = tmp_path / "new" / f"rows.{suffix}"
    photograph.write_by_rows(path, (pixels[i : i + 6] for i in range(0, 20, 6)), 20, 9)
    np.testing.assert_array_equal(photograph.read(path).pixels, pixels)
    assert list(path.parent.iterdir()) == [path]
