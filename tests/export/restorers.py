"""Models with random parameters that keep images in their range, as trained ones do."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

# One row a network; deep ones with fewer blocks, which repeat.
SMALLER = {
    "bicubic_x3": {},
    "vdsr_x2": {"depth": 4},
    "edsr_baseline_x4": {"blocks": 2},
    "carn_m_x4": {},
    "rcan_x2": {"groups": 2, "blocks": 2},
    "rrdb_x4": {"blocks": 2},
    "dbpn_x2": {"stages": 3},
    "eusr_x4": {"blocks": 2},
    "frsr_x3": {"levels": 1},
    "imdn_x2": {"blocks": 2},
    "imdn_as_x1": {"blocks": 1},
    "pan_x3": {"blocks": 2},
    "rfdn_x4": {"blocks": 2},
    "rlfn_x4": {"blocks": 2},
    "srzoo_ecbsr_x2": {"blocks": 2},
    "swinir_lightweight_x4": {"features": 24, "groups": 2, "blocks": 2, "heads": 3},
    "imgcomp_a": {"groups": 1, "channels": 8, "features": 32},
}


def small(row):
    """A row of the catalogue with fewer blocks."""
    return dataclasses.replace(row, model=dataclasses.replace(row.model, **SMALLER[row.name]))


def random_params(model, channels=3, seed=0, gain=0.75):
    """Kernels that pass on so much of the standard deviation, and small biases."""
    rng = np.random.default_rng(seed)
    image = jax.ShapeDtypeStruct((1, 64, 64, channels), jnp.float32)
    tree = jax.eval_shape(model.init, jax.random.key(0), image).get("params", {})

    def fill(path, leaf):
        kind, shape = path[-1].key, leaf.shape
        draw = rng.standard_normal(shape).astype(np.float32)
        if kind == "kernel":
            fan_in = np.prod(shape[-4:-1]) if len(shape) > 3 else shape[-2]
            return draw * np.float32(gain / np.sqrt(fan_in))
        if kind in ("scale", "variance"):
            return 1 + np.abs(draw) / 10
        return np.full(shape, 0.25, np.float32) if kind == "slope" else draw / 100

    return jax.tree_util.tree_map_with_path(fill, tree)


def image(shape, seed=0):
    """A smooth image with some noise, float32 in [0, 1]: [B, H, W, C]."""
    rng = np.random.default_rng(seed)
    _, height, width, channels = shape
    rows, columns = np.mgrid[:height, :width] / 7
    waves = np.sin(rows[..., None] + rng.random(channels)) * np.cos(columns[..., None])
    noise = rng.normal(0, 0.05, shape)
    return (0.5 + 0.3 * waves + noise).clip(0, 1).astype(np.float32)
