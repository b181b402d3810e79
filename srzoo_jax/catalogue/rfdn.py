"""Rows: RFDN, as it took part in the AIM 2020 challenge."""

from srzoo_jax.catalogue.entry import GITHUB, Entry, Source
from srzoo_jax.models.rfdn import RFDN, infer, names

SOURCE = Source(
    "njulj/RFDN",
    licence="MIT",
    paper="Liu et al., Residual Feature Distillation Network for Lightweight Image"
    " Super-Resolution, ECCVW 2020",
    address=f"{GITHUB}/njulj/RFDN/7cf4e25b6633e81fd7e26891aeee2baca4f8f927/trained_model/",
    names=names,
    infer=infer,
    value_range=(0, 255),
)
_BLOB = "55dc4244eb176c389c6ba92540891311cbb517d2"

ENTRIES = (Entry("rfdn_x4", RFDN(4), SOURCE, "RFDN_AIM.pth", git_blob=_BLOB),)
