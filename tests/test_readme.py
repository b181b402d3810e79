"""The README's code runs, and its commands are those of the apps."""

import re
import sys
import types
from pathlib import Path

import jax
import numpy as np

from srzoo_jax import catalogue, listing, params, port, zoo
from tests.porting import torch_writer

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
WORKSPACE = (ROOT / "WORKSPACE.md").read_text()


def test_python_runs():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["sr"].shape == (1, 192, 256, 3)
    assert names["gradient"].shape == names["lr"].shape
    assert names["best"](names["params"], names["lr"]).max() <= 1


def test_named_apps_exist():
    apps = set(re.findall(r"experiments\.(\w+)", README))
    assert apps and all((ROOT / "experiments" / f"{app}.py").is_file() for app in apps)


def test_the_map_names_every_file_and_no_other():
    tree = WORKSPACE.split("```")[1]
    named = set(re.findall(r"^ +(\w+\.py|\w+/) ", tree, re.MULTILINE))
    package = ROOT / "srzoo_jax"
    top = {path.name for path in package.glob("*.py")}
    inner = {path.name for folder in ("porting",) for path in (package / folder).glob("*.py")}
    assert (top | inner) - {"__init__.py"} <= named
    assert {name for name in named if name.endswith(".py")} <= {
        path.name for path in package.rglob("*.py")
    }


def test_the_table_of_models_is_that_of_the_catalogue():
    parity = listing.parity_of(README)
    assert listing.insert(README, listing.table(parity)) == README, (
        "python -m experiments.catalogue --document=README.md --golden_dir=tests/golden"
    )
    proven = [name for name in catalogue.CATALOGUE if (ROOT / "tests/golden" / name).is_dir()]
    assert all(float(parity[name]) < 1e-4 for name in proven)


def test_the_worked_example_ports_and_runs(tmp_path, params_dir, monkeypatch):
    for code in re.findall(r"```python\n(.*?)```", WORKSPACE, re.DOTALL):
        path = re.match(r"# (\S+)\.py", code)[1]
        module = types.ModuleType(path.replace("/", "."))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(code, path, "exec"), module.__dict__)
    row = module.ENTRIES[1]
    monkeypatch.setitem(catalogue.CATALOGUE, row.name, row)
    rng = np.random.default_rng(0)
    shapes = {
        "first_part.0.weight": (64, 3, 5, 5),
        "first_part.2.weight": (32, 64, 3, 3),
        "last_part.0.weight": (27, 32, 3, 3),
    }
    shapes |= {name.replace("weight", "bias"): shape[:1] for name, shape in shapes.items()}
    arrays = {name: rng.random(shape, np.float32) for name, shape in shapes.items()}
    state = {name: torch_writer.tensor(name, array) for name, array in arrays.items()}
    (tmp_path / row.file).write_bytes(torch_writer.legacy(state, arrays))
    tree, provenance = port.port(row, tmp_path / row.file)
    params.save(params_dir / f"{row.name}.safetensors", tree, provenance)
    restore, tree = zoo.load("espcn_x3+")
    out = restore(tree, jax.random.uniform(jax.random.key(0), (1, 7, 8, 3)))
    assert out.shape == (1, 21, 24, 3)
