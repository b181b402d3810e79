"""How every app runs: flags, then `main`; what users get wrong is told in one line."""

import sys
import warnings
from collections.abc import Callable

from absl import app, flags, logging

_DEBUG = flags.DEFINE_bool("debug", False, "Show the traceback of errors.")

FAILED = 1
"""Exit code: nothing could be done."""
INCOMPLETE = 3
"""Exit code: done, but for some images; records or messages say which."""


def run(main: Callable[[], int | None]) -> None:
    """Parses flags, runs `main` and exits with what it returns (None: 0).

    Errors that name their own remedy (ValueError, OSError) are printed without traceback.
    """

    def guarded(arguments):
        warnings.formatwarning = lambda message, *_, **__: f"warning: {message}\n"
        logging.set_verbosity(logging.WARNING)  # JAX tells at INFO which backends it tried.
        if len(arguments) > 1:
            return _complain(f"unexpected argument {arguments[1]!r}; flags start with --")
        try:
            return main()
        except (ValueError, OSError) as error:
            if _DEBUG.value:
                raise
            return _complain(str(error))
        except KeyboardInterrupt:
            return _complain("interrupted")

    if {"--help", "-help", "-h", "--helpshort", "--helpfull"} & set(sys.argv[1:]):
        try:
            app.run(guarded)
        except SystemExit:  # absl exits with 1 after showing help.
            sys.exit(0)
    app.run(guarded)


def _complain(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return FAILED
