"""Recipes: how networks are trained, as rows of data; those of the literature by family."""

import dataclasses
from collections.abc import Callable

import flax.linen as nn
import optax


@dataclasses.dataclass(frozen=True)
class Recipe:
    """All choices of a training besides model, images and seed.

    Raises:
        ValueError: A choice is not in its table, or a number out of range.
    """

    source: str
    """Where the choices are from."""
    steps: int
    batch: int = 16
    patch: int = 48
    """Side of the LR crops."""
    learning_rate: float = 1e-4
    schedule: str = "halved"
    period: int = 200_000
    """`halved`: steps between halvings; `stable`: steps of the final decay; `cosine`: unused."""
    warm_up: int = 0
    """Steps in which the learning rate rises linearly from zero."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Adam's; its epsilon is 1e-8."""
    loss: str = "l1"
    frequency: float = 0.0
    """Weight of the mean difference of Fourier coefficients that is added to the loss."""
    ema: float = 0.999
    """How much of the moving average of the parameters stays at each step."""
    start: str = "own"
    """How parameters start: the network's `own` way, or near `identity`."""
    precision: str = "float32"
    """In which convolutions are computed; everything else is float32."""

    def __post_init__(self):
        for name, known in _TABLES.items():
            if (value := getattr(self, name)) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}; got {value!r}")
        positive = ("steps", "batch", "patch", "learning_rate", "period")
        wrong = [name for name in positive if not getattr(self, name) > 0]
        wrong += [name for name in ("warm_up", "frequency") if getattr(self, name) < 0]
        wrong += [] if 0 <= self.ema < 1 else ["ema"]
        if wrong:
            raise ValueError(f"{wrong[0]} of a recipe cannot be {getattr(self, wrong[0])}")


def _halved(recipe: Recipe) -> optax.Schedule:
    return optax.exponential_decay(
        recipe.learning_rate, recipe.period, decay_rate=0.5, staircase=True
    )


def _cosine(recipe: Recipe) -> optax.Schedule:
    return optax.cosine_decay_schedule(recipe.learning_rate, recipe.steps)


def _stable(recipe: Recipe) -> optax.Schedule:
    """Constant, then linear to zero: the end can be put off while the decay has not begun."""
    decay = min(recipe.period, recipe.steps)
    return optax.linear_schedule(recipe.learning_rate, 0.0, decay, recipe.steps - decay)


SCHEDULES: dict[str, Callable[[Recipe], optax.Schedule]] = {
    "halved": _halved,
    "cosine": _cosine,
    "stable": _stable,
}
LOSSES = ("l1", "l2")
STARTS = ("own", "identity")
PRECISIONS = ("float32", "bfloat16")
_TABLES = {"schedule": SCHEDULES, "loss": LOSSES, "start": STARTS, "precision": PRECISIONS}


def schedule(recipe: Recipe) -> optax.Schedule:
    """Returns the learning rate as a function of the step."""
    after = SCHEDULES[recipe.schedule](recipe)
    if not recipe.warm_up:
        return after
    return lambda step: after(step) * optax.linear_schedule(0, 1, recipe.warm_up)(step + 1)


def optimiser(recipe: Recipe) -> optax.GradientTransformation:
    """Returns Adam with the recipe's learning rate."""
    return optax.adam(schedule(recipe), *recipe.betas)


_EDSR = Recipe("Lim et al., EDSR, CVPRW 2017", steps=300_000)
RECIPES: dict[str, Recipe] = {
    "EDSR": _EDSR,
    "RCAN": Recipe("Zhang et al., RCAN, ECCV 2018", steps=1_000_000),
    "CARN": Recipe(
        "Ahn et al., CARN, ECCV 2018", steps=600_000, batch=64, patch=64, period=400_000
    ),
    "IMDN": Recipe("Hui et al., IMDN, ACM MM 2019", steps=1_000_000, learning_rate=2e-4),
    "ECBSR": Recipe(
        "of the embedded models; not that of Zhang et al., ACM MM 2021",
        steps=60_000,
        batch=8,
        patch=32,
        learning_rate=2e-3,
        schedule="stable",
        period=6000,
        warm_up=100,
        betas=(0.9, 0.99),
        start="identity",
    ),
}
"""By the family's class."""


def of(model: nn.Module) -> Recipe:
    """Returns the recipe of a model's family; of families without one, that of EDSR."""
    name = type(model).__name__
    other = dataclasses.replace(_EDSR, source=f"{_EDSR.source}, for want of one of {name}")
    return RECIPES.get(name, other)
