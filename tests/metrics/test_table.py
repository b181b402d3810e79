"""What holds of every metric, by its row; of NIQE, which needs larger images, see its own tests."""

import jax
import numpy as np
import pytest

from srzoo_jax import data, downscale, files, image, metrics
from srzoo_jax.metrics import METRICS

RNG = np.random.default_rng(0)
OTHERS = {name: metric for name, metric in METRICS.items() if "pristine" not in metric.takes}
METRIC = pytest.mark.parametrize("metric", OTHERS.values(), ids=OTHERS)


def photos(metric):
    """Two photographs, and the same with noise, in 8 bit: SR, HR."""
    side = 180 if metric.name == "ms_ssim" else 48
    pairs = [pair for pair in data.pairs("photos", 4) if pair.name in ("chelsea", "coffee")]
    hr = np.stack([files.read_image(pair.hr)[100 : 100 + side, 100 : 100 + side] for pair in pairs])
    hr = image.from_bytes(hr)
    sr = image.quantize(hr + 0.03 * RNG.standard_normal(hr.shape)).astype("f4")
    return sr, hr


def inputs(metric, sr, hr, lr):
    """What it takes, of SR and HR."""
    made = {
        **{"sr": image.luma(sr), "sr_rgb": sr, "sr_y8": image.luma_8bit(sr)},
        **{"hr": image.luma(hr), "hr_rgb": hr, "hr_y8": image.luma_8bit(hr)},
        **{"sr_whole": image.luma(sr), "hr_whole": image.luma(hr), "sr_rgb_whole": sr},
        **{"lr": lr, "scale": 4, "peak": 1.0},
    }
    return [made[name] for name in metric.takes]


def reduced(hr):
    return image.from_bytes(downscale.downscale(image.to_bytes(hr), 4))


def test_rows_say_what_they_are():
    for name, metric in METRICS.items():
        assert metric.name == name and metric.source and metric.heading
        assert "Returns" in metric.function.__doc__ and metric.function.__name__ in metrics.__all__
        assert bool(metric.undefined) == ("NaN where" in metric.function.__doc__)
    assert METRICS["psnr"].column(luma=True) == "PSNR-Y (dB)"
    assert METRICS["psnr"].column(luma=False) == "PSNR (dB)"
    assert METRICS["ssim"].column(luma=True) == "SSIM"


@METRIC
def test_jit_and_vmap_equal_the_eager_loop(metric):
    sr, hr = photos(metric)
    given = inputs(metric, sr, hr, reduced(hr))
    axes = [0 if np.ndim(value) == 4 else None for value in given]
    pairs = list(zip(given, axes, strict=True))
    single = []
    for n in range(2):
        alone = (v if axis is None else v[n : n + 1] for v, axis in pairs)
        single.append(metric.function(*alone)[0])
    single = np.array(single)
    assert single.shape == (2,) and np.isfinite(single).all()

    def one(*values):
        arrays = (v if axis is None else v[None] for v, axis in zip(values, axes, strict=True))
        return metric.function(*arrays)[0]

    fixed = [i for i, name in enumerate(metric.takes) if name in ("scale", "peak")]
    mapped = jax.jit(jax.vmap(one, axes), static_argnums=fixed)(*given)
    atol = 10.0 ** -(metric.digits + 1)  # A tenth of the last digit printed.
    np.testing.assert_allclose(mapped, single, atol=atol)
    np.testing.assert_allclose(metric.function(*given), single, atol=atol)


@METRIC
def test_gradients_are_finite_at_equality_too(metric):
    sr, hr = photos(metric)
    lr = reduced(hr)
    gradient = jax.jit(jax.grad(lambda sr: metric.function(*inputs(metric, sr, hr, lr)).sum()))
    assert np.isfinite(gradient(hr)).all()
    found = np.asarray(gradient(sr))
    assert np.isfinite(found).all()
    assert found.any() == ("sr_y8" not in metric.takes)  # Rounding has none.


@METRIC
def test_noise_is_worse_by_the_direction_of_the_row(metric):
    sr, hr = photos(metric)
    equal, noisy = (metric.function(*inputs(metric, x, hr, reduced(hr))) for x in (hr, sr))
    sign = 1 if metric.better == "higher" else -1
    assert (sign * np.asarray(equal) > sign * np.asarray(noisy)).all()


@METRIC
def test_shapes_that_differ_are_refused(metric):
    sr, hr = photos(metric)
    given = inputs(metric, sr[:, :, 4:], hr, reduced(hr))
    with pytest.raises(AssertionError):
        metric.function(*given)
