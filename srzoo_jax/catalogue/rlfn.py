"""Rows: RLFN, RLFN-S and the NTIRE 2022 entry."""

from srzoo_jax.catalogue.entry import GITHUB, Entry, Source, reported
from srzoo_jax.models.rlfn import RLFN, infer, names

SOURCE = Source(
    "bytedance/RLFN",
    licence="Apache-2.0",
    paper="Kong et al., Residual Local Feature Network for Efficient Super-Resolution, CVPRW 2022",
    address=f"{GITHUB}/bytedance/RLFN/bccfde91bf8b2de80789ec033a029e6f2a932330/model_zoo/",
    names=names,
    infer=infer,
    value_range=(0, 255),
)
_ROWS = {
    "rlfn_x2": (RLFN(2), "a6b6a1e76a329fefb6d4d024784fe0426cedc53d"),
    "rlfn_x4": (RLFN(4), "9816733d1207c6dc91954839e18560bc0a4d7bc2"),
    "rlfn_s_x2": (RLFN(2, 48), "613df59008a69e9c9522943a1d50d3cc55481db8"),
    "rlfn_s_x4": (RLFN(4, 48), "02fb2213ceb0fec885f1951063f6955a482937ad"),
    "rlfn_ntire_x4": (RLFN(4, 46, 4, 48), "ca41d817d30da14e9da7f537a0783205be0a46c2"),
}
_REPORTED = {
    "rlfn_x2": reported("38.07/0.9607 33.72/0.9187 32.22/0.9000 32.33/0.9299"),
    "rlfn_x4": reported("32.24/0.8952 28.62/0.7813 27.60/0.7364 26.17/0.7877"),
}

ENTRIES = tuple(
    Entry(
        name,
        model,
        SOURCE,
        f"{name}.pth",
        git_blob=blob,
        reported=_REPORTED.get(name, ()),
    )
    for name, (model, blob) in _ROWS.items()
)
