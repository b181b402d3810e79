"""Rows: RRDB for fidelity and for perception (ESRGAN); one network, three namings."""

from srzoo_jax.catalogue.entry import Entry, Source, reported
from srzoo_jax.models.rrdb import RRDB, infer, names

SOURCE = Source(
    "xinntao/ESRGAN",
    licence="Apache-2.0",
    paper="Wang et al., ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks,"
    " ECCVW 2018",
    address="https://drive.google.com/drive/folders/17VYV_SoZZesU6mbxz2dMAIccSSlqLecY",
    names=names,
    infer=infer,
    protocol="esrgan",
    value_range=(0, 1),
)
_REPORTED = reported("32.73/0.9011 28.99/0.7917 27.85/0.7455 27.03/0.8153")

ENTRIES = (
    Entry("rrdb_x4", RRDB(), SOURCE, "RRDB_PSNR_x4.pth", reported=_REPORTED),
    Entry("rrdb_oldarch_x4", RRDB(), SOURCE, "RRDB_PSNR_x4_old_arch.pth", reported=_REPORTED),
    Entry("esrgan_x4", RRDB(), SOURCE, "RRDB_ESRGAN_x4.pth"),
)
