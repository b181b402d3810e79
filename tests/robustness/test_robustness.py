"""In small what `python -m tests.robustness` does at length."""

import subprocess
import sys

import pytest

from tests.robustness import apps, determinism, faults, fuzz, images, kills

FILES = 1200
"""Some 2 s of processor time."""


def test_mutated_checkpoints_are_read_or_refused():
    counts = fuzz.run(FILES)
    outcomes = {outcome for found in counts.values() for outcome in found}
    assert outcomes == {"read", "refused"}, counts
    assert sum(sum(found.values()) for found in counts.values()) == FILES
    assert len(counts) == 6


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("hang", "guard.Hang"),
        ("memory", "MemoryError"),
        ("write", "open /dev/null"),
        ("run", "os.system"),
    ],
)
def test_the_guard_sees_what_readers_must_not_do(name, error):
    command = [sys.executable, "-m", "tests.robustness.misbehaving", name]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode and error in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("full disk, third of four images", "BAD/3.png: the disk is full"),
        ("no permission to write", "BAD/1.png: no permission"),
        ("no network, official file", "no connection to cv.snu.ac.kr (ProxyError). Get edsr"),
    ],
)
def test_faults_of_the_machine_are_told_in_a_line(name, message, tmp_path):
    if not faults.possible(name):
        pytest.skip("needs the right to mount")
    faults.prepare(tmp_path)
    assert message in faults.told(name, tmp_path)


@pytest.mark.parametrize("name", images.KINDS)
def test_photographs_of_every_kind(name, tmp_path):
    expected, *_ = images.KINDS[name]
    outcome = images.outcome(name, tmp_path)
    assert outcome.startswith(expected)
    assert ("alpha" in outcome) == ("alpha" in expected)


@pytest.mark.parametrize("name", images.BOMBS)
def test_bombs_are_refused_in_little_memory(name, tmp_path):
    reason, _, megabytes = images.defused(name, tmp_path)
    assert "megapixels" in reason or "cannot be read" in reason
    assert megabytes < 60


@pytest.mark.parametrize("name", ["upscale", "port"])
def test_a_killed_app_goes_on(name, tmp_path):
    kills.survived(apps.prepared(name, tmp_path), tmp_path, 1)


def test_runs_are_equal_byte_for_byte(tmp_path):
    assert determinism.files("upscale", tmp_path, 2) == 8
