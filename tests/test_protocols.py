import dataclasses

import jax
import numpy as np
import pytest
import skimage.metrics

from srzoo_jax import protocols
from srzoo_jax.protocols import PROTOCOLS

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
    ]
    assert len({srzoo.digest, *(other.digest for other in others)}) == 5


def test_rows_keep_their_digests():
    digests = {name: row.digest for name, row in PROTOCOLS.items()}
    assert digests["srzoo"] == digests["rcan"] == digests["esrgan"]  # The same choices.
    assert digests["basicsr_rgb"] == digests["ntire"]
    assert len(set(digests.values())) == len(digests) - 3
    assert digests["srzoo"] == "3b155c9a" and digests["compression"] == "0dc943e4"


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
    hr = RNG.random((1, 48, 48, 3), np.float32)
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
        out = jax.jit(protocols.ROUNDINGS[rounding])(levels)
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
        ({"colour": "bt601_studio_luma_8bit", "sr_rounding": "clipped"}, "defined for 8-bit SR"),
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
