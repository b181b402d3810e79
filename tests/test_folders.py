"""SR images made elsewhere, and SR images saved."""

import json

import numpy as np
import pytest

from srzoo_jax import data, evaluation, files, protocols, records, report
from srzoo_jax.protocols import PROTOCOLS
from tests.test_data import make_set
from tests.test_evaluation import run_app

RNG = np.random.default_rng(0)
SRZOO = PROTOCOLS["srzoo"]


def write(path, size=(24, 24)):
    files.write_image(path, RNG.integers(0, 256, (*size, 3), np.uint8))


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "SR").mkdir()
    (tmp_path / "HR").mkdir()
    return tmp_path / "SR", tmp_path / "HR"


@pytest.mark.parametrize(
    ("sr", "hr"),
    [
        ("baby.png", "baby.png"),
        ("baby.bmp", "baby.png"),
        ("babyx4.png", "baby.png"),
        ("baby_x4.png", "baby.png"),
        ("baby_x4_SR.png", "baby.png"),
        ("baby_SR.png", "baby_HR.png"),
        ("babyX4.png", "baby_HR.png"),
        ("img_001_SRF_4_HR.png", "img_001_SRF_4_HR.png"),
        ("axx4.png", "ax.png"),
    ],
)
def test_names_are_matched(folders, sr, hr):
    write(folders[0] / sr)
    write(folders[1] / hr)
    ((_, hr_path, sr_paths),) = data.sr_pairs(*folders, 4)
    assert (hr_path, sr_paths) == (folders[1] / hr, [folders[0] / sr])


def test_an_exact_name_comes_first(folders):
    for name in ("a.png", "ax2.png"):
        write(folders[0] / name)
        write(folders[1] / name)
    assert [(hr.name, [sr.name for sr in srs]) for _, hr, srs in data.sr_pairs(*folders, 2)] == [
        ("a.png", ["a.png"]),
        ("ax2.png", ["ax2.png"]),
    ]


def test_what_does_not_fit_is_an_error_that_names_it(folders):
    sr_dir, hr_dir = folders
    for name in ("fine", "lost", "small", "two"):
        write(hr_dir / f"{name}.png", (26, 25))
    write(sr_dir / "fine.png")
    write(sr_dir / "small.png", (24, 20))
    write(sr_dir / "two.png")
    write(sr_dir / "twox4.png")
    write(sr_dir / "extrax4.png")
    found = [record for record, _ in evaluation.evaluate_folder(sr_dir, hr_dir, 4, SRZOO)]
    errors = {record["image"]: record.get("error") for record in found}
    assert errors["fine"] is None
    assert f"no image at {hr_dir / 'extra.png'}" in errors["extra"]
    assert errors["lost"] == f"no SR image for {hr_dir / 'lost.png'}"
    assert "small.png is 24 x 20" in errors["small"] and "should be 24 x 24" in errors["small"]
    assert "two.png" in errors["two"] and "twox4.png" in errors["two"]
    (row,) = report.rows(found, SRZOO)
    assert (row["images"], row["errors"]) == (1, 4) and "cpu_seconds" not in row
    known = evaluation.evaluate_folder(sr_dir, hr_dir, 4, SRZOO, found)
    assert [new for _, new in known] == [True, False, True, True, True]
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        data.sr_pairs(sr_dir / "none", hr_dir, 4)


def test_saved_images_score_as_when_they_were_made(tmp_path):
    make_set(tmp_path / "Tiny", {"a": (33, 40), "b": (32, 32)})
    flags = ("--models=bicubic_x2", "--datasets=Tiny", f"--data_dir={tmp_path}")
    made = run_app("evaluate", *flags, f"--out={tmp_path}/out", "--save_sr")
    assert made.returncode == 0, made.stderr
    saved = tmp_path / "out" / "sr" / "bicubic_x2" / "Tiny"
    assert sorted(path.name for path in saved.iterdir()) == ["a.png", "b.png"]
    folders = (f"--sr_dir={saved}", f"--hr_dir={tmp_path}/Tiny/HR", "--scale=2")
    scored = run_app("evaluate", *folders, f"--out={tmp_path}/other")
    assert scored.returncode == 0, scored.stderr
    first, second = (records.read(tmp_path / out / "results.jsonl") for out in ("out", "other"))
    assert [record["psnr"] for record in first] == [record["psnr"] for record in second]
    (saved / "a.png").unlink()
    again = run_app("evaluate", *flags, f"--out={tmp_path}/out", "--save_sr")
    assert "1 of 2 records are of an earlier run" in again.stdout and (saved / "a.png").is_file()
    (saved / "b.png").write_bytes(b"broken")
    broken = run_app("evaluate", *folders, f"--out={tmp_path}/other")
    assert broken.returncode == 3 and "b.png cannot be read" in broken.stdout + broken.stderr


def test_flags_that_do_not_go_together_are_named(tmp_path):
    outcome = run_app("evaluate", f"--sr_dir={tmp_path}", f"--out={tmp_path}/out")
    assert outcome.returncode == 1 and "missing: --hr_dir" in outcome.stderr
    folders = (f"--sr_dir={tmp_path}", f"--hr_dir={tmp_path}", "--scale=2")
    outcome = run_app("evaluate", *folders, "--models=x", f"--out={tmp_path}/out")
    assert outcome.returncode == 1 and "--models has no meaning" in outcome.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("protocol", ["srzoo", "rcan"])
@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("method", ["RCAN", "RCANplus"])
def test_images_of_rcan_s_authors_give_their_figures(datasets, method, scale, protocol):
    official = json.loads((datasets / "expected.json").read_text())["official_sr"]
    (expected,) = (r for r in official if (r["method"], r["scale"]) == (method, scale))
    sr_dir = datasets / "official_sr" / method / "Set5" / f"X{scale}"
    rule = PROTOCOLS[protocol]
    found = evaluation.evaluate_folder(sr_dir, datasets / "Set5" / "HR", scale, rule)
    (row,) = report.rows((record for record, _ in found), rule)
    assert (row["images"], row["errors"]) == (5, 0)
    assert row["psnr"] == pytest.approx(expected["psnr_y_u8"], abs=0.005)
    assert row["ssim"] == pytest.approx(expected["ssim_matlab_y_u8"], abs=0.0002)
    assert f"{row['psnr']:.2f}" == f"{expected['published']['psnr']:.2f}"


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_images_of_rcan_s_authors_in_rgb(datasets, scale):
    official = json.loads((datasets / "expected.json").read_text())["official_sr"]
    (expected,) = (r for r in official if (r["method"], r["scale"]) == ("RCAN", scale))
    sr_dir = datasets / "official_sr" / "RCAN" / "Set5" / f"X{scale}"
    rule = PROTOCOLS["basicsr_rgb"]
    found = evaluation.evaluate_folder(sr_dir, datasets / "Set5" / "HR", scale, rule)
    (row,) = report.rows((record for record, _ in found), rule)
    assert row["psnr"] == pytest.approx(expected["psnr_rgb_u8"], abs=0.005)


def test_undefined_scores_say_why(folders):
    flat = np.full((48, 48, 3), 90, np.uint8)
    for folder in folders:
        files.write_image(folder / "a.png", flat)
    rule = protocols.composed(SRZOO, metrics=["psnr", "vifp"])
    ((record, _),) = evaluation.evaluate_folder(*folders, 2, rule)
    assert record["status"] == "ok" and record["psnr"] == np.inf and np.isnan(record["vifp"])
    assert record["undefined"] == "vifp: the reference is constant"
