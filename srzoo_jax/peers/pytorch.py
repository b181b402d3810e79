"""An ONNX model as a PyTorch module, for the operators that `export.onnx` writes."""

import operator
from functools import partial

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

from srzoo_jax.peers import Network

_SAME = {
    "Add": torch.add,
    "Concat": lambda *parts, axis: torch.cat(parts, axis),
    "Div": torch.div,
    "Erf": torch.erf,
    "Exp": torch.exp,
    "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
    "LeakyRelu": lambda x, alpha: F.leaky_relu(x, alpha),
    "MatMul": torch.matmul,
    "Max": torch.maximum,
    "Min": torch.minimum,
    "Mul": torch.mul,
    "Neg": torch.neg,
    "Pow": torch.pow,
    "PRelu": lambda x, slope: F.prelu(x, slope.flatten()),
    "Reciprocal": torch.reciprocal,
    "Relu": F.relu,
    "Shape": lambda x, start=0, end=None: torch.tensor(x.shape[start:end]),
    "Sigmoid": torch.sigmoid,
    "Sqrt": torch.sqrt,
    "Sub": torch.sub,
    "Tanh": torch.tanh,
    "Transpose": lambda x, perm: x.permute(perm),
}


def _symmetric(pads) -> tuple[int, int]:
    """ONNX names both ends of every axis."""
    top, left, bottom, right = pads
    if (top, left) != (bottom, right):
        raise NotImplementedError(f"pads {pads} differ at the two ends")
    return top, left


def _convolution(x, kernel, bias=None, *, strides=(1, 1), pads=(0,) * 4, group=1, **_):
    return F.conv2d(x, kernel, bias, strides, _symmetric(pads), groups=group)


def _transposed(x, kernel, bias=None, *, strides, pads=(0,) * 4, output_padding=(0, 0), **_):
    return F.conv_transpose2d(x, kernel, bias, strides, _symmetric(pads), output_padding)


def _shuffle(x, blocksize, mode):
    if mode == b"CRD":
        return F.pixel_shuffle(x, blocksize)
    batch, _, height, width = x.shape
    x = x.view(batch, blocksize, blocksize, -1, height, width)
    x = x.permute(0, 3, 4, 1, 5, 2)
    return x.reshape(batch, -1, height * blocksize, width * blocksize)


def _resize(x, _, scales, sizes=None, *, mode, **__):
    mode = {b"nearest": "nearest", b"linear": "bilinear"}[mode]
    if sizes is None:
        return F.interpolate(x, scale_factor=tuple(scales.tolist()[2:]), mode=mode)
    return F.interpolate(x, size=tuple(sizes.tolist()[2:]), mode=mode)


def _max_pool(x, *, kernel_shape, strides, **_):
    return F.max_pool2d(x, tuple(kernel_shape), tuple(strides))


def _split(x, sizes, *, axis):
    return torch.split(x, sizes.tolist(), axis)


_OPERATORS = {
    **_SAME,
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "DepthToSpace": _shuffle,
    "MaxPool": _max_pool,
    "Resize": _resize,
    "Split": _split,
}


def module(model: onnx.ModelProto) -> torch.fx.GraphModule:
    """Returns the module of one input and one output.

    Raises:
        NotImplementedError: The model has an operator that is not known here.
    """
    missing = {node.op_type for node in model.graph.node} - _OPERATORS.keys()
    if missing:
        raise NotImplementedError(f"operators {', '.join(sorted(missing))} in PyTorch")
    root, graph = torch.nn.Module(), torch.fx.Graph()
    values = {"": None, model.graph.input[0].name: graph.placeholder("image")}
    for i, tensor in enumerate(model.graph.initializer):
        array = torch.from_numpy(np.array(numpy_helper.to_array(tensor)))
        root.register_buffer(f"array{i}", array)
        values[tensor.name] = graph.get_attr(f"array{i}")
    for node in model.graph.node:
        settings = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        inputs = tuple(values[name] for name in node.input)
        out = graph.call_function(_OPERATORS[node.op_type], inputs, settings)
        several = len(node.output) > 1
        for i, name in enumerate(node.output):
            values[name] = graph.call_function(operator.getitem, (out, i)) if several else out
    graph.output(values[model.graph.output[0].name])
    return torch.fx.GraphModule(root, graph).eval()


def prepare(
    model: onnx.ModelProto, images: np.ndarray, *, compiled: bool = False, bfloat16: bool = False
) -> Network:
    """Returns the model with images [B, C, H, W], laid out channels last.

    On a GPU cuDNN's fastest kernels are chosen, and float32 is float32, not TF32.

    Args:
        model: As `export.onnx` writes it.
        images: float32.
        compiled: By `torch.compile`.
        bfloat16: Whether parameters and features are of this type.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = module(model).to(device, torch.bfloat16 if bfloat16 else torch.float32)
    network = network.to(memory_format=torch.channels_last)
    given = torch.from_numpy(images).to(device, torch.bfloat16 if bfloat16 else torch.float32)
    given = given.contiguous(memory_format=torch.channels_last)
    if compiled:
        network = torch.compile(network)

    cudnn = partial(torch.backends.cudnn.flags, enabled=True, benchmark=True, allow_tf32=False)

    def run():
        with torch.inference_mode(), cudnn():
            out = network(given)
        if device == "cuda":
            torch.cuda.synchronize()
        return out

    return Network(run, lambda out: out.float().cpu().numpy())
