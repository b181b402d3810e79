import dataclasses
import importlib
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from scipy.ndimage import correlate
from scipy.special import gamma

from srzoo_jax import data, files, image, metrics, protocols
from srzoo_jax.metrics import pristine
from srzoo_jax.metrics.niqe import Pristine
from srzoo_jax.protocols import PROTOCOLS
from srzoo_jax.resize import imresize

module = importlib.import_module("srzoo_jax.metrics.niqe")  # The package's name is the function.
RNG = np.random.default_rng(0)
BSD100 = (
    (2.8532, 3.3065, 7.8005, 7.7049),
    (3.3829, 3.3239, 7.4187, 7.4171),
    (3.3585, 3.6951, 7.8353, 7.6013),
    (2.6202, 3.2803, 7.7103, 7.8145),
)
JITTED = jax.jit(metrics.niqe), jax.jit(metrics.niqe_srzoo)
BOTH = pytest.mark.parametrize("metric", JITTED)
GRID = np.arange(200, 10001) / 1000
RATIOS = gamma(2 / GRID) ** 2 / (gamma(1 / GRID) * gamma(3 / GRID))


@pytest.fixture
def model(pristine_file):
    return pristine.load(pristine_file)


def fit(x):
    """Shape, left and right width of one map, by exhaustive search."""
    with np.errstate(invalid="ignore"):
        left = np.sqrt(np.square(x[x < 0]).sum() / np.float64((x < 0).sum()))
        right = np.sqrt(np.square(x[x > 0]).sum() / np.float64((x > 0).sum()))
        g = left / right
        ratio = np.abs(x).mean() ** 2 / np.square(x).mean()
    ratio *= (g**3 + 1) * (g + 1) / (g**2 + 1) ** 2
    shape = GRID[np.argmin((RATIOS - ratio) ** 2)]
    width = np.sqrt(gamma(1 / shape) / gamma(3 / shape))
    return shape, left * width, right * width


def features(y, size):
    offsets = np.arange(7) - 3
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    mean = correlate(y, window, mode="nearest")
    deviation = np.sqrt(np.abs(correlate(y * y, window, mode="nearest") - mean**2))
    normal = np.where(np.abs(y - mean) < 1e-9, 0, y - mean) / (deviation + 1)
    rows = []
    for i in range(0, len(y), size):
        for j in range(0, y.shape[1], size):
            block = normal[i : i + size, j : j + size]
            shape, left, right = fit(block)
            row = [shape, (left + right) / 2]
            for shift in ((0, 1), (1, 0), (1, 1), (1, -1)):
                shape, left, right = fit(block * np.roll(block, shift, (0, 1)))
                row += [shape, (right - left) * gamma(2 / shape) / gamma(1 / shape), left, right]
            rows.append(row)
    return np.array(rows)


def reference(y, model, srzoo):
    """The definitions in float64, block by block; luma [H, W] in levels of 255."""
    y = y[: y.shape[0] // 96 * 96, : y.shape[1] // 96 * 96]
    if srzoo:
        half = y.reshape(y.shape[0] // 2, 2, y.shape[1] // 2, 2).mean((1, 3))
        x = np.hstack([features(y, 96), features(half, 48)])
        d, covariance = x.mean(0) - model.mean.round(5), model.covariance.round(5)
        return np.sqrt(d @ np.linalg.pinv((covariance + np.cov(x.T)) / 2, rcond=1e-4) @ d)
    y = y.round()
    x = np.hstack([features(y, 96), features(imresize(y[..., None], 0.5)[..., 0], 48)])
    d = np.nanmean(x, 0) - model.mean
    covariance = np.cov(x[~np.isnan(x).any(1)].T)
    return np.sqrt(d @ np.linalg.inv((model.covariance + covariance) / 2) @ d)


def photo(name, height=None, width=None):
    (pair,) = [pair for pair in data.pairs("photos", 4) if pair.name == name]
    return files.read_image(pair.hr)[:height, :width]


def agree(picture, model):
    """Both variants of uint8 RGB [H, W, 3], float32 under jit against the reference."""
    y = image.luma(image.from_bytes(picture)[None])
    exact = 255 * image.luma(picture / 255)[..., 0]
    ours = [float(f(y, model)[0]) for f in JITTED]
    expected = [reference(exact, model, srzoo) for srzoo in (False, True)]
    # Float32, and shapes of the grid of 0.001 taken one further; 0.003 at most on BSD100.
    np.testing.assert_allclose(ours, expected, atol=0.01)
    return ours


@pytest.mark.parametrize("name", ["chelsea", "coffee"])
def test_equals_the_definitions(model, name):
    agree(photo(name, 300, 400), model)
    soft = imresize(imresize(photo(name, 288, 384), 0.25), 4.0)
    agree(soft, model)


def test_flat_blocks_are_left_out_of_the_covariance(model):
    picture = photo("coffee", 192, 288).copy()
    picture[:103, :103] = 200
    y = image.luma(image.from_bytes(picture)[None])
    expected = reference(255 * image.luma(picture / 255)[..., 0], model, srzoo=False)
    assert metrics.niqe(y, model)[0] == pytest.approx(expected, abs=0.01)
    assert np.isnan(metrics.niqe_srzoo(y, model)[0])


def test_bsd100(model, datasets):
    """Every 25th image, shaved by 4; figures of the reference above, as are the means of all:

    3.3455 and 3.6907 of HR, 7.6055 and 7.5686 of bicubic x4 images.
    """
    pairs = data.pairs("BSD100", 4, datasets)[::25]
    found = []
    for pair in pairs:
        lr, hr = data.read(pair, 4)
        bicubic = imresize(lr, hr.shape[:2], border="replicate")
        found.append([agree(image.shave(x, 4), model) for x in (hr, bicubic)])
    np.testing.assert_allclose(np.reshape(found, (-1, 4)), BSD100, atol=0.01)


@pytest.mark.parametrize("method", ["RCAN", "RCANplus"])
@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_official_sr(model, datasets, method, scale):
    rows = json.loads((datasets / "expected.json").read_text())["official_sr"]
    (row,) = [row for row in rows if (row["method"], row["scale"]) == (method, scale)]
    found = []
    for path in files.list_images(datasets / "official_sr" / method / "Set5" / f"X{scale}"):
        y = image.shave(image.luma(image.from_bytes(files.read_image(path))[None]), scale)
        y = image.crop_to_multiple(y, 96)  # Fewer sizes to compile.
        found.append([f(y, model)[0] for f in JITTED])
    official, srzoo = np.mean(found, 0)
    assert srzoo == pytest.approx(row["niqe_srzoo"], abs=0.01)
    # Named for BasicSR's data; these are figures of the official definition.
    assert official == pytest.approx(row["niqe_basicsr"], abs=0.01)


def test_srzoos_numbers_are_the_rounded_ones_also_in_float32(model):
    for array in model[:2]:
        ours = jnp.asarray(array, jnp.float32).round(5)
        np.testing.assert_allclose(ours, array.round(5), rtol=2e-7, atol=1e-8)


@BOTH
def test_batches_jit_and_vmap_equal_single_images(model, metric):
    names = ("chelsea", "coffee")
    batch = np.stack([image.luma(image.from_bytes(photo(name, 200, 210))) for name in names])
    with jax.disable_jit():
        single = np.concatenate([metric(y[None], model) for y in batch])
    np.testing.assert_allclose(metric(batch, model), single, atol=1e-3)
    mapped = jax.vmap(lambda y: metric(y[None], model)[0])(batch)
    np.testing.assert_allclose(mapped, single, atol=1e-3)


@BOTH
def test_the_rest_beyond_whole_blocks_does_not_count(model, metric):
    y = image.luma(image.from_bytes(photo("coffee", 193, 287)))[None]
    np.testing.assert_allclose(metric(y, model), metric(y[:, :192, :192], model), atol=1e-3)


def interpolated(moments):
    """The smooth function that the grid of shapes samples."""
    ratios, *columns = module._table()
    return [jnp.interp(moments, ratios, column) for column in columns]


def test_gradient_is_the_slope_of_the_smooth_shape(monkeypatch, model):
    """Beside flat areas, too; by the image without rounding, then by the features."""
    y = image.luma(photo("coffee", 96, 192) / 255)[None]
    y[:, 30:60, 30:60] = 0.5
    direction = RNG.standard_normal(y.shape) * (y != 0.5)
    with jax.enable_x64(True):
        ours = jax.jit(jax.grad(lambda y: metrics.niqe_srzoo(y, model)[0]))(y)
        monkeypatch.setattr(module, "_looked_up", interpolated)
        smooth = jax.jit(jax.value_and_grad(lambda y: metrics.niqe_srzoo(y, model)[0]))
        step, gradient = 1e-8, np.asarray(smooth(y)[1])
        slope = (smooth(y + step * direction)[0] - smooth(y - step * direction)[0]) / (2 * step)
        assert (gradient * direction).sum() == pytest.approx(float(slope), rel=1e-3)
        assert np.corrcoef(np.ravel(ours), gradient.ravel())[0, 1] > 0.98  # The grid's rounding.
        x = model.mean + 0.1 * RNG.standard_normal((20, 36))
        for distance in (module._distance, module._truncated_distance):
            check_grads(lambda x, f=distance: f(x, model), (x,), 1, ["rev"])


@BOTH
def test_gradient_is_finite(model, metric):
    y = image.luma(image.from_bytes(photo("coffee", 96, 288)))[None]
    y[:, :, :120] = 0.5  # A whole block, and more.
    gradient = jax.jit(jax.grad(lambda y: metric(y, model)[0]))(y)
    assert np.isfinite(gradient).all()
    # SRZoo's variant is undefined here.
    assert gradient.any() == (metric is JITTED[0])


@BOTH
def test_undefined_cases_are_refused_or_nan(model, metric):
    with pytest.raises(ValueError, match=r"at least two blocks of 96 x 96 pixels, got 191 x 150"):
        metric(np.zeros((1, 191, 150, 1), np.float32), model)
    with pytest.raises(AssertionError):
        metric(np.zeros((1, 192, 192, 3), np.float32), model)
    constant = np.full((1, 192, 192, 1), 0.3, np.float32)
    assert np.isnan(metric(constant, model)[0])
    constant[:, :80, :80] = RNG.random((80, 80, 1))
    assert np.isnan(metric(constant, model)[0])  # One block of use.


def test_where_the_pristine_model_is_looked_for(monkeypatch, tmp_path, pristine_file):
    import pooch
    import requests

    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path)
    with pytest.raises(FileNotFoundError, match=r"not in the cache. Get https://raw.*put it there"):
        pristine.load(offline=True)

    def fail(*args, **kwargs):
        raise requests.ConnectionError

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", fail)
    with pytest.raises(
        FileNotFoundError, match=r"cannot download .*no connection to raw.*Get https"
    ):
        pristine.load()
    (tmp_path / pristine.FILE).write_bytes(pristine_file.read_bytes())
    assert isinstance(pristine.load(offline=True), Pristine)
    (tmp_path / "other.npz").write_bytes(b"other")
    with pytest.raises(ValueError, match=r"not the official niqe_pris_params\.npz"):
        pristine.load(tmp_path / "other.npz")
    with pytest.raises(FileNotFoundError, match=r"nowhere is not there; .* is at https"):
        pristine.load(tmp_path / "nowhere")


def test_a_protocol_may_name_it(monkeypatch, model):
    monkeypatch.setattr(pristine, "load", lambda: model)
    protocol = dataclasses.replace(PROTOCOLS["srzoo"], metrics=("psnr", "niqe", "niqe_srzoo"))
    hr = image.from_bytes(photo("coffee", 204, 210))[None]
    scores = protocols.score(protocol, hr, hr, scale=4)
    y = image.shave(image.luma(hr), 4)
    np.testing.assert_allclose(scores["niqe"], metrics.niqe(y, model), atol=1e-3)
    np.testing.assert_allclose(scores["niqe_srzoo"], metrics.niqe_srzoo(y, model), atol=1e-3)
    with pytest.raises(AssertionError):
        protocols.score(dataclasses.replace(protocol, colour="rgb"), hr, hr, scale=4)
