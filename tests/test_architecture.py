"""Who may import whom: the tree is a picture of the architecture."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "srzoo_jax"
# Part -> the parts of ours it may import. Parts not named here may import anything of ours.
MAY_IMPORT = {
    "types": set(),
    "image": set(),
    "resize": set(),
    "files": set(),
    "html": {"html"},
    "tasks": {"files"},
    "download": set(),
    "photograph": {"files"},
    "upscaling": {"photograph", "resize"},
    "records": {"files"},
    "porting": {"porting"},
    "params": {"files"},
    "models": {"models", "porting", "image", "resize", "types"},
    "metrics": {"metrics", "image", "resize", "download"},
    "restorers": {"types", "image", "models", "tiles"},
    "perturb": {"perturb", "types", "image", "resize"},
    "protocols": {"protocols", "types", "compiling", "image", "metrics", "resize"},
    "downscale": {"image", "resize"},
    "data": {"data", "files", "image", "pipeline", "downscale"},
    "timing": set(),
    "progress": set(),
    "reported": {"catalogue", "protocols"},
    "scenes": {"files", "image", "resize", "protocols"},
    "determinism": set(),
    "troubles": set(),
    "report": {
        *("report", "determinism", "files", "html", "protocols", "reported", "scenes", "timing"),
    },
    "sizes": set(),
    "pipeline": set(),
    "memory": set(),
    "compiling": set(),
    "programs": {"arithmetic", "compiling", "models", "sizes", "timing", "types"},
    "arithmetic": {"models", "timing"},
    "execution": {
        *("image", "memory", "models", "programs", "sizes", "timing", "troubles", "types"),
    },
    "browser": {"browser", "catalogue", "data", "export", "files", "influence", "listing", "zoo"},
    "catalogue": {"catalogue", "models", "porting"},
    "export": {
        *("export", "catalogue", "influence", "loops", "models", "params", "types", "zoo"),
    },
    "training": {
        *("training", "catalogue", "compiling", "data", "files", "image", "models", "protocols"),
        *("troubles", "types"),
    },
    "loops": set(),
    "dependence": {"loops", "models"},
    "influence": {"dependence", "files", "catalogue"},
    "tiles": set(),
    "devices": {"image", "models", "troubles", "types"},
    "cluster": {"determinism", "evaluation"},
    "tiler": {"compiling", "tiles", "influence", "memory", "models", "types", "troubles"},
    "zoo": {"catalogue", "params", "restorers", "types"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imported_parts(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            top, *rest = node.module.split(".")
            if top == "srzoo_jax":
                yield from [rest[0]] if rest else [alias.name for alias in node.names]
            elif top == "experiments":
                yield top
        elif isinstance(node, ast.Import):
            yield from [alias.name for alias in node.names if alias.name == "experiments"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_keep_to_the_picture(path):
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    found = set(imported_parts(path))
    assert "experiments" not in found
    assert found <= MAY_IMPORT.get(part, found), path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_small(path):
    assert len(path.read_text().splitlines()) <= 300, "past 300 lines two ideas share one file"
