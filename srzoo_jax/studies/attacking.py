"""Studies that attack: each measures one variant on one batch of crops.

PSNR is of RGB without shaving, of SR rounded to 8 bit, as Choi et al. (ICCV 2019): `lr_psnr`
compares the attacked LR with the clean one, `sr_psnr` SR of the attacked LR with SR of the clean
one. `_8bit` is of the attacked LR rounded to 8 bit, as a file would hold it.
"""

from functools import partial

import jax
import jax.numpy as jnp

from srzoo_jax import compiling
from srzoo_jax import image as images
from srzoo_jax.metrics import psnr
from srzoo_jax.perturb import attacks, universal
from srzoo_jax.studies.crops import Crops
from srzoo_jax.studies.named import (
    defended,
    drawn,
    perturbed,
    radius_of,
    randomly_resized,
    restored,
)
from srzoo_jax.studies.study import Options, Study, Subject, subject

_SIGNS = 1
"""Fold of the seed for random signs: noise of its own beside that of attacks."""


def _sweep(options: Options, **more) -> list[dict]:
    common = {"attack": options.attack, "against": options.against, "steps": options.steps}
    return [common | {"alpha": alpha} | more for alpha in options.alphas]


def _attacked(on: Subject, of: Crops, settings, *, restore=None, **how):
    how = {name: settings[name] for name in ("attack", "steps", "against")} | how
    key = jax.random.key(settings["seed"])
    restore = on.restore if restore is None else restore
    target = how.pop("target", of.hr)
    return perturbed(restore, on.params, of.lr, target, radius_of(settings["alpha"]), key, **how)


def _effect(on: Subject, of: Crops, attacked) -> tuple[dict, dict]:
    """Figures and pictures of attacked LR images."""
    sr = lambda lr: restored(on.restore, on.params, lr)  # noqa: E731
    clean, after, rounded = sr(of.lr), sr(attacked), sr(images.quantize(attacked))
    figures = {
        "lr_psnr": psnr(of.lr, attacked),
        "sr_psnr": psnr(clean, after),
        "sr_psnr_8bit": psnr(clean, rounded),
        "hr_psnr_clean": psnr(of.hr, clean),
        "hr_psnr": psnr(of.hr, after),
    }
    return figures, {"lr": of.lr, "attacked": attacked, "sr": clean, "sr_attacked": after}


def strength(on: Subject, of: Crops, settings) -> tuple[dict, dict]:
    """Attacks with one strength, beside random signs of the same."""
    attacked = _attacked(on, of, settings)
    figures, pictures = _effect(on, of, attacked)
    key = jax.random.fold_in(jax.random.key(settings["seed"]), _SIGNS)
    noisy = attacks.random_signs(key, of.lr, radius_of(settings["alpha"]))
    signs, _ = _effect(on, of, noisy)
    figures |= {
        "lr_psnr_signs": signs["lr_psnr"],
        "sr_psnr_signs": signs["sr_psnr"],
        "robustness": figures["sr_psnr"] - figures["lr_psnr"],
    }
    return figures, pictures


def transfer(on: Subject, of: Crops, settings) -> tuple[dict, dict]:
    """Attacks one model and shows the images to others of its scale."""
    attacked = _attacked(on, of, settings)
    figures = {"lr_psnr": psnr(of.lr, attacked)}
    for name in settings["victims"].split(","):
        other = subject(name)
        if other.scale == on.scale:
            sr = lambda lr, other=other: restored(other.restore, other.params, lr)  # noqa: E731
            figures[f"sr_psnr:{name}"] = psnr(sr(of.lr), sr(attacked))
    return figures, {}


def one_for_all(on: Subject, of: Crops, settings) -> tuple[dict, dict]:
    """One perturbation for all crops of the batch."""
    radius = radius_of(settings["alpha"])
    delta = _universal(on.restore, on.params, of.lr, of.hr, radius, steps=settings["steps"])
    figures, pictures = _effect(on, of, universal.apply(of.lr, delta))
    shown = 0.5 + 0.5 * delta / jnp.maximum(radius, 1e-6)
    return figures, pictures | {"delta": jnp.broadcast_to(shown, of.lr.shape)}


@partial(compiling.jit, static_argnames=("restore", "steps"))
def _universal(restore, params, lr, hr, radius, *, steps):
    return universal.universal(restore, params, lr, hr, radius=radius, steps=steps)


def middle(on: Subject, of: Crops, settings) -> tuple[dict, dict]:
    """Attacks the middle of the image, a quarter of its area; the outside counts."""
    side, scale = of.lr.shape[1], on.scale
    inside = jnp.abs(jnp.arange(side) - (side - 1) / 2) < side / 4
    mask = (inside[:, None] & inside).astype(of.lr.dtype)[:, :, None]
    weight = 1 - mask.repeat(scale, 0).repeat(scale, 1)
    attacked = _attacked(on, of, settings, mask=mask, weight=weight)
    figures, pictures = _effect(on, of, attacked)
    square = (pictures["sr"] - pictures["sr_attacked"]) ** 2
    for name, part in (("outside", weight), ("inside", 1 - weight)):
        mean = (part * square).sum((1, 2, 3)) / (3 * part.sum())
        figures[f"sr_psnr_{name}"] = -10 * jnp.log10(mean)
    return figures, pictures


def targeted(on: Subject, of: Crops, settings) -> tuple[dict, dict]:
    """Attacks each image towards the HR of the next one of the batch."""
    target = jnp.roll(of.hr, -1, axis=0)
    attacked = _attacked(on, of, settings, against="target", target=target)
    figures, pictures = _effect(on, of, attacked)
    figures |= {
        "target_psnr_clean": psnr(target, pictures["sr"]),
        "target_psnr": psnr(target, pictures["sr_attacked"]),
    }
    return figures, pictures | {"target": target}


def defence(on: Subject, of: Crops, settings) -> tuple[dict, dict]:
    """Shows attacked images to a defended model; `adaptive`: the defence itself is attacked.

    Of a random defence, figures are means over four draws, none of which the attack has seen.
    """
    name = settings["defence"]
    random = name == "random_resize"
    if random:
        members = [drawn(on.restore, number) for number in range(4)]
        guarded = randomly_resized(on.restore)
    else:
        members = [guarded := defended(on.restore, name)]
    how = {"restore": guarded, "random": random} if settings["adaptive"] else {}
    attacked = _attacked(on, of, settings, **how)
    clean = restored(on.restore, on.params, of.lr)
    found = []
    for member in members:
        before, after = (restored(member, on.params, lr) for lr in (of.lr, attacked))
        found.append(
            {
                "lr_psnr": psnr(of.lr, attacked),
                "sr_psnr": psnr(clean, after),
                "clean_cost": psnr(clean, before),
                "hr_psnr_clean": psnr(of.hr, before),
                "hr_psnr": psnr(of.hr, after),
            }
        )
    return jax.tree.map(lambda *values: sum(values) / len(values), *found), {}


def _defences(options: Options) -> list[dict]:
    rows = [("none", False), ("8bit", False)]
    guarded = ("resize", "random_resize", "self_ensemble")
    rows += [(name, adaptive) for name in guarded for adaptive in (False, True)]
    return [
        settings | {"defence": name, "adaptive": adaptive}
        for settings in _sweep(options)
        for name, adaptive in rows
    ]


STUDIES = {
    "attack": Study("every model alone, by strength", _sweep, strength),
    "transfer": Study(
        "attacks on one model shown to the others",
        lambda options: _sweep(options, victims=",".join(options.models)),
        transfer,
    ),
    "universal": Study("one perturbation for all crops of a batch", _sweep, one_for_all),
    "partial": Study("the middle attacked, the effect around it", _sweep, middle),
    "targeted": Study("towards another image", _sweep, targeted),
    "defence": Study("defences, and attacks that know of them", _defences, defence),
}
