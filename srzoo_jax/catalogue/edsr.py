"""Rows: EDSR and its baseline."""

from srzoo_jax.catalogue.entry import Entry, Source, reported
from srzoo_jax.models.edsr import EDSR, infer, names

SOURCE = Source(
    "sanghyun-son/EDSR-PyTorch",
    licence="MIT",
    paper="Lim et al., Enhanced Deep Residual Networks for Single Image Super-Resolution,"
    " CVPRW 2017",
    address="https://cv.snu.ac.kr/research/EDSR/models/",
    names=names,
    infer=infer,
    protocol="edsr",
    value_range=(0, 255),
)
# The eight digits in the files' names are the beginnings of their SHA-256.
_BASELINE = {2: "1bc95232", 3: "abf2a44e", 4: "6b446fab"}
_REPORTED = {
    2: "38.11/0.9601 33.92/0.9195 32.32/0.9013 32.93/0.9351",
    3: "34.65/0.9282 30.52/0.8462 29.25/0.8093 28.80/0.8653",
    4: "32.46/0.8968 28.80/0.7876 27.71/0.7420 26.64/0.8033",
}
_LARGE = {2: "0edfb8a3", 3: "ea3ef2c6", 4: "4f62e9ef"}

ENTRIES = (
    *(
        Entry(f"edsr_baseline_x{s}", EDSR(s), SOURCE, f"edsr_baseline_x{s}-{sha}.pt", sha)
        for s, sha in _BASELINE.items()
    ),
    *(
        Entry(
            f"edsr_x{s}",
            EDSR(s, 256, 32, 0.1),
            SOURCE,
            f"edsr_x{s}-{sha}.pt",
            sha,
            reported=reported(_REPORTED[s]),
        )
        for s, sha in _LARGE.items()
    ),
)
