"""Every model against its authors' own code."""

from pathlib import Path

import pytest

from srzoo_jax import golden, port
from srzoo_jax.catalogue import CATALOGUE

FOLDERS = Path(__file__).parent / "golden"
ROWS = [row for row in CATALOGUE.values() if (FOLDERS / row.name / "golden.npz").is_file()]
REAL = [row for row in ROWS if (FOLDERS / row.name / "golden_real.npz").is_file()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_output_equals_the_authors(row):
    parity = golden.check(row, FOLDERS / row.name)
    # The authors' own float32 is 2e-6 to 3e-5 off their float64; ours may be a few times that.
    assert parity.relative < 5e-5


@pytest.mark.parametrize("row", REAL, ids=lambda row: row.name)
def test_released_weights_give_the_authors_output(row, checkpoints):
    path = checkpoints / row.file
    if not path.is_file():
        pytest.skip(f"needs checkpoints/{row.file}")
    params, _ = port.port(row, path)
    parity = golden.compare(row, params, FOLDERS / row.name / "golden_real.npz")
    assert parity.of_range < 1e-5  # float32 rounding; 1e-4 would be visible at no bit depth.


def test_every_golden_folder_has_a_row():
    assert {path.name for path in FOLDERS.iterdir() if (path / "golden.npz").is_file()} == {
        row.name for row in ROWS
    }
