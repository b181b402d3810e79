"""Smaller files: weights stored in fewer bits, computed with in float32 all the same.

Runtimes compute constants once, when they load a model: it then runs as fast as ever, and takes a
half or a quarter of the download. What that costs in PSNR depends on the network: measure it.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

KINDS = ("float32", "float16", "int8")
_LEAST = 256  # Smaller arrays are no burden: biases, slopes, constants of the program.
_LEVELS = 127


def store(model: onnx.ModelProto, kind: str) -> onnx.ModelProto:
    """Returns a model whose kernels are stored as one of `KINDS`.

    int8: symmetric, by one scale for each of an array's first axis, which is that of outputs.

    Raises:
        ValueError: There is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"weights can be stored as {', '.join(KINDS)}; got {kind!r}")
    if kind == "float32":
        return model
    small = onnx.ModelProto()
    small.CopyFrom(model)
    arrays, nodes = [], []
    for initializer in small.graph.initializer:
        array = numpy_helper.to_array(initializer)
        if array.dtype != np.float32 or array.size < _LEAST:
            arrays.append(initializer)
        elif kind == "float16":
            arrays.append(_named(array.astype(np.float16), initializer.name, "half"))
            nodes.append(_cast(arrays[-1].name, initializer.name))
        else:
            values, scales = quantised(array)
            arrays.append(_named(values, initializer.name, "int8"))
            nodes.append(_cast(arrays[-1].name, f"{initializer.name}_steps"))
            arrays.append(_named(scales, initializer.name, "scales"))
            names = [f"{initializer.name}_steps", arrays[-1].name]
            nodes.append(helper.make_node("Mul", names, [initializer.name]))
    del small.graph.initializer[:]
    small.graph.initializer.extend(arrays)
    nodes += small.graph.node
    del small.graph.node[:]
    small.graph.node.extend(nodes)
    entry = small.metadata_props.add()
    entry.key, entry.value = "weights", kind
    onnx.checker.check_model(small, full_check=True)
    return small


def quantised(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns int8 values and their float32 scales [N, 1, ...], of which `array` is the product.

    The product differs from the array by half a scale at most.
    """
    largest = np.abs(array).max(axis=tuple(range(1, array.ndim)), keepdims=True)
    scales = np.where(largest > 0, largest / _LEVELS, 1).astype(np.float32)
    return np.rint(array / scales).astype(np.int8), scales


def _named(array: np.ndarray, name: str, kind: str) -> onnx.TensorProto:
    return numpy_helper.from_array(array, f"{name}_{kind}")


def _cast(old: str, new: str) -> onnx.NodeProto:
    return helper.make_node("Cast", [old], [new], to=onnx.TensorProto.FLOAT)
