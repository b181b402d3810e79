import itertools
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from srzoo_jax import files, report, scenes
from srzoo_jax.protocols import PROTOCOLS
from srzoo_jax.report import figures

SRZOO = PROTOCOLS["srzoo"]


def record(model, image, psnr, ssim=0.9, dataset="Set5", **others):
    return {
        **{"model": model, "parameters": "", "parameter_count": 1000, "dataset": dataset},
        **{"image": image, "lr": "given", "inputs": image, "scale": 4},
        **{"protocol": "srzoo", "protocol_digest": SRZOO.digest},
        **{"height": 1000, "width": 500, "psnr": psnr, "ssim": ssim, "status": "ok", **others},
    }


def times(seconds):
    return {"cpu_seconds": seconds, "cpu_seconds_spread": 0.0, "cpu_compile_seconds": 2.0}


RECORDS = [
    record("bicubic_x4", "a", 28.0, **times(0.01)),
    record("bicubic_x4", "b", 29.0, **times(0.02)),
    record("carn_m_x4", "a", 31.0, **times(1.0)),
    record("carn_m_x4", "b", 33.0, **times(3.0)),
    record("imdn_x4", "a", 31.2, **times(2.0)),
    record("imdn_x4", "b", 33.2, **times(3.0)),
]


def test_models_stand_from_the_best_down_and_data_sets_as_they_come():
    others = [record("carn_m_x4", "a", 20.0, dataset="Other"), record("x", "a", 21.0, dataset="O")]
    rows = report.rows([*RECORDS, *others], SRZOO)
    assert [row["model"] for row in rows[:3]] == ["imdn_x4", "carn_m_x4", "bicubic_x4"]
    assert [row["dataset"] for row in rows[3:]] == ["Other", "O"]


def test_measured_is_held_against_reported():
    imdn, carn, bicubic = report.rows(RECORDS, SRZOO)
    assert (imdn["reported_psnr"], imdn["reported_ssim"]) == (32.21, 0.8948)
    assert imdn["difference"] == pytest.approx(32.2 - 32.21)
    assert carn["difference"] == pytest.approx(32.0 - 31.92)
    assert "reported_psnr" not in bicubic and "difference" not in bicubic
    table = report.table([imdn, carn, bicubic], SRZOO)
    assert "+0.080 * |" in table and "-0.010 |" in table
    (remark,) = report.remarks([imdn, carn, bicubic])
    assert remark.startswith("* carn_m_x4 on Set5: 32.000 dB measured, 31.92 dB reported.")
    assert "--explain" in remark and "released" in remark


@pytest.mark.parametrize(("theirs", "verdict"), [(31.93, "is explained"), (31.95, "is not expl")])
def test_differences_are_explained_by_the_authors_protocol(theirs, verdict):
    own = {"authors_protocol": "carn (0)", "authors_psnr": theirs, "authors_ssim": 0.89}
    (row,) = report.rows([record("carn_m_x4", "a", 32.0, **own)], SRZOO)
    assert (row["authors_psnr"], row["authors_protocol"]) == (theirs, "carn (0)")
    (remark,) = report.remarks([row])
    assert f"carn (0), it has {theirs:.3f} dB: the difference {verdict}" in remark


def test_reported_figures_are_of_usual_lr_images_alone():
    (row,) = report.rows([record("imdn_x4", "a", 32.0) | {"lr": "cv2_cubic"}], SRZOO)
    assert "reported_psnr" not in row


def test_times_are_medians_also_per_megapixel():
    imdn, *_ = report.rows(RECORDS, SRZOO)
    assert imdn["cpu_seconds"] == 2.5
    assert imdn["cpu_seconds_per_megapixel"] == 5.0  # Half a megapixel each.
    assert imdn["cpu_seconds_per_megapixel_spread"] == pytest.approx(
        1.0
    )  # The middle half of 4 and 6.
    assert imdn["cpu_compile_seconds"] == 2.0  # One size, compiled once.


@pytest.fixture
def shown(tmp_path):
    """Records of which one image has crops, in the folder of a report."""
    rng = np.random.default_rng(0)
    found = []
    for one in RECORDS:
        if one["image"] == "a":
            path = scenes.crop_path(tmp_path / "scenes", one["model"], "Set5", 4, "a")
            sr, hr = rng.integers(0, 256, (2, 176, 176, 3), np.uint8)
            scenes.keep(path, sr, hr, hr[::4, ::4], 4, SRZOO, "digest")
            one = one | {"crop": path.relative_to(tmp_path / "scenes").as_posix()}
        found.append(one)
    return tmp_path, found


def content(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_a_report_is_a_function_of_its_records(shown):
    folder, records = shown
    report.write(folder, records, SRZOO)
    first = content(folder)
    assert {"summary.md", "summary.csv", "summary.json", "report.html"} <= set(first)
    assert {f"figures/Set5_x4_{name}.svg" for name in ("cpu_seconds", "images")} <= set(first)
    report.write(folder, records, SRZOO)
    assert content(folder) == first


def test_the_page_shows_all_and_loads_nothing(shown):
    folder, records = shown
    broken = record("imdn_x4", "c", 0.0) | {"status": "error", "error": "c.png is <broken>"}
    report.write(folder, [*records, broken], SRZOO)
    text = (folder / "report.html").read_text()
    addresses = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert all(address.startswith(("data:", "#")) for address in addresses)
    labels = re.findall(r"<figcaption><b[^>]*>([^<]*)</b>", text)
    assert labels == ["HR", "imdn_x4", "carn_m_x4", "bicubic_x4", "LR"]
    assert "31.20 dB / 0.9000" in text and "c.png is &lt;broken&gt;" in text
    assert text.count("<svg") == 2 and text.count(" data-comparable>") == 4


def test_bicubic_interpolation_is_shown_beside_models_that_are_not(shown):
    folder, records = shown
    report.write(folder, [one for one in records if one["model"] == "imdn_x4"], SRZOO)
    text = (folder / "report.html").read_text()
    scores = json.loads((folder / "scenes/Set5_x4/a/scene.json").read_text())["bicubic"]
    assert f"<b>bicubic</b> <span>{scores['psnr']:.2f} dB" in text


@pytest.mark.parametrize("seconds", [(0.0024, 0.066), (0.03, 0.05), (0.001, 0.15), (0.0005, 40.0)])
def test_times_along_an_axis_can_be_read(seconds):
    rows = [{"model": str(x), "psnr": 30.0, "time": x} for x in seconds]
    figure = figures._scatter(rows, "time", "time (s)", "PSNR (dB)", True)
    figure.draw_without_rendering()
    low, high = figure.axes[0].get_xlim()
    ticks = figure.axes[0].xaxis.get_major_ticks()
    boxes = [tick.label1.get_window_extent() for tick in ticks if low <= tick.get_loc() <= high]
    assert len(boxes) >= 2
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
    assert not any(label.get_text() for label in figure.axes[0].get_xticklabels(minor=True))


def test_drawing_is_imported_when_it_is_done():
    script = "import sys, srzoo_jax.report; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_crops_that_are_gone_are_told_of(shown):
    folder, records = shown
    path = folder / "scenes/Set5_x4/a/HR.png"
    files.write_atomically(path, b"broken")
    with pytest.raises(ValueError, match=re.escape(f"{path} cannot be read as an image")):
        report.write(folder, records, SRZOO)
