import subprocess
import sys

import jax
import numpy as np
import pytest

from srzoo_jax import export, zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.export import stablehlo
from srzoo_jax.export.metadata import limits
from srzoo_jax.export.program import of_any_size
from tests.export import restorers

pytest.importorskip("flatbuffers", reason="needs the package flatbuffers")

NAMES = ("edsr_baseline_x4", "rcan_x2", "dbpn_x2", "rrdb_x4", "carn_m_x4", "swinir_lightweight_x4")

IN_A_FRESH_PROCESS = """
import sys
import numpy as np

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "flax" or name.startswith(("srzoo_jax.models", "srzoo_jax.zoo")):
            raise ImportError(f"{name} is not to be needed")

sys.meta_path.insert(0, Absent())
from srzoo_jax import export

restore, params = export.load(sys.argv[1])
np.save(sys.argv[3], restore(params, np.load(sys.argv[2])))
"""


def archived(name):
    row = restorers.small(CATALOGUE[name])
    params = restorers.random_params(row.model, row.channels)
    program = of_any_size(zoo.restorer(row), params, **limits(row))
    known = {key: str(value) for key, value in limits(row).items() if value is not None}
    return row, params, stablehlo.archive(program, {"model": name, **known})


@pytest.mark.parametrize("name", NAMES)
def test_stablehlo_equals_jax_for_sizes_not_known_at_export(name, tmp_path):
    row, params, content = archived(name)
    (tmp_path / "model").write_bytes(content)
    restore, loaded = export.load(tmp_path / "model")
    assert jax.tree.all(jax.tree.map(np.array_equal, loaded, params))
    for shape in ((1, 20, 27, 3), (2, 24, 17, 3)):
        image = restorers.image(shape)
        expected = np.asarray(jax.jit(zoo.restorer(row))(params, image))
        # Where sizes are known, models take shortcuts that round otherwise.
        np.testing.assert_allclose(jax.jit(restore)(loaded, image), expected, rtol=0, atol=1e-5)


def test_a_fresh_process_needs_no_code_of_the_models(tmp_path):
    row, params, content = archived("rcan_x2")
    (tmp_path / "model").write_bytes(content)
    image = restorers.image((1, 9, 12, 3))
    np.save(tmp_path / "image.npy", image)
    files = [tmp_path / name for name in ("model", "image.npy", "out.npy")]
    subprocess.run([sys.executable, "-c", IN_A_FRESH_PROCESS, *files], check=True)
    expected = zoo.restorer(row)(params, image)
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), expected, rtol=0, atol=1e-5)


def test_the_file_says_what_it_is_and_on_what_it_runs(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(export.exported("bicubic_x3+", "stablehlo"))
    known = stablehlo.metadata(path)
    assert (known["model"], known["scale"], known["channels"]) == ("bicubic_x3+", "3", "3")
    restore, params = export.load(path)
    image = restorers.image((1, 8, 9, 3))
    expected, _ = zoo.load("bicubic_x3+")
    np.testing.assert_allclose(restore(params, image), expected(params, image), atol=1e-6)
    (tmp_path / "other").write_bytes(b"other")
    with pytest.raises(ValueError, match="other is no StableHLO file of srzoo_jax"):
        export.load(tmp_path / "other")
    with pytest.raises(ValueError, match="no format is called 'tar'; known: stablehlo, onnx"):
        export.exported("bicubic_x3", "tar")


def test_the_program_is_lowered_for_every_platform():
    row = CATALOGUE["bicubic_x2"]
    program = of_any_size(zoo.restorer(row), {}, **limits(row))
    exported = stablehlo.exported(program)
    assert exported.platforms == ("cpu", "cuda", "tpu")
