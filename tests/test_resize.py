import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import files
from srzoo_jax.image import crop_to_multiple
from srzoo_jax.resize import BORDERS, imresize

RNG = np.random.default_rng(0)


def keys_kernel(x):
    x = abs(x)
    if x <= 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x <= 2 else 0.0


def resampled(line, new, border, antialias=True):
    """One line, by the formula alone: every old position, periodic or constant outside."""
    old = len(line)
    factor = new / old
    shrink = min(factor, 1) if antialias else 1
    out = []
    for i in range(new):
        centre = (i + 0.5) / factor - 0.5
        weights, values = [], []
        for j in range(-3 * old, 4 * old):
            inside = border != "cut" or 0 <= j < old
            weights.append(keys_kernel(shrink * (centre - j)) * inside)
            if border in ("replicate", "cut"):
                values.append(line[min(max(j, 0), old - 1)])
            else:
                k = j % (2 * old)
                values.append(line[k if k < old else 2 * old - 1 - k])
        out.append(np.dot(weights, values) / np.sum(weights))
    return np.array(out)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", [(3, 5), (7, 11), (12, 10), (24, 40), (11, 9)])
def test_equals_the_formula(size, border):
    image = RNG.random((12, 10, 1))
    rows = np.apply_along_axis(resampled, 0, image, size[0], border)
    expected = np.apply_along_axis(resampled, 1, rows, size[1], border)
    # Sums of a dozen float64 products in another order.
    np.testing.assert_allclose(imresize(image, size, border=border), expected, atol=1e-12)


@pytest.mark.parametrize("size", [0.5, 1 / 3, 2, 3, 1.7, (5, 31)])
def test_a_constant_stays(size):
    image = np.full((12, 16, 3), 0.3)
    np.testing.assert_allclose(imresize(image, size), 0.3, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
@pytest.mark.parametrize("size", [0.25, 4, (17, 9)])
def test_jit_equals_numpy(size, dtype):
    image = (RNG.random((2, 16, 24, 3)) * 255).astype(dtype)
    jitted = jax.jit(lambda image: imresize(image, size))(jnp.asarray(image))
    expected = imresize(image.astype(np.float64) if dtype == np.float32 else image, size)
    assert jitted.dtype == dtype and jitted.shape == expected.shape
    difference = np.abs(np.asarray(jitted, np.float64) - expected)
    if dtype == np.uint8:  # A float32 sum may fall on the other side of a half.
        assert difference.max() <= 1 and (difference > 0).mean() < 1e-3
    else:  # Nine sums of products of magnitude 255.
        assert difference.max() < 1e-4


def test_commutes_with_flips_and_transposition():
    image = RNG.random((12, 20, 3))
    for turn in (np.flipud, np.fliplr, lambda image: image.swapaxes(0, 1)):
        np.testing.assert_allclose(imresize(turn(image), 0.25), turn(imresize(image, 0.25)))


def test_without_antialiasing_every_second_pixel_counts_alone():
    line = RNG.random((1, 16, 1))
    thin = imresize(line, (1, 8), antialias=False)
    expected = resampled(line[0, :, 0], 8, "mirror", antialias=False)
    np.testing.assert_allclose(thin[0, :, 0], expected)


def test_bytes_are_rounded_after_each_pass():
    image = (RNG.random((16, 16, 1)) * 255).astype(np.uint8)
    rows = np.floor(imresize(image.astype(float), (4, 16)) + 0.5).clip(0, 255)
    both = np.floor(imresize(rows, (4, 4)) + 0.5).clip(0, 255)
    np.testing.assert_array_equal(imresize(image, 0.25), both)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="mirror, replicate, cut; got 'wrap'"):
        imresize(np.zeros((4, 4, 1)), 2, border="wrap")
    with pytest.raises(ValueError, match="4 x 4 to 0 x 3"):
        imresize(np.zeros((4, 4, 1)), (0, 3))


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("dataset", ["Set5", "Set14", "BSD100"])
def test_equals_matlab_bit_for_bit(dataset, scale, datasets):
    lr_dir = datasets / dataset / "LR_bicubic" / f"X{scale}"
    if not lr_dir.is_dir():
        pytest.skip(f"needs datasets/{dataset}/LR_bicubic/X{scale}")
    border = "replicate" if dataset == "BSD100" or scale == 8 else "mirror"
    for path in sorted((datasets / dataset / "HR").glob("*.png")):
        hr = crop_to_multiple(files.read_image(path), scale)
        lr = files.read_image(lr_dir / f"{path.stem}x{scale}.png")
        np.testing.assert_array_equal(imresize(hr, 1 / scale, border=border), lr, path.name)


def test_jit_in_float32_is_matlab_to_one_level_in_a_thousand(datasets):
    wrong = total = 0
    for path in sorted((datasets / "Set5" / "HR").glob("*.png")):
        hr = crop_to_multiple(files.read_image(path), 4)
        lr = files.read_image(datasets / "Set5" / "LR_bicubic" / "X4" / f"{path.stem}x4.png")
        ours = np.asarray(jax.jit(lambda hr: imresize(hr, 0.25))(jnp.asarray(hr)), int)
        assert np.abs(ours - lr).max() <= 1
        wrong, total = wrong + (ours != lr).sum(), total + lr.size
    assert wrong <= total / 1000
