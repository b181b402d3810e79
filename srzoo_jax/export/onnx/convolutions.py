"""Convolutions and pooling, of images with channels first."""

import numpy as np

from srzoo_jax.export.onnx import dims
from srzoo_jax.export.onnx.values import CHANNELS_FIRST

_KERNEL_FIRST = (3, 2, 0, 1)  # [h, w, I, O] -> [O, I, h, w]
_KERNEL_TRANSPOSED = (2, 3, 0, 1)  # [h, w, I, O] -> [I, O, h, w]


def _kernel(conversion, kernel, order) -> str:
    if not isinstance(kernel, np.ndarray):
        raise NotImplementedError("a kernel that depends on the image")
    return conversion.values.name(kernel, order)


def _add(conversion, eqn, operator, image, kernel, kernel_order, **attributes):
    name = conversion.dense(image, eqn.invars[0].aval, CHANNELS_FIRST)
    kernel_name = _kernel(conversion, kernel, kernel_order)
    shape = [kernel.shape[axis] for axis in kernel_order[2:]]
    name = conversion.graph.node(operator, name, kernel_name, kernel_shape=shape, **attributes)
    return conversion.tensor(name, eqn.outvars[0].aval, CHANNELS_FIRST)


def _conv2d(conversion, eqn, image, kernel):
    pads = [*eqn.params["padding"]] * 2
    return _add(conversion, eqn, "Conv", image, kernel, _KERNEL_FIRST, pads=pads)


def _strided(conversion, eqn, image, kernel):
    attributes = {
        "strides": [eqn.params["stride"]] * 2,
        "pads": [eqn.params["padding"]] * 4,
    }
    return _add(conversion, eqn, "Conv", image, kernel, _KERNEL_FIRST, **attributes)


def _transposed(conversion, eqn, image, kernel):
    attributes = {
        "strides": [eqn.params["stride"]] * 2,
        "pads": [eqn.params["padding"]] * 4,
        "output_padding": [*eqn.params["rest"]],
    }
    return _add(conversion, eqn, "ConvTranspose", image, kernel, _KERNEL_TRANSPOSED, **attributes)


def _general(conversion, eqn, image, kernel):
    """Any convolution of images; padding whose width depends on theirs is done before."""
    parameters = eqn.params
    if any(size != 1 for size in parameters["lhs_dilation"]) or parameters["batch_group_count"] > 1:
        raise NotImplementedError("dilated images, or groups of the batch")
    numbers = parameters["dimension_numbers"]
    image_order, kernel_order = numbers.lhs_spec, numbers.rhs_spec
    name = conversion.dense(image, eqn.invars[0].aval, image_order)
    widths = [pair[end] for end in (0, 1) for pair in parameters["padding"]]
    if not all(map(dims.is_known, widths)):
        around = [0, 0, *widths[:2], 0, 0, *widths[2:]]
        around = dims.vector(conversion.graph, conversion.values.symbols, around)
        name, widths = conversion.graph.node("Pad", name, around), [0] * 4
    name = conversion.graph.node(
        "Conv",
        name,
        _kernel(conversion, kernel, kernel_order),
        kernel_shape=[kernel.shape[axis] for axis in kernel_order[2:]],
        pads=[int(width) for width in widths],
        strides=parameters["window_strides"],
        dilations=parameters["rhs_dilation"],
        group=parameters["feature_group_count"],
    )
    return conversion.tensor(name, eqn.outvars[0].aval, numbers.out_spec)


def _max_pool(conversion, eqn, image):
    parameters = eqn.params
    window, strides, padding = (
        [parameters[name][axis] for axis in CHANNELS_FIRST]
        for name in ("window_dimensions", "window_strides", "padding")
    )
    if window[:2] != [1, 1] or any(map(any, padding)):
        raise NotImplementedError("pooling over channels, or with padding")
    if {*parameters["base_dilation"], *parameters["window_dilation"]} != {1}:
        raise NotImplementedError("dilated pooling")
    name = conversion.dense(image, eqn.invars[0].aval, CHANNELS_FIRST)
    attributes = {"kernel_shape": window[2:], "strides": strides[2:]}
    name = conversion.graph.node("MaxPool", name, **attributes)
    return conversion.tensor(name, eqn.outvars[0].aval, CHANNELS_FIRST)


HANDLERS = {
    "conv2d": _conv2d,
    "conv_general_dilated": _general,
    "reduce_window_max": _max_pool,
    "strided": _strided,
    "transposed": _transposed,
}
