"""Rows: FRSR and NatSR, which are one network.

The files are TensorFlow checkpoints: beside each `.index` lies its `.data-00000-of-00001`. No hash
of the files is known, but what the authors' indices say of every tensor.
"""

import json
from pathlib import Path

from srzoo_jax.catalogue.entry import GITHUB, Entry, Source
from srzoo_jax.models.frsr import FRSR, infer, names

SOURCE = Source(
    "JWSoh/NatSR",
    licence="none stated",
    paper="Soh et al., Natural and Realistic Single Image Super-Resolution with Explicit Natural"
    " Manifold Discrimination, CVPR 2019",
    address=f"{GITHUB}/JWSoh/NatSR/5bdeb23cbc0b23ee67360df78c77f08ff6fd7933/Model/",
    names=names,
    infer=infer,
    value_range=(0, 1),
)
_CRC = json.loads(Path(__file__).with_name("frsr_crc32c.json").read_text())
_FILES = {
    "frsr_x2": "FRSR_x2.index",
    "frsr_x3": "FRSR_x3.index",
    "frsr_x4": "FRSR.index",
    "natsr_x4": "NatSR.index",
}

ENTRIES = tuple(
    Entry(name, FRSR(int(name[-1])), SOURCE, file, crc32c=_CRC[name])
    for name, file in _FILES.items()
)
