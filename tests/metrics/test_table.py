"""What holds of every metric, by its row."""

import jax
import numpy as np
import pytest

from srzoo_jax import data, downscale, files, image, metrics
from srzoo_jax.metrics import METRICS, pristine

RNG = np.random.default_rng(0)
SIZE = (192, 192)  # The least that all are defined for.
METRIC = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)


@pytest.fixture(scope="module")
def photos():
    """Two photographs, and the same with noise, in 8 bit."""
    pairs = [pair for pair in data.pairs("photos", 4) if pair.name in ("chelsea", "coffee")]
    hr = image.from_bytes(np.stack([files.read_image(pair.hr)[:192, :192] for pair in pairs]))
    sr = hr + 0.03 * RNG.standard_normal(hr.shape)
    return image.quantize(sr).astype("f4"), hr


@pytest.fixture
def inputs(photos, request):
    """Of a metric, a function of SR and HR: what it takes."""

    def of(metric, sr, hr):
        lr = image.from_bytes(downscale.downscale(image.to_bytes(np.asarray(photos[1])), 4))
        made = {
            **{"sr": image.luma(sr), "sr_rgb": sr, "sr_y8": image.luma_8bit(sr)},
            **{"hr": image.luma(hr), "hr_rgb": hr, "hr_y8": image.luma_8bit(hr)},
            **{"sr_whole": image.luma(sr), "hr_whole": image.luma(hr), "sr_rgb_whole": sr},
            **{"lr": lr, "scale": 4, "peak": 1.0},
        }
        if "pristine" in metric.takes:
            made["pristine"] = pristine.load(request.getfixturevalue("pristine_file"))
        return [made[name] for name in metric.takes]

    return of


def test_rows_say_what_they_are():
    for name, metric in METRICS.items():
        assert metric.name == name and metric.source and metric.heading
        assert callable(metric.function) and "Returns" in metric.function.__doc__
    assert METRICS["psnr"].column(luma=True) == "PSNR-Y (dB)"
    assert METRICS["psnr"].column(luma=False) == "PSNR (dB)"
    assert METRICS["ssim"].column(luma=True) == "SSIM"


@METRIC
def test_jit_and_vmap_equal_the_loop(metric, photos, inputs):
    batch = inputs(metric, *photos)
    arrays = [i for i, value in enumerate(batch) if getattr(value, "ndim", 0) == 4]
    with jax.disable_jit():
        single = [
            metric.function(*(v[n : n + 1] if i in arrays else v for i, v in enumerate(batch)))
            for n in range(2)
        ]
    single = np.concatenate(single)
    assert single.shape == (2,) and np.isfinite(single).all()

    def one(*images):
        given = list(batch)
        for i, value in zip(arrays, images, strict=True):
            given[i] = value[None]
        return metric.function(*given)[0]

    atol = 10.0 ** -(metric.digits + 1)  # A tenth of the last digit printed.
    mapped = jax.jit(jax.vmap(one))(*(batch[i] for i in arrays))
    np.testing.assert_allclose(mapped, single, atol=atol)


@METRIC
def test_gradients_are_finite_at_equality_too(metric, photos, inputs):
    def total(sr, hr):
        return metric.function(*inputs(metric, sr, hr)).sum()

    sr, hr = photos
    gradient = jax.jit(jax.grad(total))
    assert np.isfinite(gradient(hr, hr)).all()
    found = np.asarray(gradient(sr, hr))
    assert np.isfinite(found).all()
    assert found.any() == ("sr_y8" not in metric.takes)  # Rounding has none.


@METRIC
def test_noise_is_worse(metric, photos, inputs):
    """As the row's direction says; of NIQE, that of a picture enlarged would be a better test."""
    sr, hr = photos
    values = [np.asarray(metric.function(*inputs(metric, x, hr))) for x in (hr, sr)]
    if metric.name.startswith("niqe"):
        return
    better, worse = values if metric.better == "higher" else values[::-1]
    assert (better > worse).all()


@pytest.mark.parametrize("metric", [m for m in METRICS.values() if "hr" in m.takes], ids=str)
def test_shapes_that_differ_are_refused(metric):
    a, b = np.zeros((1, *SIZE, 1), "f4"), np.zeros((1, SIZE[0], SIZE[1] - 1, 1), "f4")
    with pytest.raises(AssertionError):
        metric.function(a, b)


def test_the_package_offers_every_function():
    assert {m.function.__name__ for m in METRICS.values()} <= set(metrics.__all__)
