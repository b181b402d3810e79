import subprocess
import sys

from experiments import perturb as app
from srzoo_jax import studies
from srzoo_jax.studies import named


def perturb(*flags):
    return subprocess.run(
        [sys.executable, "-m", "experiments.perturb", *flags],
        capture_output=True,
        text=True,
        check=False,
    )


def test_app_writes_and_resumes(tmp_path):
    how = ("--models=bicubic_x4", "--alphas=8", "--steps=2", "--crop=8", f"--out={tmp_path}")
    first = perturb(*how)
    assert first.returncode == 0, first.stderr
    assert "bicubic_x4" in first.stdout and "earlier run" not in first.stdout
    assert (tmp_path / "report.html").is_file()
    again = perturb(*how)
    assert again.returncode == 0 and "5 of 5 records are of an earlier run" in again.stdout


def test_app_says_what_is_wrong_in_one_line(tmp_path):
    for flags, part in (
        (("--alphas=8,x",), "'x'"),
        (("--models=bicubic_x5",), "bicubic_x5"),
        (("--models=bicubic_x4", "--datasets=Set5"), "--data_dir"),
    ):
        found = perturb(*flags, f"--out={tmp_path}")
        assert found.returncode == 1 and part in found.stderr
        assert found.stderr.count("\n") == 1


def test_flags_name_what_there_is():
    # The app does not import JAX before its flags are read.
    assert set(app._STUDIES) == set(studies.STUDIES)
    assert set(app._ATTACKS) == set(named.ATTACKS)
