"""Studies of the linear restorer on two small pairs: records, resume, report."""

import itertools
import json
import re

import numpy as np
import pytest

from srzoo_jax import files, studies
from srzoo_jax.studies import crops, report, summary


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    stream = np.random.default_rng(0)
    for name, sides in (("wide", (18, 21)), ("tall", (20, 16)), ("tiny", (6, 6))):
        lr = stream.integers(0, 256, (*sides, 3), np.uint8)
        hr = stream.integers(0, 256, (2 * sides[0], 2 * sides[1], 3), np.uint8)
        files.write_image(folder / "Two" / "HR" / f"{name}.png", hr)
        files.write_image(folder / "Two" / "LR_bicubic" / "X2" / f"{name}x2.png", lr)
    return folder


OPTIONS = studies.Options(models=("bicubic_x2",), alphas=(4.0, 8.0), steps=3, crop=16, batch=2)


def run(name, data_dir, folder, known=(), options=OPTIONS):
    return list(studies.run(name, studies.STUDIES[name], options, ["Two"], data_dir, folder, known))


def test_crops_are_central_and_say_what_is_wrong(data_dir):
    found = crops.read("Two", 2, 16, data_dir)
    assert found.names == ["tall", "wide"] and "tiny" in found.errors
    assert "6 x 6" in found.errors["tiny"] and "--crop=16" in found.errors["tiny"]
    lr = files.read_image(data_dir / "Two" / "LR_bicubic" / "X2" / "widex2.png")
    hr = files.read_image(data_dir / "Two" / "HR" / "wide.png")
    np.testing.assert_allclose(found.lr[1] * 255, lr[1:17, 2:18], atol=1e-4)
    np.testing.assert_allclose(found.hr[1] * 255, hr[2:34, 4:36], atol=1e-4)
    with pytest.raises(ValueError, match="no usable image"):
        crops.read("Two", 2, 100, data_dir)


@pytest.fixture(scope="module")
def everything(data_dir, tmp_path_factory):
    """Records of all studies in one folder."""
    folder = tmp_path_factory.mktemp("out")
    return folder, {name: run(name, data_dir, folder) for name in studies.STUDIES}


@pytest.mark.parametrize("name", studies.STUDIES)
def test_every_study_gives_a_record_an_image_and_variant(name, everything, data_dir):
    folder, found = everything
    records = [record for record, new in found[name] if new]
    assert len(records) == studies.count(studies.STUDIES[name], OPTIONS, ["Two"], data_dir)
    by_image = {
        image: [r for r in records if r["of"]["image"] == image] for image in ("tall", "tiny")
    }
    assert {r["status"] for r in by_image["tall"]} == {"ok"}, by_image["tall"]
    assert {r["status"] for r in by_image["tiny"]} == {"error"}
    for record in by_image["tall"]:
        assert np.isfinite([v for v in record["figures"].values() if v != np.inf]).all()
        assert all((folder / path).is_file() for path in record["pictures"].values())
    assert len({record["identity"] for record in records}) == len(records)


def test_a_second_run_computes_errors_alone(everything, data_dir):
    folder, found = everything
    known = [record for record, _ in found["attack"]]
    again = run("attack", data_dir, folder, json.loads(json.dumps(known)))
    assert [r["identity"] for r, _ in again] == [r["identity"] for r in known]
    assert [new for _, new in again] == [r["status"] == "error" for r in known]
    # A lost picture, or another setting, is made again.
    (folder / known[0]["pictures"]["attacked"]).unlink()
    assert run("attack", data_dir, folder, known)[0][1]
    other = run("attack", data_dir, folder, known, OPTIONS._replace(steps=2))
    assert all(new for _, new in other)


def test_newer_records_replace_those_of_the_same_slot(everything):
    record = everything[1]["attack"][0][0]
    newer = record | {"of": record["of"] | {"inputs": "other"}, "figures": {}}
    other = record | {"of": record["of"] | {"steps": 99}}
    assert studies.merged([record], [newer, other]) == [newer, other]


def test_attacks_do_what_they_say(everything):
    _, found = everything
    rows = {
        name: {row["alpha"]: row for row in summary.rows(r for r, _ in found[name])}
        for name in ("attack", "partial", "targeted", "universal")
    }
    for row in rows["attack"].values():
        assert row["sr_psnr"] < row["sr_psnr_signs"] and row["images"] == 2 and row["errors"] == 1
        assert row["robustness"] == pytest.approx(row["sr_psnr"] - row["lr_psnr"])
    assert rows["attack"][8]["sr_psnr"] < rows["attack"][4]["sr_psnr"]
    assert rows["partial"][8]["sr_psnr_outside"] > rows["partial"][8]["sr_psnr_inside"]
    for row in rows["targeted"].values():
        assert row["target_psnr"] > row["target_psnr_clean"]
    # What has to serve two images serves each less than what was made for it.
    assert rows["universal"][8]["hr_psnr"] > rows["attack"][8]["hr_psnr"]


def test_a_defence_that_is_attacked_itself_protects_less(everything):
    rows = summary.rows(record for record, _ in everything[1]["defence"])
    found = {(row["defence"], row["adaptive"]): row for row in rows if row["alpha"] == 8}
    for name in ("resize", "self_ensemble", "random_resize"):
        assert found[name, True]["hr_psnr"] <= found[name, False]["hr_psnr"] + 0.01
    assert found["resize", False]["sr_psnr"] != found["none", False]["sr_psnr"]
    # Bicubic enlarging has all symmetries: its self-ensemble is itself.
    assert found["self_ensemble", True]["sr_psnr"] == pytest.approx(
        found["none", False]["sr_psnr"], abs=0.01
    )


def test_sensitivity_of_bicubic_enlarging(everything):
    rows = summary.rows(record for record, _ in everything[1]["sensitivity"])
    assert rows[0]["worst_gain"] == pytest.approx(1, abs=0.1)
    assert rows[0]["influence"] == 2
    assert rows[0]["gain:0.0-0.1"] == pytest.approx(1, abs=0.03)
    assert rows[0]["gain:0.5-0.71"] < rows[0]["gain:0.2-0.3"]


def test_corruptions_start_at_nothing_and_hurt_more_and_more(everything):
    rows = summary.rows(record for record, _ in everything[1]["corruption"])
    for name in ("noise", "blur", "jpeg"):
        curve = [row for row in rows if row["corruption"] == name]
        assert curve[0]["strength"] == 0 and curve[0]["sr_psnr"] == np.inf
        scores = [row["sr_psnr"] for row in curve]
        assert all(a > b for a, b in itertools.pairwise(scores)), name


def test_attribution_is_complete(everything):
    rows = summary.rows(record for record, _ in everything[1]["lam"])
    assert {row["method"] for row in rows} == {"lam", "integrated_gradients"}
    assert all(0 < row["diffusion_index"] < 100 for row in rows)


def test_report_is_one_page_of_all_studies(everything):
    folder, found = everything
    records = [record for group in found.values() for record, _ in group]
    printed = report.write(folder, records, ["attack"])
    assert printed.count("\n") == 3 and "SR, 8 bit" in printed
    tables = (folder / "tables.md").read_text()
    page = (folder / "report.html").read_text()
    for title in ("Attacks", "Transfer", "Defences", "Attribution", "Sensitivity"):
        assert f"## {title}" in tables and f"<h2>{title}</h2>" in page
    assert "smaller than --crop=16" in page
    # Nothing is loaded from elsewhere.
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page)
    assert (folder / "tables.csv").read_text().startswith("study,model")


def test_a_model_that_gives_nan_is_an_error_and_stops_nothing(data_dir, tmp_path):
    def measure(on, of, settings):
        return {"psnr": np.array([np.nan, 30.0])}, {}

    study = studies.Study("", lambda options: [{}], measure)
    steps = studies.run("broken", study, OPTIONS, ["Two"], data_dir, tmp_path)
    records = {record["of"]["image"]: record for record, _ in steps}
    assert records["tall"]["status"] == "error" and "psnr" in records["tall"]["error"]
    assert records["wide"]["figures"] == {"psnr": 30.0}
