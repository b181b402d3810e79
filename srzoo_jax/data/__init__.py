"""Benchmark sets: which there are, how they lie in folders, and their pairs of LR and HR images.

`DATASETS` are the sets as rows, `LAYOUTS` the common ways they lie in folders; any other folder of
images is a set, too, called by its own name.
"""

from srzoo_jax.data.folders import read_sr, sr_pairs
from srzoo_jax.data.layouts import LAYOUTS, Layout
from srzoo_jax.data.pairs import GIVEN, PHOTOS, Pair, lr_size, pairs, read
from srzoo_jax.data.sets import DATASETS, Dataset, canonical, digest

__all__ = [
    "DATASETS",
    "GIVEN",
    "LAYOUTS",
    "PHOTOS",
    "Dataset",
    "Layout",
    "Pair",
    "canonical",
    "digest",
    "lr_size",
    "pairs",
    "read",
    "read_sr",
    "sr_pairs",
]
