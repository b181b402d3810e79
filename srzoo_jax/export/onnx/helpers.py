"""Named helpers of the models that are one operator in ONNX, where JAX needs several primitives.

A helper is recognised as a call under its name. The equation still has all that it does, which
is what is converted where an operator does not fit.
"""

import inspect

import jax
import numpy as np

from srzoo_jax.export.onnx import dims, elementwise
from srzoo_jax.export.onnx.values import CHANNELS_FIRST, Tensor


def find(eqn, values):
    """Returns the handler of a call to a helper, if the equation is one, of an unknown image."""
    if eqn.primitive.name != "jit":
        return None
    if not values or not isinstance(values[0], Tensor) or len(values[0].shape) != 4:
        return None
    return HANDLERS.get(eqn.params["name"])


def _add(conversion, eqn, operator, image, *inputs, **attributes):
    name = conversion.dense(image, eqn.invars[0].aval, CHANNELS_FIRST)
    name = conversion.graph.node(operator, name, *inputs, **attributes)
    return conversion.tensor(name, eqn.outvars[0].aval, CHANNELS_FIRST)


def _shuffle(mode):
    def handler(conversion, eqn, image):
        # 3 C of f f C channels: f is known where the sides are not.
        ratio = image.shape[3] // eqn.outvars[0].aval.shape[3]
        factor = int(np.sqrt(ratio))
        return _add(conversion, eqn, "DepthToSpace", image, blocksize=factor, mode=mode)

    return handler


def _nearest(conversion, eqn, image):
    factors = [new // old for old, new in zip(image.shape, eqn.outvars[0].aval.shape, strict=True)]
    scales = np.array([factors[axis] for axis in CHANNELS_FIRST], np.float32)
    rule = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    scales = conversion.graph.constant(scales)
    return _add(conversion, eqn, "Resize", image, "", scales, mode="nearest", **rule)


def _bilinear(conversion, eqn, image):
    shape = [eqn.outvars[0].aval.shape[axis] for axis in CHANNELS_FIRST]
    sizes = dims.vector(conversion.graph, conversion.values.symbols, shape)
    return _add(conversion, eqn, "Resize", image, "", "", sizes, mode="linear")


def _average(conversion, eqn, image):
    return _add(conversion, eqn, "GlobalAveragePool", image)


def _polyphase(conversion, eqn, image, weights):
    """All sums of a pixel are one convolution of its channel; a shuffle places them."""
    channels, (factor, taps) = image.shape[3], weights.shape
    kernel = np.einsum("pi,qj->pqij", weights, weights).reshape(factor**2, 1, taps, taps)
    kernel = conversion.graph.constant(np.tile(kernel, (channels, 1, 1, 1)))
    name = conversion.dense(image, eqn.invars[0].aval, CHANNELS_FIRST)
    name = conversion.graph.node("Conv", name, kernel, group=channels, kernel_shape=[taps] * 2)
    name = conversion.graph.node("DepthToSpace", name, blocksize=factor, mode="CRD")
    return conversion.tensor(name, eqn.outvars[0].aval, CHANNELS_FIRST)


_SLOPE = inspect.signature(jax.nn.leaky_relu).parameters["negative_slope"].default


def _leaky_relu(conversion, eqn, value, slope=_SLOPE):
    return elementwise.apply(conversion, "LeakyRelu", eqn, value, alpha=float(slope))


def _prelu(conversion, eqn, value, slope):
    return elementwise.apply(conversion, "PRelu", eqn, value, slope.reshape(1, 1, 1, -1))


HANDLERS = {
    "average": _average,
    "bilinear": _bilinear,
    "depth_to_space": _shuffle("DCR"),
    "leaky_relu": _leaky_relu,
    "nearest": _nearest,
    "pixel_shuffle": _shuffle("CRD"),
    "polyphase": _polyphase,
    "prelu": _prelu,
}
