import jax
import numpy as np
import pytest

from srzoo_jax import zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.export.metadata import limits
from srzoo_jax.export.program import of_any_size
from tests.export import restorers

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
onnxruntime = pytest.importorskip("onnxruntime", reason="needs the package onnxruntime")


def run(model, image):
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (out,) = session.run(None, {"lr": image.transpose(0, 3, 1, 2)})
    return out.transpose(0, 2, 3, 1)


@pytest.mark.parametrize("name", restorers.SMALLER)
def test_onnx_equals_jax_for_sizes_not_known_at_export(name):
    from srzoo_jax.export import onnx as writer

    row = restorers.small(CATALOGUE[name])
    params = restorers.random_params(row.model, row.channels)
    model = writer.model(of_any_size(zoo.restorer(row), params, **limits(row)), {"model": name})
    for shape in ((1, 20, 28, row.channels), (2, 24, 16, row.channels)):
        image = restorers.image(shape)
        expected = np.asarray(jax.jit(zoo.restorer(row))(params, image))
        # Other orders of summation round otherwise, in float32 by some 1e-7 of the values.
        np.testing.assert_allclose(run(model, image), expected, rtol=0, atol=5e-6)
