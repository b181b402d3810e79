"""Models with random parameters that keep images in their range, as trained ones do."""

import jax
import jax.numpy as jnp
import numpy as np


def random_params(model, channels=3, seed=0):
    """Kernels that keep the energy of what passes, and small biases."""
    rng = np.random.default_rng(seed)
    image = jax.ShapeDtypeStruct((1, 64, 64, channels), jnp.float32)
    tree = jax.eval_shape(model.init, jax.random.key(0), image).get("params", {})

    def fill(path, leaf):
        kind, shape = path[-1].key, leaf.shape
        draw = rng.standard_normal(shape).astype(np.float32)
        if kind == "kernel":
            fan_in = np.prod(shape[-4:-1]) if len(shape) > 3 else shape[-2]
            return draw * np.float32(0.5 / np.sqrt(fan_in))
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
