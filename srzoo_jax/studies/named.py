"""Attacks and defences by name, as rows: what a study's settings refer to."""

import functools
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import optax

from srzoo_jax import compiling, restorers
from srzoo_jax import image as images
from srzoo_jax.perturb import attacks, defences, objectives, projections
from srzoo_jax.types import Image, Params, Restorer


def _adam(restore, params, image, objective, *, radius, steps, key, ball=projections.linf, **how):
    del key
    rule = optax.adam(_step(image, radius, steps, ball))
    return attacks.attack(
        restore, params, image, objective, radius=radius, rule=rule, steps=steps, ball=ball, **how
    )


def _step(image, radius, steps, ball):
    """Adam moves a value by this much: across the ball and half as far again."""
    if ball is projections.l0:
        return 2.5 / steps
    values = image[0].size if ball is projections.l2 else 1
    return 2.5 * radius / values**0.5 / steps


def _in_l2(restore, params, image, objective, *, radius, **how):
    """The ball's radius is such that the root mean square of a perturbation is as given."""
    radius = radius * image[0].size ** 0.5
    return _adam(restore, params, image, objective, radius=radius, ball=projections.l2, **how)


def _in_l0(restore, params, image, objective, *, radius, **how):
    """The ball's radius is a number of pixels, 255 times what is given."""
    pixels = jnp.round(255 * radius)
    return _adam(restore, params, image, objective, radius=pixels, ball=projections.l0, **how)


def _without_key(attack):
    def keyless(*arguments, key, **how):
        del key
        return attack(*arguments, **how)

    return keyless


def _one_step(*arguments, steps, key, **how):
    del steps, key
    return attacks.fgsm(*arguments, **how)


def _noise(restore, params, image, objective, *, radius, key, mask=1.0, **how):
    del restore, params, objective, how
    return attacks.random_signs(key, image, mask * radius)


def _pgd(*arguments, start=None, **how):
    del start  # It has starts of its own.
    return attacks.pgd(*arguments, restarts=3, **how)


ATTACKS: dict[str, Callable] = {
    "ifgsm": _without_key(attacks.ifgsm),
    "fgsm": _one_step,
    "momentum": _without_key(attacks.momentum),
    "pgd": _pgd,
    "adam": _adam,
    "adam_l2": _in_l2,
    "adam_l0": _in_l0,
    "random_signs": _noise,
}
"""Name -> attack(restore, params, image, objective, *, radius, steps, key, start, mask). `pgd` has
three starts. Radius is alpha / 255; of `adam_l2` the root mean square, of `adam_l0` alpha is a
number of pixels."""

DEFENCES: dict[str, Callable[[Restorer], Restorer]] = {
    "none": lambda restore: restore,
    "8bit": lambda restore: lambda params, image: restore(params, images.quantize(image)),
    "resize": defences.resized,
    "self_ensemble": restorers.self_ensemble,
}


@functools.cache
def defended(restore: Restorer, name: str) -> Restorer:
    """Returns the same function for the same arguments, so that `jit` knows it again."""
    return DEFENCES[name](restore)


@functools.cache
def randomly_resized(restore: Restorer) -> attacks.RandomRestorer:
    """Returns the same function for the same restorer, likewise."""
    return defences.randomly_resized(restore)


@functools.cache
def drawn(restore: Restorer, number: int) -> Restorer:
    """Returns one draw of `randomly_resized` as a restorer."""
    return lambda params, lr: randomly_resized(restore)(params, lr, jax.random.key(number))


@partial(compiling.jit, static_argnames=("restore", "attack", "steps", "against", "random"))
def perturbed(
    restore: Restorer,
    params: Params,
    lr: Image,
    target: Image,
    radius,
    key: jax.Array,
    *,
    attack: str,
    steps: int,
    against: str = "hr",
    mask: jax.Array | float = 1.0,
    weight: jax.Array | float = 1.0,
    random: bool = False,
) -> Image:
    """Returns attacked LR images.

    Args:
        restore: The model; static, as are the names.
        params: Its parameters.
        lr: [B, H, W, 3].
        target: [B, sH, sW, 3].
        radius: alpha / 255.
        key: Of all randomness.
        attack: One of `ATTACKS`.
        steps: How many.
        against: `hr`: away from the target; `clean`: away from the restored clean image, from a
            start at noise of a thousandth of the radius; `target`: towards the target.
        mask: Where pixels may change.
        weight: What pixels of the restored image count.
        random: Whether `restore` is random.
    """
    start = None
    if against == "clean":
        start = attacks.random_start(key, lr, radius / 1000)
        target = restore(params, lr)
    make = objectives.towards if against == "target" else objectives.away_from
    return ATTACKS[attack](
        restore,
        params,
        lr,
        make(target, weight),
        radius=radius,
        steps=steps,
        key=key,
        start=start,
        mask=mask,
        draw_key=jax.random.fold_in(key, 1) if random else None,
    )


@partial(compiling.jit, static_argnames="restore")
def restored(restore: Restorer, params: Params, lr: Image) -> Image:
    """Returns what is compared: restored, clipped and rounded to 8 bit."""
    return images.quantize(restore(params, lr))


def radius_of(alpha: float) -> jax.Array:
    """Levels of 255 -> the scale of images, as an array: one program serves all strengths."""
    return jnp.float32(alpha / 255)
