"""Rows: MSRN."""

from srzoo_jax.catalogue.entry import GITHUB, Entry, Source, reported
from srzoo_jax.models.msrn import MSRN, infer, names

SOURCE = Source(
    "MIVRC/MSRN-PyTorch",
    licence="MIT",
    paper="Li et al., Multi-scale Residual Network for Image Super-Resolution, ECCV 2018",
    address=f"{GITHUB}/MIVRC/MSRN-PyTorch/a0e038de7eb42e21d2e88c38e6490b61a02c566e"
    "/MSRN/Test/model/",
    names=names,
    infer=infer,
    protocol="rcan",
    value_range=(0, 255),
)
_BLOBS = {
    2: "3f8567d12441e9c325d9dc476f5751ac22f34cae",
    3: "67f33904a6363c4222bd489b537da15abc7f8664",
    4: "b33bab1e672cdbd3d6d96feda47f3e52bae44df6",
    8: "f78d601b1b056e72e2ec53d5d1784476db014dd5",
}
# Of the released files, as the repository has them; the paper's are those of older networks.
_REPORTED = {
    2: reported("38.07/0.9608 33.68/0.9184 32.22/0.9002 32.32/0.9304"),
    3: reported("34.48/0.9276 30.40/0.8436 29.13/0.8061 28.31/0.8560"),
    4: reported("32.25/0.8958 28.63/0.7833 27.61/0.7377 26.22/0.7905"),
    8: reported("26.95/0.7728 24.87/0.6380 24.77/0.5954 22.35/0.6124"),
}

ENTRIES = tuple(
    Entry(f"msrn_x{s}", MSRN(s), SOURCE, f"MSRN_x{s}.pt", git_blob=blob, reported=_REPORTED[s])
    for s, blob in _BLOBS.items()
)
