import jax
import jax.numpy as jnp
import numpy as np
import PIL.Image
import pytest

from srzoo_jax import data, downscale, files
from srzoo_jax.downscale import KERNELS
from srzoo_jax.resize import imresize
from tests.test_evaluation import run_app

RNG = np.random.default_rng(0)


def smooth(height, width):
    """Bytes between noise and photograph."""
    coarse = RNG.integers(0, 256, (height // 6, width // 6, 3), np.uint8)
    fine = imresize(coarse, (height, width)).astype(int)
    return (fine + RNG.integers(-20, 21, fine.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("size", [(48, 72), (120, 96)])
def test_pil_bicubic_is_pillow_bit_for_bit(size, scale):
    hr = smooth(*size)
    pillow = PIL.Image.fromarray(hr).resize(
        (size[1] // scale, size[0] // scale), PIL.Image.Resampling.BICUBIC
    )
    np.testing.assert_array_equal(downscale.downscale(hr, scale, "pil_bicubic"), pillow)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_cv2_cubic_and_area_are_opencv_bit_for_bit(scale):
    cv2 = pytest.importorskip("cv2")
    hr = smooth(96, 120)
    size = (120 // scale, 96 // scale)
    for kernel, interpolation in {"cv2_cubic": cv2.INTER_CUBIC, "area": cv2.INTER_AREA}.items():
        expected = cv2.resize(hr, size, interpolation=interpolation)
        np.testing.assert_array_equal(downscale.downscale(hr, scale, kernel), expected, kernel)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_tf_bicubic_is_tensorflow_bit_for_bit(scale):
    tensorflow = pytest.importorskip("tensorflow")
    resize = tensorflow.compat.v1.image.resize_bicubic
    hr = smooth(96, 120)
    size = (96 // scale, 120 // scale)
    for kernel, corners in {"tf_bicubic": False, "tf_bicubic_corners": True}.items():
        expected = resize(hr[None].astype("f4"), size, align_corners=corners).numpy()[0]
        expected = expected.clip(0, 255).astype(np.uint8)
        np.testing.assert_array_equal(downscale.downscale(hr, scale, kernel), expected, kernel)


def test_kernels_are_what_their_formulas_say():
    hr = RNG.random((24, 24, 3))
    # Four taps half-way between pixels, a = -3/4, whatever the scale.
    row = np.array([-3, 19, 19, -3]) / 32
    windows = [hr[i : 24 - 4 + 1 + i] for i in range(4)]
    expected = sum(w * window for w, window in zip(row, windows, strict=True))[4:-3:4]
    found = downscale.downscale(hr, 4, "cv2_cubic")
    columns = sum(w * expected[:, i : 24 - 3 + i] for i, w in enumerate(row))[:, 4:-3:4]
    np.testing.assert_allclose(found[1:-1, 1:-1], columns[:, : found.shape[1] - 2][:4], atol=1e-12)
    np.testing.assert_array_equal(downscale.downscale(hr, 3, "cv2_cubic"), hr[1::3, 1::3])
    np.testing.assert_array_equal(downscale.downscale(hr, 4, "tf_bicubic"), hr[::4, ::4])
    corners = downscale.downscale(hr, 4, "tf_bicubic_corners")
    np.testing.assert_array_equal(
        corners[[0, 0, -1, -1], [0, -1, 0, -1]], hr[[0, 0, -1, -1], [0, -1, 0, -1]]
    )
    area = hr.reshape(6, 4, 6, 4, 3).mean((1, 3))
    np.testing.assert_allclose(downscale.downscale(hr, 4, "area"), area)


@pytest.mark.parametrize("kernel", KERNELS)
def test_any_kind_of_image(kernel):
    hr = 64 + smooth(50, 67) // 2  # Bytes are clipped after each pass, floats are not.
    lr = downscale.downscale(hr, 4, kernel)
    assert lr.shape == (12, 16, 3) and lr.dtype == np.uint8
    constant = np.full((24, 24, 3), 77, np.uint8)
    assert (downscale.downscale(constant, 3, kernel) == 77).all()
    floats = downscale.downscale(hr / np.float32(255), 4, kernel)
    assert floats.dtype == np.float32
    assert np.abs(floats.clip(0, 1) * 255 - lr).max() < 1.6  # Two roundings, or one downward.
    jitted = jax.jit(lambda image: downscale.downscale(image, 4, kernel))
    batch = jnp.asarray(hr / np.float32(255))[None]
    np.testing.assert_allclose(jitted(batch)[0], floats, atol=2e-6)
    assert np.abs(np.asarray(jitted(jnp.asarray(hr)), int) - lr).max() <= 1


@pytest.mark.parametrize("kernel", KERNELS)
def test_an_image_is_likest_to_its_own_kernel(kernel):
    hr = smooth(96, 96)
    found = downscale.likeness(downscale.downscale(hr, 4, kernel), hr, 4)
    assert next(iter(found)) == kernel and found[kernel] == np.inf
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="no kernel is called 'bicubic'; known: matlab_bicubic"):
        downscale.downscale(np.zeros((8, 8, 3)), 2, "bicubic")
    with pytest.raises(ValueError, match="whole number"):
        downscale.downscale(np.zeros((8, 8, 3)), 1.5)
    with pytest.raises(ValueError, match="3 x 8 has no crop"):
        downscale.downscale(np.zeros((3, 8, 3)), 4)


def test_app_takes_an_image_and_a_folder(tmp_path):
    hr = smooth(37, 42)
    for name in ("a", "b"):
        files.write_image(tmp_path / "HR" / f"{name}.png", hr)
    (tmp_path / "HR" / "c.png").write_bytes(b"broken")
    flags = ("--scale=4", "--kernel=pil_bicubic")
    one = run_app("downscale", *flags, f"--input={tmp_path}/HR/a.png", f"--output={tmp_path}/a.png")
    assert one.returncode == 0, one.stderr
    expected = downscale.downscale(hr, 4, "pil_bicubic")
    np.testing.assert_array_equal(files.read_image(tmp_path / "a.png"), expected)
    all_ = run_app("downscale", *flags, f"--input={tmp_path}/HR", f"--output={tmp_path}/LR")
    assert all_.returncode == 3 and "c.png cannot be read" in all_.stderr + all_.stdout
    assert sorted(path.name for path in (tmp_path / "LR").iterdir()) == ["a.png", "b.png"]
    bad = run_app("downscale", "--scale=4", "--kernel=x", "--input=a", "--output=b")
    assert bad.returncode == 1 and bad.stderr.startswith("error: no kernel is called 'x'; known:")


@pytest.mark.parametrize(
    ("dataset", "kernel"), [("Set5", "matlab_bicubic"), ("BSD100", "matlab_bicubic_replicate")]
)
def test_lr_of_the_benchmarks_is_made_bit_for_bit(datasets, dataset, kernel):
    for pair in data.pairs(dataset, 4, datasets)[:3]:
        lr, hr = data.read(pair, 4)
        np.testing.assert_array_equal(downscale.downscale(hr, 4, kernel), lr)
        assert next(iter(downscale.likeness(lr, hr, 4))) == kernel
