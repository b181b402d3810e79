"""Rows: ECBSR as trained by `experiments.train`; its parameters are in the checkout."""

from srzoo_jax.catalogue.entry import Entry, Source
from srzoo_jax.models.ecbsr import ECBSR, infer, names

SOURCE = Source(
    "xindongzhang/ECBSR",
    licence="Apache-2.0",
    paper="Zhang et al., Edge-oriented Convolution Block for Real-time Super Resolution on Mobile"
    " Devices, ACM MM 2021",
    address="",
    names=names,
    infer=infer,
    value_range=(0, 1),
)

ENTRIES = tuple(Entry(f"srzoo_ecbsr_x{s}", ECBSR(s), SOURCE) for s in (2, 3, 4))
