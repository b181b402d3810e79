"""The command `srzoo`: fronts the apps. `srzoo upscale photo.jpg` runs experiments.upscale."""

import ast
import difflib
import runpy
import sys
from pathlib import Path

_FOLDER = Path(__file__).parent


def _apps() -> dict[str, str]:
    """Name -> first line of the documentation; imports nothing."""
    trees = {path.stem: ast.parse(path.read_text()) for path in sorted(_FOLDER.glob("*.py"))}
    return {
        name: (ast.get_docstring(tree) or "").partition("\n")[0]
        for name, tree in trees.items()
        if not name.startswith("_") and name != "app"
    }


def main() -> None:
    """Runs the app that the first argument names, with the others."""
    name, *arguments = sys.argv[1:] or ["--help"]
    apps = _apps()
    if name in apps:
        sys.argv = [f"srzoo {name}", *arguments]
        runpy.run_module(f"experiments.{name}", run_name="__main__", alter_sys=True)
        return
    lines = [f"  {app:12} {line}" for app, line in apps.items()]
    page = "\n".join(["usage: srzoo APP [FLAGS]; srzoo APP --help tells more", *lines])
    if name in ("--help", "-h", "help"):
        print(page)
        return
    near = difflib.get_close_matches(name, apps, 1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(apps)}"
    sys.exit(f"error: there is no app {name!r}; {hint}")


if __name__ == "__main__":
    main()
