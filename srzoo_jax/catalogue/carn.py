"""Rows: CARN and CARN-M; one file each holds all scales."""

from srzoo_jax.catalogue.entry import GITHUB, Entry, Source, reported
from srzoo_jax.models.carn import CARN, infer, names

SOURCE = Source(
    "nmhkahn/CARN-pytorch",
    licence="MIT",
    paper="Ahn et al., Fast, Accurate, and Lightweight Super-Resolution with Cascading Residual"
    " Network, ECCV 2018",
    address=f"{GITHUB}/nmhkahn/CARN-pytorch/40d3514f81cccd680d846cd5ab07af35f2c8e0e2/checkpoint/",
    names=names,
    infer=infer,
    protocol="carn_matlab",
    value_range=(0, 1),
)
_BLOB = "2b9fb1eb75a2fdd47c1a4cc75bc505a8fa4fb504"
_MOBILE_SHA = "d48a759a84509351facb6b7c6d5bd6edec98b98519b8c464ee4ab44d2ba964ff"

# Tables 1 and 2 of the paper.
_CARN = {
    2: "37.76/0.9590 33.52/0.9166 32.09/0.8978 31.92/0.9256",
    3: "34.29/0.9255 30.29/0.8407 29.06/0.8034 28.06/0.8493",
    4: "32.13/0.8937 28.60/0.7806 27.58/0.7349 26.07/0.7837",
}
_CARN_M = {
    2: "37.53/0.9583 33.26/0.9141 31.92/0.8960 31.23/0.9193",
    3: "33.99/0.9236 30.08/0.8367 28.91/0.8000 27.55/0.8385",
    4: "31.92/0.8903 28.42/0.7762 27.44/0.7304 25.62/0.7694",
}
_REMARK = (
    "The released weights of CARN-M are not those of the paper's table: training was changed after"
    " it, says its README."
)

ENTRIES = (
    *(
        Entry(f"carn_x{s}", CARN(s), SOURCE, "carn.pth", git_blob=_BLOB, reported=reported(figures))
        for s, figures in _CARN.items()
    ),
    *(
        Entry(
            f"carn_m_x{s}",
            CARN(s, groups=4, mobile=True),
            SOURCE,
            "carn_m.pth",
            _MOBILE_SHA,
            1_670_695,
            reported=reported(figures),
            remark=_REMARK,
        )
        for s, figures in _CARN_M.items()
    ),
)
