"""One perturbation for many images (Moosavi-Dezfooli et al., CVPR 2017).

As Choi et al. (ICCV 2019) do it: signed steps along the mean gradient of all images.
"""

import jax
import jax.numpy as jnp
import optax

from srzoo_jax.perturb import attacks
from srzoo_jax.perturb.objectives import Objective, away_from
from srzoo_jax.types import Image, Params, Restorer


def universal(
    restore: Restorer,
    params: Params,
    images: Image,
    targets: Image,
    *,
    radius,
    rule: optax.GradientTransformation | None = None,
    steps: int = 50,
    at_once: int = 8,
    objective=away_from,
) -> jax.Array:
    """Returns one perturbation [1, H, W, C], of which no value exceeds the radius.

    It is added and the sum clipped to [0, 1], also where it is made.

    Args:
        restore: The model.
        params: Its parameters.
        images: Clean images [N, H, W, C].
        targets: What their restored images shall be far from, or near to.
        radius: The greatest change of a value.
        rule: How gradients become steps; default: signed steps of radius / steps.
        steps: How many times all images are seen.
        at_once: How many images are differentiated at a time; memory grows with it.
        objective: A target's objective: `away_from` or `towards`.
    """
    rule = optax.sign_sgd(radius / steps) if rule is None else rule

    def gain(delta, image, target):
        found: Objective = objective(target[None])
        return found(restore(params, apply(image[None], delta)))[0]

    def gradient(delta, key):
        del key
        of_one = lambda pair: jax.grad(gain)(delta, *pair)  # noqa: E731
        return jax.lax.map(of_one, (images, targets), batch_size=at_once).mean(0)

    return attacks.ascend(
        gradient,
        jnp.zeros_like(images[:1]),
        rule=rule,
        project=lambda delta: delta.clip(-radius, radius),
        steps=steps,
    )


def apply(images: Image, delta: jax.Array) -> Image:
    """Adds a perturbation and clips to [0, 1]."""
    return (images + delta).clip(0, 1)
