"""For every primitive and helper that ONNX is written of: a restorer that uses it."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import lax

from srzoo_jax.models import layers, pixels
from srzoo_jax.models.convolution import conv2d
from srzoo_jax.models.product import product
from srzoo_jax.models.strided import strided, transposed

_RNG = np.random.default_rng(0)
_KERNEL = _RNG.standard_normal((4, 4, 3, 3)).astype(np.float32)
_MATRIX = _RNG.standard_normal((3, 3)).astype(np.float32)
_STACK = _RNG.standard_normal((2, 1, 1, 1, 3)).astype(np.float32)
_SIX = _RNG.standard_normal((1, 1, 3, 12)).astype(np.float32)


def _there_and_back(x):
    """Twice the size and back again."""
    return strided(transposed(x, _KERNEL, 2, 1), _KERNEL.swapaxes(2, 3), 2, 1)


def _lax_convolution(x):
    return lax.conv_general_dilated(
        x, _KERNEL[:3, :3], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _map(x):
    """Over a batch that is not known at export, but for what is stacked."""
    return lax.map(lambda y: 2 * y, jnp.stack([x, x + 1])).sum(0)


def _scan(x):
    carry, each = lax.scan(lambda y, k: (y * k, y + k), x, _STACK, reverse=True)
    return carry + each[0] - each[1] + _map(x)


def _unstacked(x):
    """Along the last axis, the first of a stack, and one that was broadcast."""
    red, _, blue = lax.unstack(x, 3)
    one, other = lax.unstack(jnp.stack([x, x[:, :, ::-1]]), 0)
    _, same = lax.unstack(jnp.broadcast_to(x, (2, *x.shape)), 0)
    return one - other * (red + 2 * blue)[..., None] + same


def _turned(x):
    batch, height, width, channels = x.shape
    return x.transpose(0, 3, 1, 2).reshape(batch, channels, height * width).swapaxes(1, 2)


def _pooled(x):
    return nn.max_pool(jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), (3, 3))


def _leaky(x):
    """With a slope of its own, and with that of JAX."""
    return jax.nn.leaky_relu(x - 0.5, 0.2) + jax.nn.leaky_relu(0.4 - x)


@jax.custom_vjp
def _custom(x):
    return 2 * x


_custom.defvjp(lambda x: (2 * x, None), lambda _, ct: (2 * ct,))

PRIMITIVES = {
    "abs": lambda x: jnp.abs(x - 0.5),
    "add": lambda x: x + x[..., ::-1],
    "and": lambda x: jnp.where((x > 0.3) & (x < 0.6), x, 0),
    "argmax": lambda x: x * jnp.argmax(x, -1)[..., None].astype(float),
    "argmin": lambda x: x * jnp.argmin(x, -1)[..., None].astype(float),
    "broadcast_in_dim": lambda x: x * x.sum(-1)[..., None],
    "ceil": lambda x: jnp.ceil(3 * x),
    "remat2": jax.checkpoint(jnp.tanh),
    "clamp": lambda x: lax.clamp(0.2, x, 0.7),
    "concatenate": lambda x: jnp.concatenate([x[..., 1:], 2 * x[..., :1]], -1),
    "conv2d": lambda x: conv2d(x, _KERNEL[:3, :3], (1, 1)),
    "conv_general_dilated": _lax_convolution,
    "convert_element_type": lambda x: (255 * x).astype(int).astype(float),
    "copy": lambda x: jnp.array(x, copy=True),
    "custom_jvp_call": jax.nn.relu,
    "custom_vjp_call": _custom,
    "dim_as_value": lambda x: x / jnp.asarray(x.shape[1] * x.shape[2], x.dtype),
    "div": lambda x: x / (1 + x[..., ::-1]),
    "dot_general": lambda x: jnp.einsum("bhwc,bcd->bhwd", x @ _MATRIX, x[:, 0, :3, :]),
    "eq": lambda x: jnp.where(jnp.round(x) == jnp.round(x[..., ::-1]), x, 0),
    "erf": lax.erf,
    "exp": jnp.exp,
    "floor": lambda x: jnp.floor(3 * x),
    "gather": lambda x: x * jnp.asarray((1.0, 5.0, 2.0))[jnp.argmax(x, -1)][..., None],
    "ge": lambda x: jnp.where(x >= 0.5, x, 0),
    "gt": lambda x: jnp.where(x > 0.5, x, 0),
    "integer_pow": lambda x: x**3,
    "iota": lambda x: x * jnp.arange(x.shape[2], dtype=x.dtype)[:, None],
    "jit": jax.jit(lambda x: 2 * x),
    "le": lambda x: jnp.where(x <= 0.5, x, 0),
    "log": lambda x: jnp.log(1 + x),
    "logistic": jax.nn.sigmoid,
    "lt": lambda x: jnp.where(x < 0.5, x, 0),
    "max": lambda x: jnp.maximum(x, x[..., ::-1]),
    "min": lambda x: jnp.minimum(x, x[..., ::-1]),
    "mul": lambda x: x * x[..., ::-1],
    "ne": lambda x: jnp.where(jnp.round(x) != jnp.round(x[..., ::-1]), x, 0),
    "neg": lambda x: -x,
    "not": lambda x: jnp.where(~(x > 0.5), x, 0),
    "or": lambda x: jnp.where((x < 0.3) | (x > 0.6), x, 0),
    "pad": lambda x: lax.pad(x, 0.5, ((0, 0, 0), (2, -2, 0), (-1, 1, 0), (0, 0, 0))),
    "pow": lambda x: (x + 0.1) ** (x + 0.5),
    "product": lambda x: product(x, jnp.asarray(_MATRIX)[None, None]),
    "reduce_max": lambda x: x - x.max((1, 3), keepdims=True),
    "reduce_min": lambda x: x - x.min((2,), keepdims=True),
    "reduce_sum": lambda x: x / x.sum((1, 2), keepdims=True),
    "reduce_window_max": _pooled,
    "reshape": lambda x: x.reshape(*x.shape[:2], -1).reshape(x.shape),
    "rev": lambda x: jnp.flip(x, (1, 2)),
    "round": lambda x: jnp.round(7 * x),
    "rsqrt": lambda x: lax.rsqrt(1 + x),
    "scan": _scan,
    "select_n": lambda x: jnp.where(x > 0.5, x, -x),
    "sign": lambda x: jnp.sign(x - 0.5),
    "slice": lambda x: x - lax.slice(x, (0, 1, 2, 0), (x.shape[0], 4, 3, 3), (1, 3, 1, 1)),
    "split": lambda x: jnp.concatenate(jnp.split(x, 3, -1)[::-1], -1),
    "sqrt": jnp.sqrt,
    "square": jnp.square,
    "squeeze": lambda x: x * lax.squeeze(x[..., 1:2], (3,))[..., None],
    "stack": lambda x: jnp.stack([x[..., 1], 2 * x[..., 0], x[..., 2]], -1),
    "stop_gradient": lambda x: x - lax.stop_gradient(x[:, :1]),
    "strided": _there_and_back,
    "sub": lambda x: x - x[..., ::-1],
    "tanh": jnp.tanh,
    "transpose": lambda x: _turned(x).reshape(x.shape),
    "transposed": _there_and_back,
    "unstack": _unstacked,
}

HELPERS = {
    "average": ("GlobalAveragePool", lambda x: x - pixels.average(x)),
    "bilinear": ("Resize", lambda x: pixels.bilinear(x, 2 * x.shape[1], 2 * x.shape[2])),
    "depth_to_space": ("DepthToSpace", lambda x: pixels.depth_to_space(x @ _SIX[0, 0], 2)),
    "leaky_relu": ("LeakyRelu", _leaky),
    "nearest": ("Resize", lambda x: pixels.nearest(x, 2)),
    "pixel_shuffle": ("DepthToSpace", lambda x: pixels.pixel_shuffle(x @ _SIX[0, 0], 2)),
    "polyphase": ("DepthToSpace", lambda x: pixels.bicubic(x, 3)),
    "prelu": ("PRelu", lambda x: layers.prelu(x - 0.5, jnp.asarray((0.3,), x.dtype))),
}
"""Helper -> the operator that it should become, and a restorer."""
