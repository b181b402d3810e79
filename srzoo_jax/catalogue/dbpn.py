"""Rows: DBPN, DBPNLL and DBPN-RES-MR64-3."""

import dataclasses

from srzoo_jax.catalogue.entry import GITHUB, Entry, Source
from srzoo_jax.models.dbpn import DBPN, infer, names

SOURCE = Source(
    "alterzero/DBPN-Pytorch",
    licence="MIT",
    paper="Haris et al., Deep Back-Projection Networks for Super-Resolution, CVPR 2018",
    address=f"{GITHUB}/alterzero/DBPN-Pytorch/6eb48caaa1aa6f4897d5c902a4b4f15ff3ac2da7/models/",
    names=names,
    infer=infer,
    value_range=(0, 1),
)
_DRIVE = dataclasses.replace(
    SOURCE,
    address="https://drive.google.com/drive/folders/1ahbeoEHkjxoo4NV1wReOmpoRWbl448z-#",
)
_EXTENSION = dataclasses.replace(
    SOURCE,
    paper="Haris et al., Deep Back-Projection Networks for Single Image Super-Resolution,"
    " arXiv:1904.05677, 2019",
)
_BLOBS = {
    2: "65b7af4431d31be7aed32908b2c59cbe991c61a2",
    4: "42b283451bad2d83586beb85589c0fec746eaff0",
    8: "b0bcd37d67813249076b2fe3a8d00e3129084426",
}
_EXTENSION_BLOBS = {
    2: "3c20c4582e2bc80494bbac19e9a37d21fa2fc81b",
    4: "e89f81390637fa692a003466f31f97eb7a7850b5",
    8: "45cfb12930914cd7d923dafc113e346546ba022d",
}

ENTRIES = (
    *(
        Entry(f"dbpn_x{s}", DBPN(s), SOURCE, f"DBPN_x{s}.pth", git_blob=blob)
        for s, blob in _BLOBS.items()
    ),
    *(Entry(f"dbpnll_x{s}", DBPN(s, stages=10), _DRIVE, f"DBPNLL_x{s}.pth") for s in (4, 8)),
    *(
        Entry(
            f"dbpn_res_mr64_3_x{s}",
            DBPN(s, rounds=3, residual=True),
            _EXTENSION,
            f"DBPN-RES-MR64-3_{s}x.pth",
            git_blob=blob,
            network=DBPN(s, rounds=3),
        )
        for s, blob in _EXTENSION_BLOBS.items()
    ),
)
