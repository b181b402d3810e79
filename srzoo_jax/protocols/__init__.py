"""How a restored image is compared with its reference.

`PROTOCOLS` are the rows, `composed` makes others of them, `score` compares by one.
"""

from srzoo_jax.metrics import METRICS
from srzoo_jax.protocols.composing import composed, named
from srzoo_jax.protocols.protocol import COLOURS, SR_ROUNDINGS, Y_ROUNDINGS, Protocol
from srzoo_jax.protocols.rows import PROTOCOLS
from srzoo_jax.protocols.scoring import can_be_laid, fetch, score, score_in_float64, score_on_canvas

__all__ = [
    "COLOURS",
    "METRICS",
    "PROTOCOLS",
    "SR_ROUNDINGS",
    "Y_ROUNDINGS",
    "Protocol",
    "can_be_laid",
    "composed",
    "fetch",
    "named",
    "score",
    "score_in_float64",
    "score_on_canvas",
]
