"""Rows: bicubic interpolation, which needs no parameters."""

from srzoo_jax.catalogue.entry import Entry
from srzoo_jax.models.bicubic import Bicubic

ENTRIES = tuple(Entry(f"bicubic_x{scale}", Bicubic(scale)) for scale in (2, 3, 4, 8))
