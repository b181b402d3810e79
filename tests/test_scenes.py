import numpy as np
import pytest

from srzoo_jax import files, scenes
from srzoo_jax.protocols import PROTOCOLS

SRZOO = PROTOCOLS["srzoo"]


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_images_are_chosen_evenly():
    names = [str(index) for index in range(100)]
    assert scenes.chosen(names, 4) == {"0", "25", "50", "75"}
    assert scenes.chosen(names[:3], 5) == {"0", "1", "2"}
    assert scenes.chosen(names, 0) == set()


@pytest.mark.parametrize("scale", [1, 3, 4])
def test_the_crop_is_where_bicubic_interpolation_errs(scale):
    hr = np.full((360, 480, 3), 90, np.uint8)
    hr[200:260, 330:400] = noise(60, 70)
    top, left, height, width = box = scenes.detail(hr, scale)
    assert all(side % scale == 0 for side in box) and height == width == 160 // scale * scale
    assert top <= 200 and top + height >= 260 and left <= 330 and left + width >= 400


def test_an_image_smaller_than_a_crop_is_shown_whole():
    assert scenes.detail(noise(60, 210), 3)[2:] == (60, 159)


def test_a_scene_holds_the_same_detail_of_everything(tmp_path):
    hr, lr, sr = noise(360, 240), noise(90, 60, 1), noise(360, 240, 2)
    path = scenes.crop_path(tmp_path, "edsr_x4+", "sets/Some", 4, "baby")
    assert path == tmp_path / "sets_Some_x4" / "baby" / "edsr_x4+.png"
    scenes.keep(path, sr, hr, lr, 4, SRZOO, "digest")
    scene = scenes.read(path.parent)
    top, left, height, width = scene.box
    assert (height, width, scene.height, scene.width) == (160, 160, 360, 240)
    for name, image in {"HR": hr, "edsr_x4+": sr}.items():
        found = files.read_image(path.with_name(f"{name}.png"))
        assert (found == image[top : top + height, left : left + width]).all()
    found = files.read_image(path.with_name("LR.png"))
    assert (found == lr[top // 4 :, left // 4 :][:40, :40]).all()
    assert files.read_image(path.with_name("bicubic.png")).shape == (160, 160, 3)
    assert files.read_image(path.with_name("whole.jpg")).shape == (320, 213, 3)
    assert set(scene.bicubic) == {"psnr", "ssim"}


def test_a_scene_is_written_once_for_the_same_images(tmp_path):
    hr, lr = noise(64, 64), noise(32, 32, 1)
    first, second = (scenes.crop_path(tmp_path, model, "Set", 2, "a") for model in ("one", "two"))
    scenes.keep(first, hr, hr, lr, 2, SRZOO, "digest")
    before = scenes.read(first.parent)
    first.with_name("HR.png").unlink()
    scenes.keep(second, hr, hr, lr, 2, SRZOO, "digest")
    assert not first.with_name("HR.png").exists() and scenes.read(second.parent) == before
    scenes.keep(second, hr, noise(64, 64, 3), None, 2, SRZOO, "another")
    assert scenes.read(second.parent).inputs == "another" and first.with_name("HR.png").exists()
    assert scenes.read(second.parent).bicubic == {}
