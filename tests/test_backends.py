import numpy as np
import pytest

from srzoo_jax import backends, evaluation, protocols
from srzoo_jax.data import Pair
from srzoo_jax.files import write_image
from tests.export import restorers

ATOL_DB = 1e-3
"""What a backend may differ by in PSNR, as the literature's tables cannot show it."""


@pytest.fixture
def jobs(tmp_path):
    image = restorers.image((1, 48, 60, 3))[0]
    write_image(tmp_path / "waves.png", (255 * image).astype(np.uint8))
    pair = Pair("waves", tmp_path / "waves.png", None, "matlab_bicubic")
    return [evaluation.Job(name, "own", pair) for name in ("bicubic_x2", "srzoo_ecbsr_x2+")]


@pytest.mark.parametrize(
    ("backend", "package"), [("stablehlo", "flatbuffers"), ("onnxruntime", "onnxruntime")]
)
def test_backends_score_alike(backend, package, jobs):
    pytest.importorskip(package, reason=f"needs the package {package}")
    protocol = protocols.named("srzoo")
    own = [record for record, _ in evaluation.evaluate(jobs, protocol, backend="jax")]
    others = [record for record, _ in evaluation.evaluate(jobs, protocol, own, backend=backend)]
    for one, other in zip(own, others, strict=True):
        assert (one["backend"], other["backend"]) == ("jax", backend)
        assert other["status"] == "ok" and other["cpu_seconds"] > 0
        assert abs(one["psnr"] - other["psnr"]) < ATOL_DB


def test_unknown_backends_and_missing_packages_are_named(monkeypatch):
    with pytest.raises(ValueError, match="no backend is called 'tvm'; known: jax, stablehlo"):
        backends.executors("bicubic_x2", "tvm", ())

    def absent(*_):
        raise ImportError("No module named 'onnxruntime'")

    monkeypatch.setitem(backends.BACKENDS, "onnxruntime", absent)
    with pytest.raises(OSError, match=r"pip install 'srzoo_jax\[onnx\]'"):
        backends.executors("bicubic_x2", "onnxruntime", ())
