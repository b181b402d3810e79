"""Whether every run gives the same bits, and how to ask for that; imports no JAX.

On CPUs every run does. On GPUs some kernels add in whichever order their threads finish, and XLA
takes the kernel that was fastest this time.
"""

import os

_VARIABLE = "XLA_FLAGS"
_FLAG = "--xla_gpu_deterministic_ops=true"


def ask() -> None:
    """Tells XLA to run such kernels alone, and to choose by rule; before JAX is imported."""
    if not asked():
        os.environ[_VARIABLE] = f"{os.environ.get(_VARIABLE, '')} {_FLAG}".strip()


def asked() -> bool:
    """Whether XLA has been told so."""
    return _FLAG in os.environ.get(_VARIABLE, "").split()


def variables() -> dict[str, str]:
    """What other processes need in their environment to run alike."""
    return {_VARIABLE: os.environ[_VARIABLE]} if asked() else {}


def note() -> dict[str, bool]:
    """What a record has besides, if it was asked for."""
    return {"deterministic": True} if asked() else {}
