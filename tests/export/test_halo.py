"""What a file says of its halo is true of the file."""

import json

import numpy as np
import pytest

from srzoo_jax import export, params, tiler
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.export import metadata, stablehlo
from srzoo_jax.influence import STORE, influence
from tests.export import restorers

ROW = CATALOGUE["carn_m_x4"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Parameters under which far pixels matter, too."""
    folder = tmp_path_factory.mktemp("params")
    about = {"hyper_parameters": ROW.hyper_parameters, "source": "random", "licence": "none"}
    random = restorers.random_params(ROW.model, gain=1)
    params.save(folder / f"{ROW.name}.safetensors", random, about)
    return folder


def test_every_row_has_the_halo_of_its_influence():
    for name, found in json.loads(STORE.read_text()).items():  # The others take minutes.
        said = metadata.reach(CATALOGUE[name])
        if found:
            assert [int(said["halo"]), int(said["alignment"])] == found, name
        else:
            assert said == {"halo": "global"}, name


def test_tiles_with_the_halo_of_a_file_are_the_whole(folder):
    onnx = pytest.importorskip("onnx", reason="needs the package onnx")
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs the package onnxruntime")
    content = export.onnx_model(ROW.name, folder)
    said = {prop.key: prop.value for prop in onnx.load_from_string(content).metadata_props}
    halo, alignment = int(said["halo"]), int(said["alignment"])
    assert (halo, alignment) == influence(ROW)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

    def run(image):
        (sr,) = session.run(None, {"lr": image.transpose(2, 0, 1)[None]})
        return sr[0].transpose(1, 2, 0)

    image = restorers.image((1, 70, 64, 3))[0]
    whole = run(image)

    def off(halo):
        tiled = tiler.restore(run, image, 2 * halo + 14, radius=halo, alignment=alignment)
        return np.abs(tiled - whole).max() / whole.std()

    assert off(halo) < 1e-5  # Rounding alone: of other strides come other orders of summation.
    assert off(halo // 4) > 1e-4


def test_stablehlo_says_the_same(folder, tmp_path):
    (tmp_path / "model.zip").write_bytes(export.exported(ROW.name, "stablehlo", folder))
    assert stablehlo.metadata(tmp_path / "model.zip") == metadata.describe(ROW.name, folder)
