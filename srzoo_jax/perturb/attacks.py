"""Attacks: the nearby image on which a restorer does worst.

An attack is gradient ascent with a rule for steps, an optax transformation, and a projection on
what is allowed. The named ones are settings:

- `fgsm`: one signed step (Goodfellow et al., ICLR 2015);
- `ifgsm`: signed steps of radius / steps (Kurakin et al., 2017; for super-resolution Choi et al.,
  ICCV 2019, https://arxiv.org/abs/1904.06097);
- `momentum`: signs of accumulated gradients (Dong et al., CVPR 2018);
- `pgd`: larger signed steps from random starts, of which the best counts (Madry et al., ICLR 2018);
- `attack`: any rule, such as `optax.adam(1e-3)`, in any ball of `projections`.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

from srzoo_jax.perturb import projections
from srzoo_jax.perturb.objectives import Objective
from srzoo_jax.types import Image, Params, Restorer

Projection = Callable[[jax.Array, Image, jax.Array], jax.Array]
"""(delta, image, radius) -> the nearest allowed delta; the functions of `projections`."""

RandomRestorer = Callable[[Params, Image, jax.Array], Image]
"""(params, image, key) -> restored image."""


def ascend(
    gradient: Callable[[jax.Array, jax.Array | None], jax.Array],
    start: jax.Array,
    *,
    rule: optax.GradientTransformation,
    project: Callable[[jax.Array], jax.Array],
    steps: int,
    key: jax.Array | None = None,
) -> jax.Array:
    """Goes uphill in one `lax.scan`.

    Args:
        gradient: (point, key) -> the gradient there; each step has a key of its own, or none.
        start: Where to begin.
        rule: How a gradient becomes a step.
        project: Takes a point to the nearest allowed one.
        steps: How many.
        key: Of the gradient's randomness, if it has any.
    """

    def step(carry, key):
        point, state = carry
        updates, state = rule.update(-gradient(point, key), state, point)
        return (project(optax.apply_updates(point, updates)), state), None

    keys = None if key is None else jax.random.split(key, steps)
    (point, _), _ = jax.lax.scan(step, (start, rule.init(start)), keys, length=steps)
    return point


def attack(
    restore: Restorer | RandomRestorer,
    params: Params,
    image: Image,
    objective: Objective,
    *,
    radius,
    rule: optax.GradientTransformation,
    steps: int = 50,
    ball: Projection = projections.linf,
    start: jax.Array | None = None,
    mask: jax.Array | float = 1.0,
    draw_key: jax.Array | None = None,
    draws: int = 4,
) -> Image:
    """Returns the attacked images.

    Args:
        restore: The model.
        params: Its parameters.
        image: Clean images [B, H, W, C] in [0, 1].
        objective: What to raise; each image is attacked on its own.
        radius: Of the ball: one number, or one an image, [B, 1, 1, 1].
        rule: How gradients become steps; optax descends, and is given the negative gradient.
        steps: How many.
        ball: One of `projections`.
        start: The first perturbation, like `image`; default: none.
        mask: 1 where pixels may change, 0 elsewhere: [H, W, 1] or [B, H, W, 1].
        draw_key: Given if `restore` is random and takes a key as well: each gradient is then a
            mean over draws (expectation over transformation, Athalye et al., ICML 2018).
        draws: How many.

    Returns:
        Images like `image`, in [0, 1] and in the ball around `image`.
    """

    def gradient(delta, key):
        reached = lambda d: _reached(restore, params, image + d, objective, key, draws).sum()  # noqa: E731
        return mask * jax.grad(reached)(delta)

    def project(delta):
        return ball(delta, image, radius)

    start = project(jnp.zeros_like(image) if start is None else mask * start)
    delta = ascend(gradient, start, rule=rule, project=project, steps=steps, key=draw_key)
    return (image + delta).clip(0, 1)


def _reached(restore, params, image, objective, key, draws):
    """The objective [B], or its mean over draws of a random restorer."""
    if key is None:
        return objective(restore(params, image))
    one = lambda key: objective(restore(params, image, key))  # noqa: E731
    return jax.lax.map(one, jax.random.split(key, draws)).mean(0)


def ifgsm(
    restore: Restorer,
    params: Params,
    image: Image,
    objective: Objective,
    *,
    radius,
    steps=50,
    **how,
) -> Image:
    """Returns images attacked by signed steps of radius / steps; arguments as of `attack`."""
    rule = optax.sign_sgd(radius / steps)
    return attack(restore, params, image, objective, radius=radius, rule=rule, steps=steps, **how)


def fgsm(restore: Restorer, params: Params, image: Image, objective: Objective, *, radius, **how):
    """Returns images attacked by one signed step; arguments as of `attack`."""
    return ifgsm(restore, params, image, objective, radius=radius, steps=1, **how)


def momentum(
    restore: Restorer,
    params: Params,
    image: Image,
    objective: Objective,
    *,
    radius,
    steps=50,
    decay=1.0,
    **how,
) -> Image:
    """Returns images attacked along accumulated gradients, each of mean magnitude 1."""
    rule = optax.chain(_unit_mean(), optax.trace(decay), optax.sign_sgd(radius / steps))
    return attack(restore, params, image, objective, radius=radius, rule=rule, steps=steps, **how)


def pgd(
    restore: Restorer | RandomRestorer,
    params: Params,
    image: Image,
    objective: Objective,
    *,
    radius,
    key: jax.Array,
    steps: int = 50,
    restarts: int = 1,
    step_size=None,
    mask: jax.Array | float = 1.0,
    draw_key: jax.Array | None = None,
    draws: int = 4,
    **how,
) -> Image:
    """Returns, of attacks from random starts, the best for every image.

    Args:
        restore: The model.
        params: Its parameters.
        image: Clean images, as for `attack`.
        objective: What to raise.
        radius: Of the ball.
        key: Of the random starts.
        steps: How many from each start.
        restarts: How many starts.
        step_size: Of the signed steps; default: 2.5 radius / steps, by which every point of the
            ball can be reached from any other.
        mask: Where pixels may change.
        draw_key: Of a random restorer, as for `attack`.
        draws: How many each step.
        **how: What else `attack` takes.
    """
    how |= {"radius": radius, "steps": steps, "mask": mask, "draw_key": draw_key, "draws": draws}
    how["rule"] = optax.sign_sgd(2.5 * radius / steps if step_size is None else step_size)

    def once(key):
        start = random_start(key, image, radius)
        found = attack(restore, params, image, objective, start=start, **how)
        return found, _reached(restore, params, found, objective, draw_key, draws)

    found, reached = jax.lax.map(once, jax.random.split(key, restarts))
    return found[reached.argmax(0), jnp.arange(len(image))]


def random_start(key: jax.Array, image: Image, radius) -> jax.Array:
    """Returns uniform noise as large as the ball, or as the box where that is smaller."""
    noise = jax.random.uniform(key, image.shape, image.dtype, -1, 1)
    return noise * jnp.minimum(radius, 1)


def random_signs(key: jax.Array, image: Image, radius) -> Image:
    """Returns images where every value is moved by the radius, up or down at random.

    What an attack achieves is to be compared with this: noise of the same strength.
    """
    signs = jax.random.rademacher(key, image.shape, image.dtype)
    return (image + radius * signs).clip(0, 1)


def _unit_mean() -> optax.GradientTransformation:
    """Divides each image's gradient by its mean magnitude; a gradient of zero stays."""

    def scale(gradient, _):
        size = jnp.abs(gradient).mean((1, 2, 3), keepdims=True)
        return gradient / jnp.where(size == 0, 1, size)

    return optax.stateless(scale)
