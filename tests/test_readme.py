"""The README's code runs, and its commands are those of the apps."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


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
    tree = (ROOT / "WORKSPACE.md").read_text().split("```")[1]
    named = set(re.findall(r"^ +(\w+\.py|\w+/) ", tree, re.MULTILINE))
    package = ROOT / "srzoo_jax"
    top = {path.name for path in package.glob("*.py")}
    inner = {path.name for folder in ("porting",) for path in (package / folder).glob("*.py")}
    assert (top | inner) - {"__init__.py"} <= named
    assert {name for name in named if name.endswith(".py")} <= {
        path.name for path in package.rglob("*.py")
    }
