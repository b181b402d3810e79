"""What several metrics do to the images first: local means, gradients, safe roots.

All maps are [B, H, W, C].
"""

import chex
import jax
import jax.numpy as jnp
import numpy as np


def gaussian(size: int, sigma: float) -> tuple[float, ...]:
    """The weights of a Gaussian window along one side; they add up to 1."""
    offsets = np.arange(size) - size // 2
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    return tuple(weights / weights.sum())


def checked(metric: str, sr: jax.Array, hr: jax.Array, side: int) -> None:
    """Refuses images that a metric of two is not defined for.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
        ValueError: A side is shorter than `side`.
    """
    chex.assert_rank([sr, hr], 4)
    chex.assert_equal_shape([sr, hr])
    if min(sr.shape[1:3]) < side:
        raise ValueError(
            f"{metric} needs sides of at least {side} pixels, got {sr.shape[1]} x {sr.shape[2]}"
        )


def blur(x: jax.Array, weights: tuple[float, ...]) -> jax.Array:
    """Weighted means of all whole windows, rows then columns.

    Shifted sums: on CPU many times faster than a convolution, and never TF32.
    """
    weights = np.asarray(weights, x.dtype)
    height, width = (side - len(weights) + 1 for side in x.shape[1:3])
    x = sum(weight * x[:, i : i + height] for i, weight in enumerate(weights))
    return sum(weight * x[:, :, i : i + width] for i, weight in enumerate(weights))


def reduced(x: jax.Array, factor: int) -> jax.Array:
    """Means of factor x factor pixels, zeros beyond the border, every factor-th of them.

    MATLAB's `conv2(x, fspecial('average', factor), 'same')(1:factor:end, 1:factor:end)`.
    """
    before = (factor - 1) // 2
    new = [-(-side // factor) for side in x.shape[1:3]]
    around = [(before, n * factor - s - before) for n, s in zip(new, x.shape[1:3], strict=True)]
    # An odd factor's last windows may end before the image does.
    x = jnp.pad(x, ((0, 0), *((b, max(a, 0)) for b, a in around), (0, 0)))
    x = x[:, : new[0] * factor, : new[1] * factor]
    blocks = x.reshape(len(x), new[0], factor, new[1], factor, x.shape[-1])
    return blocks.mean((2, 4))


def gradient_magnitude(x: jax.Array, smoothing: tuple[float, float, float]) -> jax.Array:
    """The size of the gradient: differences over three pixels, smoothed across; zeros around."""
    x = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    a, b, c = (weight * x[:, i : i + x.shape[1] - 2] for i, weight in enumerate(smoothing))
    across = a + b + c
    a, b, c = (weight * x[:, :, i : i + x.shape[2] - 2] for i, weight in enumerate(smoothing))
    along = a + b + c
    return root((across[:, :, 2:] - across[:, :, :-2]) ** 2 + (along[:, 2:] - along[:, :-2]) ** 2)


def similarity(a: jax.Array, b: jax.Array, constant: float) -> jax.Array:
    """(2 a b + constant) / (a^2 + b^2 + constant), by the difference: exactly 1 at equality."""
    return 1 - (a - b) ** 2 / (a**2 + b**2 + constant)


def root(x: jax.Array) -> jax.Array:
    """The square root of what is positive; zero else, with zero gradient instead of NaN."""
    return jnp.where(x > 0, jnp.sqrt(jnp.where(x > 0, x, 1)), 0)


def decibel(error: jax.Array) -> jax.Array:
    """-10 log10 of a squared error; of none inf, with zero gradient instead of NaN."""
    none = error == 0
    return jnp.where(none, jnp.inf, -10 * jnp.log10(jnp.where(none, 1, error)))
