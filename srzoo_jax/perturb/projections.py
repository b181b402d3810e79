"""The nearest allowed perturbation: inside a ball, and image + perturbation inside [0, 1].

Each takes (delta, image, radius), `radius` being one number or one an image, [B, 1, 1, 1], and
gives the point of ball and box that is nearest in the Euclidean sense. The clean image lies in the
box, so zero is always allowed.
"""

import jax
import jax.numpy as jnp

from srzoo_jax.types import Image


def linf(delta: jax.Array, image: Image, radius) -> jax.Array:
    """No value changes by more than `radius`."""
    return _box(delta.clip(-radius, radius), image)


def l2(delta: jax.Array, image: Image, radius) -> jax.Array:
    """The Euclidean norm of an image's perturbation is at most `radius`.

    The nearest point is clip(s delta) for the largest s <= 1 that fits (Karush-Kuhn-Tucker); the
    norm grows with s, so halving an interval finds it, to the last bit of float32.
    """

    def norm(point):
        return jnp.sqrt((point**2).sum((1, 2, 3), keepdims=True))

    def halve(_, bounds):
        low, high = bounds
        middle = (low + high) / 2
        fits = norm(_box(middle * delta, image)) <= radius
        return jnp.where(fits, middle, low), jnp.where(fits, high, middle)

    zeros = jnp.zeros((len(delta), 1, 1, 1), delta.dtype)
    low, _ = jax.lax.fori_loop(0, 30, halve, (zeros, zeros + 1))
    whole = norm(_box(delta, image)) <= radius
    return _box(jnp.where(whole, 1, low) * delta, image)


def l0(delta: jax.Array, image: Image, radius) -> jax.Array:
    """At most `radius` pixels of an image change, by as much as the box allows.

    Kept are the pixels where it saves the most squared distance (Croce and Hein, ICCV 2019).
    """
    boxed = _box(delta, image)
    saved = (delta**2 - (boxed - delta) ** 2).sum(-1)
    flat = saved.reshape(len(delta), -1)
    rank = jnp.argsort(jnp.argsort(-flat, axis=1), axis=1).reshape(*saved.shape, 1)
    return jnp.where(rank < radius, boxed, 0)


def _box(delta, image):
    return (image + delta).clip(0, 1) - image
