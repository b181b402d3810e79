"""The vocabulary: what an image, parameters and a restorer are."""

from collections.abc import Callable, Mapping
from typing import Any

import jax

Image = jax.Array
"""float32 RGB [B, H, W, 3] in [0, 1]; the only kind of image inside the package."""

Params = Mapping[str, Any]
"""Parameters of a model: nested dictionaries of arrays, as Flax keeps them."""

Restorer = Callable[[Params, Image], Image]
"""`(params, lr) -> sr`, pure: [B, H, W, 3] in [0, 1] -> [B, sH, sW, 3]."""
