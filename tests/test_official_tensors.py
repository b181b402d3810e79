"""FRSR and NatSR: a port knows the official tensors by their checksums."""

import dataclasses

import numpy as np
import pytest

from srzoo_jax import port, zoo
from srzoo_jax.catalogue import CATALOGUE, Entry
from srzoo_jax.catalogue.frsr import SOURCE
from srzoo_jax.models import frsr
from srzoo_jax.porting.crc32c import crc32c
from tests.porting.tensorflow_writer import write_arrays


def small_row():
    """A row of one dense block pair, and a checkpoint that is official by definition."""
    row = Entry("frsr_small", frsr.FRSR(2, features=4, levels=1), SOURCE, "small.index")
    shapes, arrays = zoo.shapes(row), {}
    random = np.random.default_rng(0)
    for theirs, ours in frsr.names(row.model).items():
        path, index = (ours, ()) if isinstance(ours, str) else (ours.path, ours.index)
        for leaf in ("kernel", "bias"):
            shape = shapes[f"{path}/{leaf}"][len(index) :]
            arrays[f"{theirs}/{leaf}"] = random.standard_normal(shape, np.float32)
    crcs = {name: f"{crc32c(array):08x}" for name, array in arrays.items()}
    return dataclasses.replace(row, crc32c=crcs), arrays


def test_official_tensors_are_verified_one_by_one(tmp_path):
    row, arrays = small_row()
    path = write_arrays(tmp_path, arrays)
    params, provenance = port.port(row, path)
    assert provenance["file_verified"] == f"crc32c, all {len(arrays)} tensors"
    np.testing.assert_array_equal(
        params["fractal"]["halves"]["conv1"]["kernel"][1], arrays["GEN/Block1/conv1/conv2d/kernel"]
    )


def test_one_altered_tensor_is_refused_unless_unofficial(tmp_path):
    row, arrays = small_row()
    arrays["GEN/conv1/conv2d/bias"][0] += 1e-6
    path = write_arrays(tmp_path, arrays)
    with pytest.raises(ValueError, match="GEN/conv1/conv2d/bias"):
        port.port(row, path)
    _, provenance = port.port(row, path, unofficial=True)
    assert provenance["file_verified"].startswith(f"no: 1 of {len(arrays)} tensors")


@pytest.mark.parametrize("name", ["frsr_x2", "frsr_x3", "frsr_x4", "natsr_x4"])
def test_the_known_checksums_are_of_all_tensors_that_a_port_needs(name):
    row = CATALOGUE[name]
    suffixes = ("kernel", "bias")
    assert row.crc32c.keys() == {
        f"{layer}/{suffix}" for layer in frsr.names(row.model) for suffix in suffixes
    }
