"""Feature maximisation (Erhan et al., 2009): the image that part of a network answers most to."""

from collections.abc import Callable

import jax
import optax

from srzoo_jax.perturb import attacks
from srzoo_jax.types import Image, Params


def preferred(
    features: Callable[[Params, Image], jax.Array],
    params: Params,
    start: Image,
    *,
    channel: int,
    rule: optax.GradientTransformation | None = None,
    steps: int = 100,
) -> Image:
    """Returns images on which the mean of one channel is as large as the search makes it.

    Args:
        features: (params, image) -> [B, h, w, C]. Of a model of the catalogue:

            inside = intermediates.features("imdn_x4", "head")
            features = lambda params, image: inside(params, image)["head"]
        params: Its parameters.
        start: Where the search begins, [B, H, W, 3] in [0, 1]; faint noise around grey, say.
        channel: Which.
        rule: How gradients become steps; default: Adam at a rate of 0.02.
        steps: How many.
    """
    return attacks.attack(
        features,
        params,
        start,
        lambda response: response[..., channel].mean((1, 2)),
        radius=1.0,  # Only [0, 1] binds.
        rule=optax.adam(0.02) if rule is None else rule,
        steps=steps,
    )
