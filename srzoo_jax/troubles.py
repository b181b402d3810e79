"""What may go wrong, and what users are told of it: one line that says what, why, what to do."""

import errno

_FULL = "No space left on device"
_SYSTEM = {
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT),
        "the disk is full. Make room, or write to another disk, and run this again: what was"
        " written before is whole and stays",
    ),
    errno.EFBIG: "the file would be larger than the system allows (ulimit -f)",
    errno.EROFS: "the disk is read-only. Write to another place",
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM),
        "no permission. Choose another place, or ask for the right to read or write there",
    ),
    **dict.fromkeys(
        (errno.EMFILE, errno.ENFILE), "too many open files. Close some, or raise ulimit -n"
    ),
}
_MEMORY = (
    "out of memory ({}). Smaller images, --tile, --batch or --crop need less; so does --by_rows of"
    " upscale"
)


OF_AN_IMAGE = (ValueError, OSError, ArithmeticError, RuntimeError, MemoryError)
"""What one image may raise without stopping a run."""


class NotFiniteError(ArithmeticError):
    """A model gave NaN or infinity; its argument says where, if not in the output."""

    def __str__(self):
        (what,) = self.args or ("output",)
        return f"the model's {what} is not finite (NaN or infinity)"


def told(error: BaseException) -> str:
    """Returns the line. Errors that were not foreseen are called by their type, too."""
    text = str(error).strip()
    if is_of_full_disk(error):
        return _named(error, _SYSTEM[errno.ENOSPC])
    if is_of_memory(error):
        return _MEMORY.format(text.partition("\n")[0] or "no more is known")
    if isinstance(error, OSError) and error.errno in _SYSTEM:
        return _named(error, _SYSTEM[error.errno])
    if isinstance(error, OSError) and error.errno is not None:
        return _named(error, error.strerror or text)
    if isinstance(error, (ValueError, OSError, ArithmeticError)) and text:
        return text
    first = text.partition("\n")[0] or "without a message"
    return f"{type(error).__name__}: {first}. This was not foreseen; --debug shows where it came up"


def is_of_full_disk(error: BaseException) -> bool:
    """Whether there was no room to write: then no other file will be written either."""
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or _FULL in str(error)


def is_of_memory(error: BaseException) -> bool:
    """Whether the host's or the device's memory did not suffice."""
    return isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)


def _named(error: BaseException, what: str) -> str:
    name = getattr(error, "filename", None)
    return f"{name}: {what}" if name else what
