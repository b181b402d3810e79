import numpy as np
import pytest

from srzoo_jax import export
from tests.export import restorers

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
onnxruntime = pytest.importorskip("onnxruntime", reason="needs the package onnxruntime")

from srzoo_jax.export.onnx import weights  # noqa: E402

MODEL = "srzoo_ecbsr_x2"


def test_int8_values_are_within_half_a_scale():
    rng = np.random.default_rng(0)
    array = rng.standard_normal((5, 4, 3, 3)).astype(np.float32) * np.arange(5)[:, None, None, None]
    values, scales = weights.quantised(array)
    assert values.dtype == np.int8 and (np.abs(values.astype(int)) <= 127).all()
    assert (np.abs(values * scales - array) <= scales * 0.5001).all()
    assert not values[0].any()


@pytest.mark.parametrize(
    ("kind", "share", "tolerance"), [("float16", 0.6, 1e-3), ("int8", 0.4, 0.05)]
)
def test_smaller_files_give_nearly_the_same(kind, share, tolerance):
    image = restorers.image((1, 24, 30, 3)).transpose(0, 3, 1, 2)
    files = {name: export.onnx_model(MODEL, weights=name) for name in ("float32", kind)}
    assert len(files[kind]) < share * len(files["float32"])
    outs = []
    for content in files.values():
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        outs += session.run(None, {"lr": image})
    np.testing.assert_allclose(*outs, rtol=0, atol=tolerance)
    assert not np.array_equal(*outs)


def test_options_of_other_formats_and_unknown_kinds_are_refused():
    with pytest.raises(ValueError, match="stored as float32, float16, int8; got 'int4'"):
        export.onnx_model("bicubic_x2", weights="int4")
    with pytest.raises(ValueError, match="onnx files have no size"):
        export.onnx_model("bicubic_x2", size=(8, 8))
