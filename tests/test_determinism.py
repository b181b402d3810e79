import jax
import pytest

from srzoo_jax import determinism
from srzoo_jax.evaluation.record import identity
from srzoo_jax.report.environment import environment


@pytest.mark.parametrize("given", ["", "--xla_dump_to=dumps"])
def test_it_is_asked_for_once_beside_what_is_told_already(monkeypatch, given):
    monkeypatch.setenv("XLA_FLAGS", given)
    assert not determinism.asked() and determinism.note() == determinism.variables() == {}
    for _ in range(2):
        determinism.ask()
    told = determinism.variables()["XLA_FLAGS"].split()
    assert told == [*given.split(), "--xla_gpu_deterministic_ops=true"]
    assert determinism.note() == {"deterministic": True}


def test_what_was_not_asked_to_be_deterministic_is_computed_anew(monkeypatch):
    before = identity({"model": "edsr_x4", **determinism.note()})
    monkeypatch.setenv("XLA_FLAGS", "--xla_gpu_deterministic_ops=true")
    assert identity({"model": "edsr_x4", **determinism.note()}) != before


def test_reports_tell(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "")
    always = jax.default_backend() == "cpu"
    assert environment()["deterministic"] == ("yes" if always else "not asked for")
    determinism.ask()
    assert environment()["deterministic"] == "yes"
