import shutil
import warnings

import numpy as np
import pytest

from srzoo_jax import data, files
from srzoo_jax.data import DATASETS, sets
from srzoo_jax.resize import imresize

RNG = np.random.default_rng(0)


def make_set(root, sizes, scale=2):
    """A data set of noise, in the common layout."""
    write(root / "HR", sizes, scale, lr=root / "LR_bicubic" / f"X{scale}", lr_name="{}x{}")


def write(hr_dir, sizes, scale=2, lr=None, hr_name="{}", lr_name="{}"):
    """Images of noise by name, and what they reduce to."""
    for name, size in sizes.items():
        hr = RNG.integers(0, 256, (*size, 3), np.uint8)
        files.write_image(hr_dir / f"{hr_name.format(name, scale)}.png", hr)
        if lr:
            small = imresize(hr[: size[0] // scale * scale, : size[1] // scale * scale], 1 / scale)
            files.write_image(lr / f"{lr_name.format(name, scale)}.png", small)


def test_pairs_are_read_and_cropped(tmp_path):
    make_set(tmp_path / "Tiny", {"a": (33, 40), "b": (24, 25)})
    first, second = data.pairs("Tiny", 2, tmp_path)
    assert (first.name, second.name) == ("a", "b")
    lr, hr = data.read(first, 2)
    assert lr.shape == (16, 20, 3) and hr.shape == (32, 40, 3)


@pytest.mark.parametrize(
    ("hr", "lr", "hr_name", "lr_name"),
    [
        ("Tiny/HR", "Tiny/LR_bicubic/X2", "{}", "{}x{}"),
        ("Tiny/HR", "Tiny/LR_bicubic/X2", "{}", "{}"),
        ("tiny/hr", "tiny/lr_bicubic/x2", "{}", "{}x{}"),
        ("Tiny/image_SRF_2", "Tiny/image_SRF_2", "{}_SRF_{}_HR", "{}_SRF_{}_LR"),
        ("Tiny/GTmod12", "Tiny/LRbicx2", "{}", "{}"),
        ("Tiny_HR", "Tiny_LR_bicubic/X2", "{}", "{}x{}"),
        ("HR/Tiny/x2", "LR/LRBI/Tiny/x2", "{}_HR_x{}", "{}_LRBI_x{}"),
        ("Tiny", "Tiny_LR/x2", "{}", "{}"),
        ("Tiny", "Tiny_LR/x2", "{}", "{}_x{}"),
        ("Tiny/HR", "Tiny/LR/X2", "{}", "{}x{}"),
    ],
)
def test_common_layouts_are_recognised(tmp_path, hr, lr, hr_name, lr_name):
    sizes = {"img_001": (16, 18), "ax": (12, 12), "ax2": (10, 12)}
    write(tmp_path / hr, sizes, 2, tmp_path / lr, hr_name, lr_name)
    files.write_image(tmp_path / hr / "img_001_SRF_2_SRCNN.png", np.zeros((8, 8, 3), np.uint8))
    if "SRF" not in hr_name:
        (tmp_path / hr / "img_001_SRF_2_SRCNN.png").unlink()
    found = data.pairs("Tiny", 2, tmp_path)
    assert [pair.name for pair in found] == ["ax", "ax2", "img_001"]
    for pair in found:
        low, high = data.read(pair, 2)
        np.testing.assert_array_equal(imresize(high, 0.5), low)
    made = data.pairs("Tiny", 2, tmp_path, "matlab_bicubic")
    assert [(pair.name, pair.hr, pair.lr) for pair in made] == [
        (pair.name, pair.hr, None) for pair in found
    ]


def test_a_folder_of_hr_images_is_a_set_whose_lr_is_made(tmp_path):
    write(tmp_path / "Mine", {"a": (24, 24)})
    (pair,) = data.pairs("Mine", 2, tmp_path, "area")
    assert (pair.name, pair.kernel) == ("a", "area")
    with pytest.raises(FileNotFoundError, match=r"has HR images in \S+Mine, but no LR .*--lr=matl"):
        data.pairs("Mine", 2, tmp_path)


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


def test_what_is_not_there_is_named(tmp_path):
    make_set(tmp_path / "Tiny", {"a": (32, 40)})
    with pytest.raises(FileNotFoundError, match=r"no LR images of scale 4: .*/LR_bicubic/X4 or"):
        data.pairs("Tiny", 4, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no data set Other in .*: expected .*Other/HR or"):
        data.pairs("Other", 2, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"Say --data_dir"):
        data.pairs("Set5", 2)


@pytest.fixture
def known(tmp_path, monkeypatch):
    """A set that is known by hashes, and where it lies."""
    make_set(tmp_path / "Known", {"a": (50, 60), "b": (48, 48), "c": (48, 72)})
    images = {path.stem: path for path in files.list_images(tmp_path / "Known" / "HR")}
    hashes = {name: data.digest(files.read_image(path)) for name, path in images.items()}
    row = sets.Dataset("Known", "this test", 3, aliases=("K3",), hashed=True)
    monkeypatch.setitem(DATASETS, "Known", row)
    monkeypatch.setattr(sets, "_hashes", lambda: {"Known": hashes})
    return tmp_path


def test_a_known_set_is_recognised_by_its_pixels_under_any_names(known):
    folder = known / "k3" / "image_SRF_2"
    folder.mkdir(parents=True)
    for i, name in enumerate("bca"):  # Cropped for scale 2, as such files are.
        lr, hr = data.read(next(p for p in data.pairs("Known", 2, known) if p.name == name), 2)
        files.write_image(folder / f"img_{i:03}_SRF_2_HR.png", hr)
        files.write_image(folder / f"img_{i:03}_SRF_2_LR.png", lr)
    expected = [data.read(pair, 2) for pair in data.pairs("Known", 2, known)]
    shutil.rmtree(known / "Known")
    for name in ("Known", "K3", "known"):
        assert data.canonical(name) == "Known"
        found = data.pairs(name, 2, known)
        assert [pair.name for pair in found] == ["a", "b", "c"]
        for pair, images in zip(found, expected, strict=True):
            for one, other in zip(data.read(pair, 2), images, strict=True):
                np.testing.assert_array_equal(one, other)


def test_other_images_are_refused_a_known_name(known):
    path = known / "Known" / "HR" / "b.png"
    image = files.read_image(path).copy()
    image[0, 0] += 1
    files.write_image(path, image)
    with pytest.raises(ValueError, match=r"not Known: \S+/b.png is none .* Give the folder"):
        data.pairs("Known", 2, known)
    shutil.copy(known / "Known" / "HR" / "a.png", path)
    with pytest.raises(ValueError, match=r"not Known: \S+/b.png is the same image as a.png"):
        data.pairs("Known", 2, known)
    (known / "Known").rename(known / "Mine")
    assert len(data.pairs("Mine", 2, known)) == 3


def test_missing_and_broken_images_of_a_known_set_are_errors_of_their_own(known):
    path = known / "Known" / "HR" / "b.png"
    path.write_bytes(b"broken")
    assert [pair.name for pair in data.pairs("Known", 2, known)] == ["a", "b", "c"]
    path.unlink()
    (known / "Known" / "LR_bicubic" / "X2" / "bx2.png").unlink()
    _, missing, _ = data.pairs("Known", 2, known)
    with pytest.raises(FileNotFoundError, match=r"no image at \S+HR/b.png"):
        data.read(missing, 2)


def test_sets_without_hashes_are_known_by_names(tmp_path):
    names = [f"img{i:03}" for i in range(1, 101)]
    write(tmp_path / "Urban100" / "HR", dict.fromkeys(names, (2, 2)))
    with pytest.warns(UserWarning, match="Urban100: .* whether their pixels are is not checked"):
        found = data.pairs("Urban100", 2, tmp_path, "area")
    assert [pair.name for pair in found] == [f"img_{i:03}" for i in range(1, 101)]
    path = tmp_path / "Urban100" / "HR" / "img007.png"
    path.rename(path.with_stem("house"))
    with pytest.raises(ValueError, match=r"not Urban100: \S+/house.png is none of its images"):
        data.pairs("Urban100", 2, tmp_path, "area")
    path.with_stem("house").unlink()
    with pytest.raises(ValueError, match=r"it has 100 images, not 99 \(img_007 is not there\)"):
        data.pairs("Urban100", 2, tmp_path, "area")


def test_rows_say_how_many_images_they_have():
    for name, row in DATASETS.items():
        assert row.name == name and row.source
        assert len(row.hashes) == row.count * row.hashed
        assert len(row.names) in (0, row.count)
        assert len(set(row.hashes.values())) == len(row.hashes)


@pytest.mark.parametrize("name", [row.name for row in DATASETS.values() if row.hashed])
def test_hashes_are_those_of_the_sets(datasets, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = data.pairs(name, 2, datasets)
    assert [pair.name for pair in found] == sorted(DATASETS[name].hashes)
    assert all(pair.name == pair.hr.stem and pair.lr.is_file() for pair in found)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_embedded_photographs_ship(scale):
    found = data.pairs("photos", scale)
    assert len(found) == 5
    for pair in found:
        lr, hr = data.read(pair, scale)
        assert hr.shape == (scale * lr.shape[0], scale * lr.shape[1], 3) and min(hr.shape[:2]) > 290
