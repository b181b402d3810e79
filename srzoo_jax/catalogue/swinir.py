"""Rows: SwinIR, classical (trained on DIV2K and Flickr2K) and lightweight (DIV2K)."""

from srzoo_jax.catalogue.entry import Entry, Source, reported
from srzoo_jax.models.swinir import SwinIR, infer, names

SOURCE = Source(
    "JingyunLiang/SwinIR",
    licence="Apache-2.0",
    paper="Liang et al., SwinIR: Image Restoration Using Swin Transformer, ICCVW 2021",
    address="https://github.com/JingyunLiang/SwinIR/releases/download/v0.0/",
    names=names,
    infer=infer,
    protocol="esrgan",
    value_range=(0, 1),
)

ENTRIES = (
    Entry(
        "swinir_classical_x4",
        SwinIR(4),
        SOURCE,
        "001_classicalSR_DF2K_s64w8_SwinIR-M_x4.pth",
        reported=reported("32.92/0.9044 29.09/0.7950 27.92/0.7489 27.45/0.8254"),
    ),
    Entry(
        "swinir_lightweight_x4",
        SwinIR(4, features=60, groups=4, direct=True),
        SOURCE,
        "002_lightweightSR_DIV2K_s64w8_SwinIR-S_x4.pth",
        reported=reported("32.44/0.8976 28.77/0.7858 27.69/0.7406 26.47/0.7980"),
    ),
)
