"""Rows: RCAN."""

from srzoo_jax.catalogue.entry import Entry, Source, reported
from srzoo_jax.models.rcan import RCAN, infer, names

SOURCE = Source(
    "yulunzhang/RCAN",
    licence="none stated",
    paper="Zhang et al., Image Super-Resolution Using Very Deep Residual Channel Attention"
    " Networks, ECCV 2018",
    address="https://www.dropbox.com/s/qm9vc0p0w9i4s0n/models_ECCV2018RCAN.zip?dl=0",
    names=names,
    infer=infer,
    protocol="rcan",
    value_range=(0, 255),
)
_REPORTED = {
    2: reported("38.27/0.9614 34.12/0.9216 32.41/0.9027 33.34/0.9384"),
    3: reported("34.74/0.9299 30.65/0.8482 29.32/0.8111 29.09/0.8702"),
    4: reported("32.63/0.9002 28.87/0.7889 27.77/0.7436 26.82/0.8087"),
    8: reported("27.31/0.7878 25.23/0.6511 24.98/0.6058 23.00/0.6452"),
}

ENTRIES = tuple(
    Entry(f"rcan_x{s}", RCAN(s), SOURCE, f"RCAN_BIX{s}.pt", reported=figures)
    for s, figures in _REPORTED.items()
)
