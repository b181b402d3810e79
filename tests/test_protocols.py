import dataclasses

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


def test_bad_input_is_named():
    image = np.zeros((1, 20, 20, 3), np.float32)
    with pytest.raises(ValueError, match="differ in size"):
        protocols.score(PROTOCOLS["srzoo"], image, image[:, :16], scale=4)
    with pytest.raises(ValueError, match="at least 11 pixels, got 4 x 4"):
        protocols.score(PROTOCOLS["srzoo"], image, image, scale=8)
    with pytest.raises(ValueError, match="no protocol is called 'psnr'; known: srzoo"):
        protocols.named("psnr")
