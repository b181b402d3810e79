import dataclasses

import jax
import numpy as np
import pytest
import skimage.metrics

from srzoo_jax import image, metrics, protocols
from srzoo_jax.metrics import Metric
from srzoo_jax.protocols import PROTOCOLS
from srzoo_jax.resize import imresize

RNG = np.random.default_rng(0)


def test_srzoo_is_table_2_spelled_out():
    hr = np.round(RNG.random((2, 40, 44, 3)) * 255)
    sr = hr / 255 + 0.05 * RNG.standard_normal(hr.shape)  # Outside [0, 1], too.
    ours = protocols.score(PROTOCOLS["srzoo"], sr.astype("f4"), (hr / 255).astype("f4"), scale=4)

    def y(levels):
        return 16 + levels @ np.array([65.481, 128.553, 24.966]) / 255

    for i in range(2):
        a, b = y(np.round(sr[i] * 255).clip(0, 255))[4:-4, 4:-4], y(hr[i])[4:-4, 4:-4]
        psnr = 10 * np.log10(255**2 / np.mean((a - b) ** 2))
        options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
        ssim = skimage.metrics.structural_similarity(a, b, data_range=255, **options)
        assert ours["psnr"][i] == pytest.approx(psnr, abs=1e-3)  # Ties of the rounding, float32.
        assert ours["ssim"][i] == pytest.approx(ssim, abs=1e-5)


def test_digest_changes_with_choices_alone():
    srzoo = PROTOCOLS["srzoo"]
    assert dataclasses.replace(srzoo, name="other", source="").digest == srzoo.digest
    others = [
        dataclasses.replace(srzoo, colour="rgb"),
        dataclasses.replace(srzoo, sr_rounding="clipped"),
        dataclasses.replace(srzoo, shave_pixels=6),
        dataclasses.replace(srzoo, metrics=("psnr",)),
        dataclasses.replace(srzoo, y_rounding="8bit"),
        dataclasses.replace(srzoo, self_ensemble=True),
        dataclasses.replace(srzoo, dynamic_range=219),
    ]
    assert len({srzoo.digest, *(other.digest for other in others)}) == 8


def test_rows_keep_their_digests():
    digests = {name: row.digest for name, row in PROTOCOLS.items()}
    assert digests["srzoo"] == digests["rcan"] == digests["esrgan"]  # The same choices.
    assert digests["basicsr_rgb"] == digests["ntire"]
    assert len(set(digests.values())) == len(digests) - 3
    assert digests == {
        **{"srzoo": "3b155c9a", "rcan": "3b155c9a", "esrgan": "3b155c9a", "carn": "2a10a270"},
        **{"edsr": "e684e637", "edsr_div2k": "7db04084", "compression": "0dc943e4"},
        **{"basicsr_rgb": "2ecf108b", "ntire": "2ecf108b", "carn_matlab": "4536b707"},
    }


def test_edsr_is_matlab_spelled_out():
    hr = RNG.integers(0, 256, (40, 44, 3))
    sr = (hr + RNG.integers(-20, 21, hr.shape)).clip(0, 255)
    ours = protocols.score(
        PROTOCOLS["edsr"], (sr / 255).astype("f4")[None], (hr / 255).astype("f4")[None], scale=2
    )

    def y(levels):  # MATLAB's rounding: to the nearest, exact halves downward.
        whole, rest = np.divmod(levels @ np.array([65481, 128553, 24966]), 255_000)
        return 16.0 + whole + (2 * rest > 255_000)

    a, b = y(sr)[2:-2, 2:-2], y(hr)[2:-2, 2:-2]
    psnr = 10 * np.log10(255**2 / np.mean((a - b) ** 2))
    assert ours["psnr"][0] == pytest.approx(psnr, abs=1e-4)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    padded = [np.pad(image, 5, mode="edge") for image in (a, b)]
    ssim = skimage.metrics.structural_similarity(*padded, data_range=255, **options)
    assert ours["ssim_matlab"][0] == pytest.approx(ssim, abs=1e-5)


def test_conventions_order_as_measured_in_the_field():
    """Each changes one choice of `srzoo`; the same images."""
    # Large: rounding adds a twelfth of a squared level, which must outweigh chance.
    hr = RNG.random((1, 256, 256, 3), np.float32)
    hr = np.round(hr * 255) / np.float32(255)
    sr = hr + np.float32(0.02) * RNG.standard_normal(hr.shape).astype("f4")
    srzoo = PROTOCOLS["srzoo"]

    def psnr(**changes):
        protocol = protocols.composed(srzoo, **changes)
        return float(protocols.score(protocol, sr, hr, scale=4)["psnr"][0])

    base = psnr()
    assert psnr(sr_rounding="truncated") < base < psnr(sr_rounding="clipped")
    # Studio luma spans 219 of 255 levels.
    expected = base + 20 * np.log10(219 / 255)
    assert psnr(colour="bt601_full_luma") == pytest.approx(expected, abs=0.05)


def test_eight_bit_images_pass_truncation():
    levels = (np.arange(256).reshape(1, 16, 16, 1) / np.float32(255)).astype("f4")
    for rounding in ("8bit", "truncated"):
        out = jax.jit(protocols.SR_ROUNDINGS[rounding])(levels)
        np.testing.assert_allclose(
            np.asarray(out) * 255, np.arange(256).reshape(1, 16, 16, 1), atol=1e-4
        )


def test_composed_protocols_have_name_and_digest_of_their_own():
    srzoo = PROTOCOLS["srzoo"]
    ten = protocols.composed(srzoo, shave=10, colour="rgb")
    assert ten.name == "srzoo,shave=10,colour=rgb" and ten.border(4) == 10
    assert ten.digest != srzoo.digest
    assert protocols.composed(srzoo) is srzoo
    assert protocols.composed(srzoo, shave="scale") is srzoo
    assert protocols.composed(srzoo, shave="scale+6").border(4) == 10
    assert protocols.composed(srzoo, metrics=["psnr"]).name == "srzoo,metrics=psnr"
    div2k = protocols.composed(srzoo, shave="scale+6", colour="rgb", metrics=["psnr"])
    assert div2k.digest == PROTOCOLS["edsr_div2k"].digest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shave": "six"}, "like 10, scale or scale\\+6; got 'six'"),
        ({"shave": -1}, "got '-1'"),
        ({"colour": "y"}, "no colour is called 'y'; known: bt601_studio_luma, "),
        ({"sr_rounding": "up"}, "no sr_rounding is called 'up'; known: 8bit"),
        ({"metrics": ["lpips"]}, "no metric is called 'lpips'; known: psnr"),
        ({"y_rounding": "8bit", "sr_rounding": "clipped"}, "y_rounding 8bit is defined for 8-bit"),
        ({"metrics": ["ssim_y8"], "sr_rounding": "clipped"}, "ssim_y8 is defined for 8-bit SR"),
        ({"y_rounding": "8bit", "colour": "rgb"}, "of bt601_studio_luma, not of rgb"),
        ({"y_rounding": "7bit"}, "no y_rounding is called '7bit'; known: none, 8bit"),
        ({"dynamic_range": 0}, "dynamic range is positive; got 0"),
        ({"metrics": []}, "needs a metric"),
        ({"metrics": ["psnr", "psnr"]}, "a metric stands twice"),
        ({"metrics": ["nowhere:row"]}, "cannot import nowhere:row .module:name.: No module"),
        ({"metrics": ["math:pi"]}, "math:pi is a float; expected a Metric"),
    ],
)
def test_bad_choices_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        protocols.composed(PROTOCOLS["srzoo"], **changes)


def test_bad_input_is_named():
    image = np.zeros((1, 20, 20, 3), np.float32)
    with pytest.raises(ValueError, match="differ in size"):
        protocols.score(PROTOCOLS["srzoo"], image, image[:, :16], scale=4)
    with pytest.raises(ValueError, match="at least 11 pixels, got 4 x 4"):
        protocols.score(PROTOCOLS["srzoo"], image, image, scale=8)
    with pytest.raises(ValueError, match="no protocol is called 'psnr'; known: srzoo"):
        protocols.named("psnr")


def sharpness(sr):
    """A metric of a user's own, which `test_a_metric_from_outside` names by module."""
    return abs(sr[:, 1:] - sr[:, :-1]).mean((1, 2, 3))


SHARPNESS = Metric("sharpness", sharpness, "sharpness", "higher", "this test", takes=("sr",))


def test_a_metric_from_outside():
    hr = RNG.random((2, 24, 24, 3)).astype("f4")
    srzoo = PROTOCOLS["srzoo"]
    mine = protocols.composed(srzoo, metrics=["psnr", f"{__name__}:SHARPNESS"])
    assert mine == protocols.composed(srzoo, metrics=["psnr", SHARPNESS])
    assert mine.name == "srzoo,metrics=psnr+sharpness"
    scores = protocols.score(mine, hr, hr, scale=2)
    expected = sharpness(image.shave(image.luma(image.quantize(hr)), 2))
    np.testing.assert_allclose(scores["sharpness"], expected, atol=1e-6)
    other = dataclasses.replace(SHARPNESS, source="another definition")
    assert protocols.composed(srzoo, metrics=["psnr", other]).digest != mine.digest


MINE = dataclasses.replace(PROTOCOLS["rcan"], name="mine")


def test_a_protocol_from_outside_is_named_by_module():
    assert protocols.named(f"{__name__}:MINE") is MINE
    with pytest.raises(ValueError, match="SHARPNESS is a Metric; expected a Protocol"):
        protocols.named(f"{__name__}:SHARPNESS")


def test_metrics_are_given_what_they_ask_for():
    hr = image.quantize(RNG.random((1, 24, 30, 3)).astype("f4"))
    sr = hr + np.float32(0.1) * RNG.standard_normal(hr.shape).astype("f4")
    rounded, lr = image.quantize(sr), image.from_bytes(imresize(image.to_bytes(hr), 1 / 3))
    luma, luma_8bit = image.luma, image.luma_8bit
    expected = {
        "sr": luma(rounded)[:, 4:-4, 4:-4],
        "hr_whole": luma(hr),
        "sr_rgb": rounded[:, 4:-4, 4:-4],
        "sr_rgb_whole": rounded,
        "sr_y8": luma_8bit(rounded)[:, 4:-4, 4:-4],
        "lr": lr,
        "scale": 3,
        "peak": 219 / 255,
    }
    for name, array in expected.items():
        metric = Metric("same", lambda x: x, "", "higher", "", takes=(name,))
        protocol = protocols.composed(
            PROTOCOLS["srzoo"], shave="scale+1", metrics=[metric], dynamic_range=219
        )
        found = protocols.score(protocol, sr, hr, scale=3)["same"]
        np.testing.assert_allclose(found, array, atol=1e-6, err_msg=name)
    given = protocols.score(protocol, sr, hr, scale=3, lr=lr + 1)
    np.testing.assert_allclose(given["same"], 219 / 255)
    with pytest.raises(ValueError, match="metric same takes 'gt', which is none of sr, hr"):
        dataclasses.replace(metric, takes=("gt",))
    with pytest.raises(ValueError, match="better must be one of higher, lower; got 'more'"):
        dataclasses.replace(metric, better="more")


def test_dynamic_range_is_the_peak_of_both():
    hr = image.quantize(RNG.random((1, 24, 24, 3)).astype("f4"))
    sr = hr + np.float32(0.05) * RNG.standard_normal(hr.shape).astype("f4")
    full, less = (
        protocols.score(
            protocols.composed(PROTOCOLS["srzoo"], dynamic_range=levels), sr, hr, scale=2
        )
        for levels in (255, 219)
    )
    assert less["psnr"][0] - full["psnr"][0] == pytest.approx(20 * np.log10(219 / 255), abs=1e-4)
    a, b = (255 * image.shave(image.luma(image.quantize(x)), 2)[0, ..., 0] for x in (sr, hr))
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    peer = skimage.metrics.structural_similarity(a, b, data_range=219, **options)
    assert less["ssim"][0] == pytest.approx(peer, abs=1e-5)


def test_float64_is_the_reference():
    hr = image.quantize(RNG.random((2, 48, 52, 3)))
    sr = image.quantize(hr + 0.05 * RNG.standard_normal(hr.shape))
    names = ["psnr", "ssim", "ssim_tf", "gmsd", "fsimc", "vifp", "sam"]
    protocol = protocols.composed(PROTOCOLS["srzoo"], metrics=names)
    exact = protocols.score_in_float64(protocol, sr, hr, scale=2)
    assert exact["ssim"].dtype == np.float64 and exact["ssim_tf"].dtype == np.float32
    scores = protocols.score(protocol, sr.astype("f4"), hr.astype("f4"), scale=2)
    for name in names:  # In published digits: a tenth of the last one.
        tolerance = 10.0 ** -(metrics.METRICS[name].digits + 1)
        np.testing.assert_allclose(scores[name], exact[name], atol=tolerance, err_msg=name)
    y = image.luma(sr)[:, 2:-2, 2:-2] - image.luma(hr)[:, 2:-2, 2:-2]
    expected = -10 * np.log10((y**2).mean((1, 2, 3)))
    np.testing.assert_allclose(exact["psnr"], expected, atol=1e-10)


@pytest.mark.parametrize("name", ["srzoo", "carn_matlab", "basicsr_rgb"])
def test_scores_on_a_canvas_are_those_of_the_image(name):
    protocol, rng = PROTOCOLS[name], np.random.default_rng(0)
    hr = np.round(rng.random((2, 44, 52, 3)) * 255).astype(np.float32) / 255
    sr = np.float32(hr + 0.05 * rng.standard_normal(hr.shape))
    expected = protocols.score(protocol, sr, hr, scale=4)
    around = ((0, 0), (0, 20), (0, 12), (0, 0))  # Nothing of what is there may count.
    sr, hr = (np.pad(x, around, constant_values=value) for x, value in ((sr, 9), (hr, -9)))
    sides = np.array((44, 52))
    found = protocols.score_on_canvas(protocol, sr, hr, sides, scale=4)
    assert protocols.can_be_laid(protocol, (44, 52), 4)
    for metric, values in expected.items():
        # The order of float32 sums over the image; of SSIM, also what is subtracted before.
        np.testing.assert_allclose(found[metric], values, rtol=3e-6)


def test_not_every_protocol_scores_on_a_canvas():
    assert not protocols.can_be_laid(PROTOCOLS["srzoo"], (20, 50), 4)  # Too small, once shaved.
    assert not protocols.can_be_laid(PROTOCOLS["compression"], (400, 500), 1)  # MS-SSIM.
