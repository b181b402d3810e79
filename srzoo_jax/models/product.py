"""Matrix products and sums over channels, as attention needs them, with fast derivatives.

XLA's CPU backend copies a transposed operand before it multiplies, and is slow at sums over short
last axes of anything but squares. Both appear only when JAX forms derivatives, and take longer
there than all the arithmetic. Here derivatives are products again, which transpose only what is
small, and sums are products with ones, whose derivatives are the same.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.interpreters import batching

from srzoo_jax.models.convolution import bilinear_primitive


def product(left: jax.Array, right: jax.Array) -> jax.Array:
    """Returns the matrix products [..., M, N] of [..., M, K] and [..., K, N].

    The dots stand for the same axes in all three. Products are of full precision on every device.
    """
    return _product.bind(left, right)


def sums(x: jax.Array, groups: int) -> jax.Array:
    """[..., C] -> [..., groups], sums over equal runs of neighbouring channels."""
    return _apply(x, _membership(x.shape[-1], groups).astype(x.dtype))


def spread(x: jax.Array, channels: int) -> jax.Array:
    """[..., groups] -> [..., channels], every value repeated: what `sums` is transposed."""
    return _apply(x, _membership(channels, x.shape[-1]).T.astype(x.dtype))


def _membership(channels: int, groups: int) -> np.ndarray:
    return np.kron(np.eye(groups, dtype="f4"), np.ones((channels // groups, 1), "f4"))


def _apply(left, right):
    return jnp.matmul(left, right, precision=lax.Precision.HIGHEST)


def _turned(x):
    return x.swapaxes(-1, -2)


def _left_gradient(ct, left, right):
    del left
    return product(ct, _turned(right))


def _right_gradient(ct, left, right):
    del right
    if left.size > ct.size:  # Many queries see many keys, but have few features.
        return _turned(product(_turned(ct), left))
    return product(_turned(left), ct)


def _batch(args, axes):
    size = next(x.shape[a] for x, a in zip(args, axes, strict=True) if a is not None)
    left, right = (batching.bdim_at_front(x, a, size) for x, a in zip(args, axes, strict=True))
    return product(left, right), 0


_product = bilinear_primitive("product", _apply, (), _left_gradient, _right_gradient)
batching.primitive_batchers[_product] = _batch
