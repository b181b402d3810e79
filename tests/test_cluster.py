import os
import signal
from pathlib import Path

import numpy as np
import pytest

from srzoo_jax import cluster, evaluation, files, protocols

pytest.importorskip("ray", reason="needs the extra `ray`")


def dying_once(jobs, protocol, grave):
    """Evaluates, but the first process that sees the third image is killed by then."""
    for job in jobs:
        if job.pair.name == "image2" and not Path(grave).exists():
            Path(grave).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        for record, new in evaluation.evaluate([job], protocol):
            yield {k: v for k, v in record.items() if "seconds" not in k}, new


@pytest.mark.filterwarnings("ignore")
def test_a_killed_worker_loses_nothing_and_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    stream = np.random.default_rng(0)
    for i in range(6):
        image = stream.integers(0, 256, (24, 24, 3), np.uint8)
        files.write_image(tmp_path / "Tiny" / "HR" / f"image{i}.png", image)
    jobs = evaluation.plan(["bicubic_x2", "bicubic_x4"], ["Tiny"], tmp_path, "matlab_bicubic")
    protocol, grave = protocols.PROTOCOLS["srzoo"], tmp_path / "grave"
    grave.touch()
    expected = list(dying_once(jobs, protocol, str(grave)))
    grave.unlink()
    found = list(cluster.evaluate(jobs, protocol, str(grave), workers=2, part=2, step=dying_once))
    assert grave.exists()
    assert found == expected
    assert [record["image"] for record, _ in found] == [job.pair.name for job in jobs]
    assert all(record["status"] == "ok" for record, _ in found)
