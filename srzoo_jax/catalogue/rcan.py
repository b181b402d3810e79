"""Rows: RCAN."""

from srzoo_jax.catalogue.entry import Entry, Reported, Source
from srzoo_jax.models.rcan import RCAN, names

SOURCE = Source(
    "yulunzhang/RCAN",
    licence="none stated",
    paper="Zhang et al., Image Super-Resolution Using Very Deep Residual Channel Attention"
    " Networks, ECCV 2018",
    address="https://www.dropbox.com/s/qm9vc0p0w9i4s0n/models_ECCV2018RCAN.zip?dl=0",
    names=names,
    value_range=(0, 255),
)
_REPORTED = {
    2: (
        Reported("Set5", 38.27, 0.9614),
        Reported("Set14", 34.12, 0.9216),
        Reported("BSD100", 32.41, 0.9027),
        Reported("Urban100", 33.34, 0.9384),
    ),
    3: (
        Reported("Set5", 34.74, 0.9299),
        Reported("Set14", 30.65, 0.8482),
        Reported("BSD100", 29.32, 0.8111),
        Reported("Urban100", 29.09, 0.8702),
    ),
    4: (
        Reported("Set5", 32.63, 0.9002),
        Reported("Set14", 28.87, 0.7889),
        Reported("BSD100", 27.77, 0.7436),
        Reported("Urban100", 26.82, 0.8087),
    ),
    8: (Reported("Set5", 27.31, 0.7878),),
}

ENTRIES = tuple(
    Entry(f"rcan_x{s}", RCAN(s), SOURCE, f"RCAN_BIX{s}.pt", reported=reported)
    for s, reported in _REPORTED.items()
)
