"""Whole trainings: they learn, and go on after a kill as if nothing had happened."""

import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import chex
import jax
import numpy as np
import pytest

from srzoo_jax import files, params, zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.models.ecbsr import ECBSR
from srzoo_jax.protocols import PROTOCOLS
from srzoo_jax.resize import imresize
from srzoo_jax.training import checkpoints, crops, loop, recipes, steps
from srzoo_jax.training.recipes import Recipe
from tests.test_evaluation import ROOT, run_app

pytest.importorskip("orbax.checkpoint", reason="needs orbax (extra train)")

TINY = ECBSR(2, features=8, blocks=2)
SHORT = Recipe(*("test", 300), batch=4, patch=8, learning_rate=3e-3, schedule="cosine", ema=0.9)


def stripes(number, scale=2, side=24):
    """LR and HR of random stripes, which a small network can learn at once."""
    rng = np.random.default_rng(number)
    axis = np.arange(scale * side)
    for _ in range(number):
        x, y, phase = rng.uniform(0.05, 0.6, 3)
        wave = np.sin(x * axis[:, None] + y * axis + 6 * phase)
        hr = np.uint8(127 + 120 * wave[..., None] * rng.uniform(0.3, 1, 3))
        yield imresize(hr, 1 / scale), hr


def run(state, recipe=SHORT, every=50):
    batches = crops.Crops(list(stripes(6)), patch=recipe.patch, batch=recipe.batch, seed=7)
    validate = loop.validation(TINY, list(stripes(2)), PROTOCOLS["srzoo"])
    return loop.train(TINY, recipe, state, batches, validate, every=every)


def begin():
    return steps.start(TINY, SHORT, seed=1, given={})


def test_a_training_cut_short_and_resumed_equals_an_unbroken_one(tmp_path):
    *_, (whole, report) = run(begin())
    assert report.step == whole.step == SHORT.steps
    state, broken_at = begin(), iter((130, 175, None))
    for until in broken_at:
        with checkpoints.opened(tmp_path) as kept:
            for state, report in run(kept.newest(begin()) or begin()):
                if report:
                    kept.save(state)
                if state.step == until:
                    break  # What was done since the last checkpoint is lost.
    chex.assert_trees_all_equal(state, whole)


@pytest.mark.parametrize("when", ["before the state is saved", "after"])
def test_a_kill_while_recording_loses_no_line(tmp_path, when):
    class Killed(BaseException):
        pass

    def once(killed_at=None):
        with checkpoints.opened(tmp_path / "checkpoints") as kept:

            def save(state):
                if state.step == killed_at and when != "after":
                    raise Killed
                kept.save(state)
                if state.step == killed_at:
                    raise Killed

            start = kept.newest(begin()) or begin()
            log = loop.Log(tmp_path / "log.csv", int(start.step))
            for state, report in run(start):
                if report:
                    loop.record(state, report, log, save)

    every_line = list(range(50, SHORT.steps + 1, 50))
    with pytest.raises(Killed):
        once(killed_at=every_line[1])
    with open(tmp_path / "log.csv", "a") as file:
        file.write("1")  # Of a line that was not written to its end.
    once()
    with open(tmp_path / "log.csv", newline="") as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == every_line


def test_it_learns():
    *_, (state, report) = run(begin())
    validate = loop.validation(TINY, list(stripes(2)), PROTOCOLS["srzoo"])
    assert report.psnr == validate(state.average)
    assert report.psnr > validate(begin().params) + 3


def test_a_killed_app_goes_on(tmp_path):
    for i, (_, hr) in enumerate(stripes(4)):
        files.write_image(tmp_path / "hr" / f"{i}.png", hr)
    (tmp_path / "hr" / "broken.png").write_bytes(b"no image")
    flags = [
        *("--model=srzoo_ecbsr_x2", f"--train_dirs={tmp_path}/hr", f"--out={tmp_path}/out"),
        *("--steps=60", "--batch=1", "--patch=8", "--every=20", "--name=mine", "--held_out=1"),
    ]
    command = [sys.executable, "-m", "experiments.train", *flags]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        while not (tmp_path / "out" / "checkpoints" / "20").is_dir():
            assert process.poll() is None
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    assert not (tmp_path / "out" / "mine.safetensors").exists()
    again = run_app("train", *flags)
    assert again.returncode == 0, again.stderr
    assert "broken.png cannot be read" in again.stdout
    with open(tmp_path / "out" / "log.csv") as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == [20, 40, 60]

    row = CATALOGUE["srzoo_ecbsr_x2"]
    recipe = dataclasses.replace(recipes.of(row.model), steps=60, batch=1, patch=8)
    scenes, _ = crops.read(crops.find([tmp_path / "hr"]), 2, "matlab_bicubic")
    batches = crops.Crops(crops.split(scenes, 1)[0], patch=8, batch=1, seed=0)
    state = steps.start(row.model, recipe, seed=0, given={})
    *_, (whole, _) = loop.train(row.model, recipe, state, batches, lambda params: 0.0, every=60)
    found, header = params.load(tmp_path / "out" / "mine.safetensors")
    chex.assert_trees_all_equal(found, jax.device_get(whole.average))
    assert json.loads(header["recipe"])["steps"] == 60 and header["figures"].endswith(" dB")
    restore, tree = zoo.load("mine", tmp_path / "out")
    assert restore(tree, np.ones((1, 5, 6, 3), np.float32)).shape == (1, 10, 12, 3)


def test_another_training_is_not_taken_for_the_same(tmp_path):
    path = tmp_path / "settings.json"
    checkpoints.keep_settings(path, SHORT, {"seed": 1})
    checkpoints.keep_settings(path, dataclasses.replace(SHORT, steps=400), {"seed": 1})
    with pytest.raises(ValueError, match="another training, whose seed is 1, not 2"):
        checkpoints.keep_settings(path, SHORT, {"seed": 2})


def test_more_steps_prolong_a_training_whose_decay_has_not_begun():
    stable = dataclasses.replace(SHORT, schedule="stable", steps=60, period=20)
    longer = dataclasses.replace(stable, steps=80)
    at_40 = [
        next(state for state, _ in run(begin(), r) if state.step == 40) for r in (stable, longer)
    ]
    chex.assert_trees_all_equal(*at_40)
    *_, (last, report) = run(at_40[0], longer)
    assert last.step == 80 and 0 < report.learning_rate < stable.learning_rate / 10


def test_a_loss_that_is_not_finite_ends_it():
    state = begin()
    bad = state._replace(params=jax.tree.map(lambda leaf: leaf * np.nan, state.params))
    with pytest.raises(ValueError, match="loss at step 50 is nan"):
        list(run(bad))
