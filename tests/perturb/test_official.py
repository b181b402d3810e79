"""Attacks on official weights, against figures of an independent implementation in PyTorch.

I-FGSM against HR from a zero start, 50 steps, on the central 40 x 40 LR crops of Set5 x4; PSNR of
RGB, SR rounded to 8 bit, means of five.
"""

import pytest

from srzoo_jax import params, port, studies, zoo
from srzoo_jax.studies import summary

# alpha: LR PSNR, SR PSNR.
MEASURED = {
    "carn_m_x4": {2: (43.94, 32.76), 8: (34.02, 21.47)},
    "imdn_x4": {2: (45.85, 29.73), 8: (37.36, 18.94)},
}


@pytest.mark.parametrize("model", MEASURED)
def test_ifgsm_reaches_what_was_measured(model, checkpoints, datasets, params_dir, tmp_path):
    row = zoo.entry(model)
    params.save(params_dir / f"{model}.safetensors", *port.port(row, checkpoints / row.file))
    options = studies.Options(models=(model,), alphas=tuple(MEASURED[model]))
    study = studies.STUDIES["attack"]
    records = [
        record for record, _ in studies.run("attack", study, options, ["Set5"], datasets, tmp_path)
    ]
    assert [record["status"] for record in records] == ["ok"] * 10, records

    low, high = summary.rows(records)
    for row in (low, high):
        expected = MEASURED[model][row["alpha"]]
        # Signs of tiny gradients depend on rounding; that moves means by some hundredths of a dB.
        assert (row["lr_psnr"], row["sr_psnr"]) == pytest.approx(expected, abs=0.1)
        assert row["sr_psnr"] < row["sr_psnr_signs"] - 5
        assert row["sr_psnr_8bit"] == pytest.approx(row["sr_psnr"], abs=0.5)
    assert high["sr_psnr"] < low["sr_psnr"]
