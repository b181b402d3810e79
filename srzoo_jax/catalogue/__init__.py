"""The catalogue: one row a model, one file a family."""

from srzoo_jax.catalogue import (
    bicubic,
    carn,
    dbpn,
    ecbsr,
    edsr,
    eusr,
    frsr,
    imdn,
    imgcomp,
    msrn,
    pan,
    rcan,
    rfdn,
    rlfn,
    rrdb,
    swinir,
    vdsr,
)
from srzoo_jax.catalogue.entry import Entry, Reported, Source

# In the order of the literature.
_FAMILIES = (
    *(bicubic, vdsr, edsr, carn, dbpn, rcan, msrn, rrdb, eusr, frsr, imgcomp),
    *(imdn, pan, rfdn, ecbsr, swinir, rlfn),
)

CATALOGUE: dict[str, Entry] = {row.name: row for family in _FAMILIES for row in family.ENTRIES}
EMBEDDED = tuple(name for name in CATALOGUE if name.startswith(("bicubic_", "srzoo_")))
"""Models that need no port: without parameters, or with parameters in the checkout."""

__all__ = ["CATALOGUE", "EMBEDDED", "Entry", "Reported", "Source"]
