"""Attacks on official weights, against figures of an independent implementation in PyTorch.

I-FGSM against HR from a zero start, 50 steps, on the central 40 x 40 LR crops of Set5 x4; PSNR of
RGB, SR rounded to 8 bit, means of five.
"""

import pytest

from srzoo_jax import params, port, studies, zoo
from srzoo_jax.studies import summary

# LR PSNR and SR PSNR for alpha = 8 / 255.
MEASURED = {"carn_m_x4": (34.02, 21.47), "imdn_x4": (37.36, 18.94)}


@pytest.mark.parametrize("model", MEASURED)
def test_ifgsm_reaches_what_was_measured(model, checkpoints, datasets, params_dir, tmp_path):
    row = zoo.entry(model)
    params.save(params_dir / f"{model}.safetensors", *port.port(row, checkpoints / row.file))
    study, options = studies.STUDIES["attack"], studies.Options(models=(model,))
    steps = studies.run("attack", study, options, ["Set5"], datasets, tmp_path)
    (found,) = summary.rows(record for record, _ in steps)
    assert found["images"] == 5
    # Signs of tiny gradients depend on rounding; that moves means by some hundredths of a dB.
    assert (found["lr_psnr"], found["sr_psnr"]) == pytest.approx(MEASURED[model], abs=0.1)
    assert found["sr_psnr"] < found["sr_psnr_signs"] - 5
    assert found["sr_psnr_8bit"] == pytest.approx(found["sr_psnr"], abs=0.5)
