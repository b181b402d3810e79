"""How every app runs: flags, then `main`; what users get wrong is told in one line."""

import atexit
import contextlib
import gc
import inspect
import logging as standard_logging
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from absl import app, flags, logging

from srzoo_jax import determinism, memory, troubles

_DEBUG = flags.DEFINE_bool("debug", False, "Show the traceback of errors.")
_PROGRAMS = flags.DEFINE_string(
    "compilation_cache",
    None,
    "Folder of compiled programs; default: JAX_COMPILATION_CACHE_DIR or the user's cache folder;"
    " 'none': none is kept.",
)
_DETERMINISTIC = flags.DEFINE_bool(
    "deterministic", False, "The same bits in every run on GPUs, too, where that is slower."
)

_EXTRAS = {"onnx": "onnx", "onnxruntime": "onnx", "flatbuffers": "stablehlo", "ray": "ray"}
"""Packages that come with an extra -> the extra."""

FAILED = 1
"""Exit code: nothing could be done."""
INCOMPLETE = 3
"""Exit code: done, but for some images; records or messages say which."""


def run(main: Callable[..., int | None]) -> None:
    """Parses flags, runs `main` and exits with what it returns (None: 0).

    A `main` that has a parameter is given the arguments that are no flags. Of errors one line is
    printed; their traceback with --debug alone.
    """
    command = _is_command()

    def guarded(arguments):
        if command:
            memory.ask_for_large_pages()
            # Imports and traces make a million objects that stay: no garbage to look for so often.
            gc.set_threshold(20_000, 20, 100)
        warnings.formatwarning = lambda message, *_, **__: f"warning: {message}\n"
        logging.set_verbosity(logging.WARNING)  # JAX tells at INFO which backends it tried.
        if not _DEBUG.value:
            for name in ("absl", "asyncio"):  # Orbax tells of a failed write there, at length.
                standard_logging.getLogger(name).setLevel("CRITICAL")
        _keep_programs(_PROGRAMS.value)
        if _DETERMINISTIC.value:
            determinism.ask()
        given = [arguments[1:]] if inspect.signature(main).parameters else []
        if len(arguments) > 1 and not given:
            return _complain(f"unexpected argument {arguments[1]!r}; flags start with --")
        try:
            return main(*given)
        except Exception as error:
            if _DEBUG.value:
                raise
            if isinstance(error, ModuleNotFoundError) and error.name in _EXTRAS:
                extra = f"'srzoo_jax[{_EXTRAS[error.name]}]'"
                return _complain(f"this needs the package {error.name}: pip install {extra}")
            return _complain(troubles.told(error))
        except KeyboardInterrupt:
            return _complain("interrupted")

    leave = _leave_at_once() if command else sys.exit
    helps = {"--help", "-help", "-h", "--helpshort", "--helpfull"} & set(sys.argv[1:])
    try:
        app.run(guarded)
    except SystemExit as done:  # absl exits with 1 after showing help.
        leave(0 if helps else done.code)
    except BrokenPipeError:  # As by `--help | head`.
        leave(FAILED)


def each(tasks: Sequence[tuple[Path, Path]], step: Callable[[Path, Path], str]) -> int:
    """Runs `step` on pairs of a file to read and a file to write, and prints what it returns.

    A file that fails does not stop the others. Its error is raised if there are none, and if the
    disk is full.

    Returns:
        The exit code: 0, or `INCOMPLETE`.
    """
    import tqdm

    failures = 0
    for old, new in tqdm.tqdm(tasks, unit="image", disable=None):
        try:
            done = step(old, new)
        except troubles.OF_AN_IMAGE as error:
            if len(tasks) == 1 or troubles.is_of_full_disk(error):
                raise
            failures += 1
            tqdm.tqdm.write(f"{old}: error: {troubles.told(error)}", file=sys.stderr)
        else:
            tqdm.tqdm.write(f"{old} -> {new} ({done})")
    return INCOMPLETE if failures else 0


def _leave_at_once() -> Callable[[int | None], None]:
    """Returns what exits once all is done, but frees nothing: JAX takes a quarter of a second."""
    code = FAILED

    def end():  # Registered first and so called last, after every thread and other handlers.
        with contextlib.suppress(OSError):  # Nobody may read what is printed any more.
            logging.flush()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)

    atexit.register(end)

    def leave(given):
        nonlocal code
        code = given or 0
        sys.exit(code)

    return leave


def _is_command() -> bool:
    """Whether this process is `python -m experiments...` or `srzoo`, and no other program's."""
    names = (Path(word).name.split(".")[0] for word in sys.orig_argv[1:3])
    return any(name in ("experiments", "srzoo") for name in names)


def _keep_programs(folder: str | None) -> None:
    """Tells JAX, before it is imported, where compiled programs outlast the process."""
    variable = "JAX_COMPILATION_CACHE_DIR"
    folder = folder or os.environ.get(variable)
    if folder is None:
        import platformdirs

        folder = os.path.join(platformdirs.user_cache_dir("srzoo_jax"), "programs")
    if folder == "none":
        os.environ.pop(variable, None)
    else:
        os.environ[variable] = folder
        # Small ones, too: a data set's many sizes need hundreds.
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


def _complain(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return FAILED
