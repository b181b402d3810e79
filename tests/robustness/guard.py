"""What a reader of hostile files must not do: touch anything, take long, take memory."""

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

SECONDS = 2
"""Of processor time, for one file."""
MEMORY = 64 << 20
"""Bytes besides twice the file."""

_FORBIDDEN = (
    *("os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen", "socket.connect"),
    *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.link", "os.symlink"),
    *("exec", "compile", "pickle.find_class", "marshal.loads", "ctypes.dlopen", "import"),
)
_violations: list[str] = []
_watching = False


class Hang(BaseException):
    """The time is over; no reader can catch this by mistake."""


def _watch(event: str, args: tuple) -> None:
    if not _watching:
        return
    writes = event == "open" and (
        set(str(args[1] or "")) & set("wax+") or (args[2] or 0) & (os.O_WRONLY | os.O_RDWR)
    )
    if writes or event in _FORBIDDEN:
        _violations.append(f"{event} {str(args[0])[:80] if args else ''}")


def _over(*_) -> None:
    raise Hang


def install() -> None:
    """Once in a process that does nothing else; everything must be imported before."""
    sys.addaudithook(_watch)
    signal.signal(signal.SIGPROF, _over)


@contextlib.contextmanager
def guarded(size: int) -> Iterator[None]:
    """Limits time and memory for reading a file of `size` bytes, and watches.

    Raises:
        Hang: The time is over.
        MemoryError: As Python raises it, where more memory is asked for than there may be.
        AssertionError: Something was touched.
    """
    global _watching
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limit = used + 2 * size + MEMORY
    _violations.clear()
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    _watching = True
    try:
        yield
    finally:
        _watching = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert not _violations, f"side effects: {_violations}"
