import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from srzoo_jax import data, downscale, evaluation, files, records, report, zoo
from srzoo_jax.protocols import PROTOCOLS, Protocol
from tests.test_data import make_set

ROOT = Path(__file__).parents[1]
SRZOO = PROTOCOLS["srzoo"]


def run_app(app, *arguments):
    command = [sys.executable, "-m", f"experiments.{app}", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


@pytest.fixture
def tiny(tmp_path):
    make_set(tmp_path / "Tiny", {"a": (33, 40), "b": (32, 32), "c": (32, 40)})
    return tmp_path


def test_records_tell_all(tiny):
    jobs = evaluation.plan(["bicubic_x2"], ["Tiny"], tiny)
    found = [record for record, new in evaluation.evaluate(jobs, SRZOO) if new]
    assert [record["image"] for record in found] == ["a", "b", "c"]
    for record in found:
        assert record["status"] == "ok" and record["protocol_digest"] == SRZOO.digest
        assert 5 < record["psnr"] < 60 and 0 < record["ssim"] < 1
        assert record["cpu_seconds"] > 0 and record["cpu_seconds_spread"] == 0
        assert record["cpu_compile_seconds"] > 0


def test_records_that_hold_are_kept_and_others_not(tiny):
    jobs = evaluation.plan(["bicubic_x2"], ["Tiny"], tiny)
    known = [record for record, _ in evaluation.evaluate(jobs, SRZOO)]
    files.write_image(tiny / "Tiny" / "LR_bicubic" / "X2" / "bx2.png", np.zeros((16, 16, 3), "u1"))
    again = list(evaluation.evaluate(jobs, SRZOO, known))
    assert [new for _, new in again] == [False, True, False]
    assert again[0][0] == known[0] and again[1][0]["psnr"] != known[1]["psnr"]


def test_one_bad_image_does_not_stop_the_run(tiny):
    (tiny / "Tiny" / "HR" / "a.png").write_bytes(b"broken")
    (tiny / "Tiny" / "HR" / "b.png").unlink()
    jobs = evaluation.plan(["bicubic_x2"], ["Tiny"], tiny)
    found = [record for record, _ in evaluation.evaluate(jobs, SRZOO)]
    assert [record["status"] for record in found] == ["error", "error", "ok"]
    assert "a.png cannot be read" in found[0]["error"] and "b.png" in found[1]["error"]
    (row,) = report.rows(found, SRZOO)
    assert (row["images"], row["errors"], row["psnr"]) == (1, 2, found[2]["psnr"])


def test_output_that_is_not_finite_is_an_error(tiny, monkeypatch):
    monkeypatch.setattr(
        zoo, "load", lambda name, **_: (lambda p, x: x.repeat(2, 1).repeat(2, 2) / 0, {})
    )
    jobs = evaluation.plan(["bicubic_x2"], ["Tiny"], tiny)
    found = [record for record, _ in evaluation.evaluate(jobs, SRZOO)]
    assert {record["status"] for record in found} == {"error"}
    assert "not finite" in found[0]["error"]


def test_after_warming_up_nothing_is_compiled(tmp_path):
    make_set(tmp_path / "Two", {"a": (140, 180), "b": (160, 132)})
    cache = tmp_path / "cache"
    flags = ["--models=bicubic_x2", "--datasets=Two", f"--data_dir={tmp_path}", "--scenes=0"]
    flags += ["--time_repeats=0", f"--compilation_cache={cache}", f"--out={tmp_path / 'out'}"]
    done = run_app("evaluate", *flags, "--warmup")
    assert done.returncode == 0 and "1 program compiled" in done.stdout, done.stderr

    def compiled():
        return {path.name for path in cache.iterdir() if path.name.endswith("-cache")}

    before = compiled()
    assert len(before) >= 2 and not (tmp_path / "out").exists()  # Of the network, and of scores.
    assert run_app("evaluate", *flags).returncode == 0
    assert compiled() == before


def test_records_cut_by_a_kill_are_read_up_to_there(tmp_path):
    path = tmp_path / "results.jsonl"
    with records.appending(path, [{"a": 1}]) as append:
        append({"a": 2})
    path.write_text(path.read_text() + '{"a": 3, "b')
    assert records.read(path) == [{"a": 1}, {"a": 2}]
    path.write_text('{"a": 1\n{"a": 2}\n')
    with pytest.raises(ValueError, match="line 1 is no JSON record"):
        records.read(path)
    assert records.read(tmp_path / "none.jsonl") == []


def test_evaluate_app_writes_its_files_and_goes_on(tiny):
    (tiny / "Tiny" / "HR" / "c.png").write_bytes(b"broken")
    flags = ("--models=bicubic_x2", "--datasets=Tiny", f"--data_dir={tiny}", f"--out={tiny}/out")
    first = run_app("evaluate", *flags)
    assert first.returncode == 3, first.stderr
    assert "c.png cannot be read as an image" in first.stderr + first.stdout
    out = tiny / "out"
    lines = (out / "results.jsonl").read_text()
    assert len(lines.splitlines()) == 3
    summary = json.loads((out / "summary.json").read_text())
    assert summary["rows"][0]["images"] == 2 and summary["environment"]["device"]
    assert "bicubic_x2" in (out / "summary.md").read_text()
    assert (out / "summary.csv").read_text().startswith("model,dataset,scale,lr,protocol")
    (out / "results.jsonl").write_text(lines[: lines.index("\n") + 30])  # As a kill leaves it.
    make_set(tiny / "Tiny", {"c": (32, 40)})
    second = run_app("evaluate", *flags)
    assert second.returncode == 0, second.stderr
    assert "1 of 3 records are of an earlier run" in second.stdout
    assert (out / "results.jsonl").read_text().splitlines()[0] == lines.splitlines()[0]


def test_upscale_app_takes_an_image_and_a_folder(tiny):
    source = tiny / "Tiny" / "HR"
    one = run_app(
        "upscale", "--model=bicubic_x2", f"--input={source}/a.png", f"--output={tiny}/a.png"
    )
    assert one.returncode == 0, one.stderr
    assert files.read_image(tiny / "a.png").shape == (66, 80, 3)
    (source / "b.png").write_bytes(b"broken")
    all_ = run_app("upscale", "--model=bicubic_x2+", f"--input={source}", f"--output={tiny}/out")
    assert all_.returncode == 3
    assert sorted(path.name for path in (tiny / "out").iterdir()) == ["a.png", "c.png"]


@pytest.mark.parametrize("app", ["downscale", "evaluate", "port", "upscale", "verify"])
def test_help_is_shown_without_heavy_imports(app):
    shown = run_app(app, "--help")
    assert shown.returncode == 0 and "--" in shown.stdout
    script = (
        "import sys, runpy; sys.argv = ['app', '--help']\n"
        f"try: runpy.run_module('experiments.{app}', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print([name for name in ('jax', 'flax', 'skimage', 'scipy') if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert loaded.stdout.endswith("[]\n")


def test_wrong_use_is_one_line_on_stderr(tiny):
    for flags, message in {
        ("--models=bicubic_x5",): "no model is called 'bicubic_x5'; nearest: bicubic_x",
        ("--datasets=Set5",): "where is Set5? Say --data_dir=FOLDER",
        ("--protocol=mine",): "no protocol is called 'mine'; known: srzoo",
        ("stray",): "unexpected argument 'stray'",
    }.items():
        outcome = run_app("evaluate", *flags, f"--out={tiny}/out")
        assert outcome.returncode == 1 and not (tiny / "out").exists()
        assert outcome.stderr.startswith(f"error: {message}") and outcome.stderr.count("\n") == 1


EXPECTED = {"bicubic_x4": "bicubic", "carn_m_x4": "CARN-M", "imdn_x4": "IMDN"}


def test_set5_gives_the_figures_of_the_official_code(datasets, checkpoints, params_dir):
    from srzoo_jax import params, port

    for name in ("carn_m_x4", "imdn_x4"):
        row = zoo.entry(name)
        params.save(params_dir / f"{name}.safetensors", *port.port(row, checkpoints / row.file))
    jobs = evaluation.plan(EXPECTED, ["Set5"], datasets)
    found = {
        row["model"]: row
        for row in report.rows((r for r, _ in evaluation.evaluate(jobs, SRZOO)), SRZOO)
    }
    official = json.loads((datasets / "expected.json").read_text())["models"]
    for name, label in EXPECTED.items():
        (row,) = (
            row
            for row in official
            if row["model"].startswith(label) and (row["dataset"], row["scale"]) == ("Set5", 4)
        )
        assert found[name]["psnr"] == pytest.approx(row["psnr_y_u8"], abs=0.01)
        assert found[name]["ssim"] == pytest.approx(row["ssim_matlab_y_u8"], abs=0.0005)


def test_data_sets_are_planned_model_by_model(tiny):
    jobs = evaluation.plan(["bicubic_x2", "bicubic_x2+"], ["Tiny"], tiny)
    assert [job.model for job in jobs] == ["bicubic_x2"] * 3 + ["bicubic_x2+"] * 3
    assert [job.pair for job in jobs[:3]] == data.pairs("Tiny", 2, tiny)


def test_compression_is_scored_with_its_rate(tmp_path, params_dir):
    from srzoo_jax import golden, params, port
    from tests.test_golden import FOLDERS

    tree = port.from_arrays(zoo.entry("imgcomp_c"), golden.arrays(FOLDERS / "imgcomp_c"))
    params.save(params_dir / "imgcomp_c.safetensors", tree, {})
    files.write_image(
        tmp_path / "Tiny" / "HR" / "a.png",
        np.random.default_rng(0).integers(0, 256, (176, 181, 3), np.uint8),
    )
    jobs = evaluation.plan(["imgcomp_c"], ["Tiny"], tmp_path)
    protocol = PROTOCOLS["compression"]
    ((record, _),) = evaluation.evaluate(jobs, protocol)
    assert record["status"] == "ok" and {"psnr", "ms_ssim", "bpp"} <= set(record)
    bound = 8 * 8 * np.log2(6) / 64  # 64 channels of 6 levels for 64 pixels, if all were alike.
    assert 0 < record["bpp"] < 3 * bound
    assert "bit/pixel" in report.table(report.rows([record], protocol), protocol)


def test_a_protocol_from_outside_is_evaluated_and_reported(tiny):
    mine = Protocol("mine", "this test", "bt601_full_luma", "truncated", 0, 3, ("ssim_matlab",))
    jobs = evaluation.plan(["bicubic_x2"], ["Tiny"], tiny)
    found = [record for record, _ in evaluation.evaluate(jobs, mine)]
    assert {(record["protocol"], record["protocol_digest"]) for record in found} == {
        ("mine", mine.digest)
    }
    (row,) = report.write(tiny / "out", found, mine)
    assert 0 < row["ssim_matlab"] < 1 and "psnr" not in row
    text = (tiny / "out" / "summary.md").read_text()
    assert "SSIM (MATLAB)" in text and f"mine ({mine.digest})" in text and "bt601_full" in text
    summary = json.loads((tiny / "out" / "summary.json").read_text())
    assert summary["protocol"]["source"] == "this test"
    with pytest.raises(ValueError, match=f"of protocol mine .* is not of srzoo .{SRZOO.digest}"):
        report.rows(found, SRZOO)


def test_flags_compose_a_protocol(tiny):
    flags = ("--models=bicubic_x2", "--datasets=Tiny", f"--data_dir={tiny}", f"--out={tiny}/out")
    done = run_app("evaluate", *flags, "--shave=5", "--colour=rgb", "--sr_rounding=clipped")
    assert done.returncode == 0, done.stderr
    name = "srzoo,shave=5,colour=rgb,sr_rounding=clipped"
    assert f"protocol: {name} (" in done.stdout
    (record, *_) = records.read(tiny / "out" / "results.jsonl")
    assert record["protocol"] == name and record["protocol_digest"] != SRZOO.digest


def test_lr_is_made_by_a_named_kernel(tiny):
    def run(kernel, known=()):
        jobs = evaluation.plan(["bicubic_x2"], ["Tiny"], tiny, kernel)
        return list(evaluation.evaluate(jobs, SRZOO, known))

    given, made, other = (
        [record for record, _ in run(k)] for k in (None, "matlab_bicubic", "area")
    )
    assert [{record["lr"] for record in found} for found in (given, made, other)] == [
        {"given"},
        {"matlab_bicubic"},
        {"area"},
    ]
    assert [record["psnr"] for record in given] == [record["psnr"] for record in made]
    assert made[0]["psnr"] != other[0]["psnr"]
    # The kernel is part of what a record is of, even where the pixels are the same.
    assert [new for _, new in run("matlab_bicubic", given + other)] == [True] * 3
    assert [new for _, new in run("area", given + other)] == [False] * 3
    rows = report.rows(given + other, SRZOO)
    assert [row["lr"] for row in rows] == ["given", "area"]
    shutil.rmtree(tiny / "Tiny" / "LR_bicubic")  # Not needed then.
    assert [record["psnr"] for record, _ in run("area")] == [record["psnr"] for record in other]
    with pytest.raises(ValueError, match="no kernel is called 'lanczos'; known: matlab_bicubic"):
        run("lanczos")


def test_lr_without_antialiasing_is_warned_of_once(tiny):
    for path in (tiny / "Tiny" / "HR").iterdir():
        lr = downscale.downscale(files.read_image(path), 2, "cv2_cubic")
        files.write_image(tiny / "Tiny" / "LR_bicubic" / "X2" / f"{path.stem}x2.png", lr)
    jobs = evaluation.plan(["bicubic_x2", "bicubic_x2+"], ["Tiny"], tiny)
    message = r"Tiny x2 look as if made by cv2_cubic, .* cv2_cubic inf dB, .*matlab_bicubic \d+\.\d"
    with pytest.warns(UserWarning, match=message) as caught:
        list(evaluation.evaluate(jobs, SRZOO))
    assert len(caught) == 1


def test_lr_with_antialiasing_is_not_warned_of(tiny):
    jobs = evaluation.plan(["bicubic_x2"], ["Tiny"], tiny)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(evaluation.evaluate(jobs, SRZOO))
