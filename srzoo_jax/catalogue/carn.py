"""Rows: CARN and CARN-M; one file each holds all scales."""

from srzoo_jax.catalogue.entry import GITHUB, Entry, Source
from srzoo_jax.models.carn import CARN, names

SOURCE = Source(
    "nmhkahn/CARN-pytorch",
    licence="MIT",
    paper="Ahn et al., Fast, Accurate, and Lightweight Super-Resolution with Cascading Residual"
    " Network, ECCV 2018",
    address=f"{GITHUB}/nmhkahn/CARN-pytorch/40d3514f81cccd680d846cd5ab07af35f2c8e0e2/checkpoint/",
    names=names,
    value_range=(0, 1),
)
_BLOB = "2b9fb1eb75a2fdd47c1a4cc75bc505a8fa4fb504"
_MOBILE_SHA = "d48a759a84509351facb6b7c6d5bd6edec98b98519b8c464ee4ab44d2ba964ff"

ENTRIES = (
    *(Entry(f"carn_x{s}", CARN(s), SOURCE, "carn.pth", git_blob=_BLOB) for s in (2, 3, 4)),
    *(
        Entry(f"carn_m_x{s}", CARN(s, groups=4, mobile=True), SOURCE, "carn_m.pth", _MOBILE_SHA)
        for s in (2, 3, 4)
    ),
)
