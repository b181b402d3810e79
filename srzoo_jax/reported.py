"""What authors report, and by which protocol: measured figures are to be held against that."""

from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.catalogue.entry import Reported
from srzoo_jax.protocols import Protocol, named

TOLERANCE = 0.02
"""dB of PSNR; a larger difference to what is reported wants an explanation."""
_USUAL_LR = ("given", "matlab_bicubic")


def figures(model: str, dataset: str, lr: str) -> Reported | None:
    """Returns what the authors of a model report, if that is of such LR images."""
    entry = CATALOGUE.get(model)
    found = (figures for figures in (entry.reported if entry else ()) if lr in _USUAL_LR)
    return next((figures for figures in found if figures.dataset == dataset), None)


def protocol(model: str) -> Protocol | None:
    """Returns the protocol that a model's reported figures are by, as far as that is known."""
    entry = CATALOGUE.get(model)
    known = entry and entry.source and entry.source.protocol
    return named(known) if known else None


def remark(model: str) -> str:
    """Returns what else is known of a model's reported figures; empty if nothing is."""
    entry = CATALOGUE.get(model)
    return entry.remark if entry else ""
