"""Where the data lies that the project may not carry; tests that need it skip without.

What is equal to the last bit is so on CPUs: tests run there, unless JAX_PLATFORMS says otherwise.
"""

import os
from pathlib import Path

import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
SHARED = Path(os.environ.get("SRZOO_SHARED", Path(__file__).parents[2] / "shared"))


def _folder(name):
    path = SHARED / name
    if not path.is_dir():
        pytest.skip(f"needs {name}/ in the folder that SRZOO_SHARED names")
    return path


@pytest.fixture(scope="session")
def checkpoints():
    """The folder of official checkpoint files."""
    return _folder("checkpoints")


@pytest.fixture(scope="session")
def datasets():
    """The folder of benchmark sets, with expected.json."""
    return _folder("datasets")


@pytest.fixture(scope="session")
def pristine_file():
    """NIQE's pristine model."""
    return _folder("metrics") / "niqe_pris_params.npz"


@pytest.fixture
def params_dir(tmp_path, monkeypatch):
    """An empty folder where parameters are looked for first."""
    folder = tmp_path / "params"
    folder.mkdir()
    monkeypatch.setenv("SRZOO_PARAMS", str(folder))
    return folder
