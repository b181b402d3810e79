"""Studies without an attacker: sensitivity, corruptions, attribution."""

from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import compiling, influence, zoo
from srzoo_jax.metrics import psnr
from srzoo_jax.perturb import attribution, corruptions, objectives, sensitivity
from srzoo_jax.studies.crops import Crops
from srzoo_jax.studies.named import radius_of, restored
from srzoo_jax.studies.study import Options, Study, Subject

BANDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.71)
"""Edges of the bands of frequencies, in cycles a pixel."""
WINDOW = 16
"""Rows and columns of the window that is explained, in SR pixels, as in the paper."""


@partial(compiling.jit, static_argnames="restore")
def _sensitivity(restore, params, lr, hr, radius, key):
    objective = objectives.away_from(hr)
    norm, direction = sensitivity.spectral_norm(restore, params, lr, key=key)
    steepest = sensitivity.steepest(
        restore, params, lr, objective, radius=radius, key=key, samples=16
    )
    gains = sensitivity.band_gain(restore, params, lr, edges=jnp.array(BANDS), key=key, samples=4)
    return norm, direction, steepest, gains, sensitivity.receptive_field(restore, params, lr)


def sensitive(on: Subject, of: Crops, settings) -> tuple[dict, dict]:
    """Largest singular value, steepest slope, gain by frequency, receptive field, influence."""
    key = jax.random.key(settings["seed"])
    norm, direction, steepest, gains, field = _sensitivity(
        on.restore, on.params, of.lr, of.hr, radius_of(settings["alpha"]), key
    )
    radius = influence.radius(zoo.entry(on.name))
    figures = {
        # Of root mean squares over pixels, as gains are: a perfect interpolation has 1.
        "worst_gain": norm / on.scale,
        "steepest": steepest,
        "extent": sensitivity.mean_extent(field),
        "influence": np.full(len(of.names), np.inf if radius is None else radius),
        **{f"gain:{low}-{high}": gains[i] for i, (low, high) in enumerate(pairwise(BANDS))},
    }
    shown = 0.5 + 0.5 * direction / jnp.abs(direction).max((1, 2, 3), keepdims=True)
    peak = field.max((1, 2), keepdims=True)
    # Six decades of strength from black to white.
    decades = 1 + jnp.log10(jnp.maximum(field / peak, 1e-6)) / 6
    return figures, {"lr": of.lr, "direction": shown, "field": _grey(decades)}


def corrupted(on: Subject, of: Crops, settings) -> tuple[dict, dict]:
    """What noise, blur and JPEG do, by strength."""
    corrupt = corruptions.CURVES[settings["corruption"]].apply
    lr = corrupt(of.lr, settings["strength"], jax.random.key(settings["seed"]))
    clean, after = (restored(on.restore, on.params, image) for image in (of.lr, lr))
    figures = {
        "lr_psnr": psnr(of.lr, lr),
        "sr_psnr": psnr(clean, after),
        "hr_psnr": psnr(of.hr, after),
    }
    return figures, {}


@partial(compiling.jit, static_argnames=("restore", "method", "steps", "place"))
def _attribution(restore, params, lr, *, method, steps, place):
    paths = {
        "lam": attribution.sharpening(lr),
        "integrated_gradients": attribution.straight(lr, jnp.zeros_like(lr)),
    }
    path, detail = paths[method], attribution.edges(*place)
    field = attribution.along(restore, params, path, detail, steps=steps)
    start, end = (detail(restore(params, path(jnp.float32(time)))) for time in (0, 1))
    return field, end - start


def attributed(on: Subject, of: Crops, settings) -> tuple[dict, dict]:
    """Which pixels the middle of the output is made from."""
    corner = (of.hr.shape[1] - WINDOW) // 2
    how = {"method": settings["method"], "steps": settings["steps"]}
    place = (corner, corner, WINDOW)
    field, gained = _attribution(on.restore, on.params, of.lr, place=place, **how)
    strength = jnp.abs(field.sum(-1))
    figures = {
        "diffusion_index": attribution.diffusion_index(field),
        "gained": gained,
        "incompleteness": jnp.abs(field.sum((1, 2, 3)) / gained - 1),
    }
    sr = restored(on.restore, on.params, of.lr)
    peak = strength.max((1, 2), keepdims=True)
    return figures, {
        "lr": of.lr,
        "sr": _framed(sr, *place),
        # The root shows weak pixels, too.
        "map": _overlay(of.lr, jnp.sqrt(strength / jnp.where(peak == 0, 1, peak))),
    }


def _grey(field):
    return jnp.broadcast_to(field[..., None], (*field.shape, 3))


def _overlay(lr, field):
    """Red where the field is strong, on a pale image."""
    grey = 0.4 + 0.6 * lr.mean(-1, keepdims=True)
    return (1 - field[..., None]) * grey + field[..., None] * jnp.array((0.85, 0.0, 0.1))


def _framed(sr, top, left, size):
    """Draws a red frame around a window."""
    rows, columns = jnp.arange(sr.shape[1]), jnp.arange(sr.shape[2])

    def inside(margin):
        down = (rows >= top - margin) & (rows < top + size + margin)
        across = (columns >= left - margin) & (columns < left + size + margin)
        return down[:, None] & across

    frame = inside(1) & ~inside(0)
    return jnp.where(frame[:, :, None], jnp.array((0.85, 0.0, 0.1)), sr)


def _corruptions(options: Options) -> list[dict]:
    del options
    return [
        {"corruption": name, "strength": strength}
        for name, curve in corruptions.CURVES.items()
        for strength in curve.strengths
    ]


STUDIES = {
    "sensitivity": Study(
        "local gain, by direction and frequency; receptive field",
        lambda options: [{"alpha": alpha} for alpha in options.alphas],
        sensitive,
    ),
    "corruption": Study("noise, blur and JPEG by strength", _corruptions, corrupted),
    "lam": Study(
        "local attribution maps and integrated gradients",
        lambda options: [
            {"method": method, "steps": options.steps} for method in ("lam", "integrated_gradients")
        ],
        attributed,
    ),
}
