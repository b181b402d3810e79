"""The same networks, with the same parameters, in other frameworks: what ours are timed against.

They run what `export` writes, so that no family is written twice: layer by layer what their users
would write, with biases and activations as the frameworks have them.
"""

import importlib.util
from collections.abc import Callable, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from srzoo_jax.catalogue import Entry
from srzoo_jax.types import Params


class Network(NamedTuple):
    """A network with its images, ready to run.

    Attributes:
        run: Returns the output once it is there: wherever the framework has it.
        fetch: What `run` returned -> float32 on the host.
    """

    run: Callable[[], Any]
    fetch: Callable[[Any], np.ndarray]


class Peer(NamedTuple):
    """A framework, in one of its ways to run a network.

    Attributes:
        module: What has to be installed.
        precision: What it computes in: `float32` or `bfloat16`.
        build: (model, images) -> what the ONNX model makes of the images.
    """

    module: str
    precision: str
    build: Callable[..., Network]


def _pytorch(model, images, **how) -> Network:
    from srzoo_jax.peers import pytorch

    return pytorch.prepare(model, images, **how)


def _onnxruntime(model, images) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, onnxruntime.get_available_providers()
    )
    (given,) = session.get_inputs()
    return Network(lambda: session.run(None, {given.name: images})[0], np.asarray)


PEERS = MappingProxyType(
    {
        "onnxruntime": Peer("onnxruntime", "float32", _onnxruntime),
        "torch": Peer("torch", "float32", _pytorch),
        "torch-compiled": Peer("torch", "float32", partial(_pytorch, compiled=True)),
        "torch-bfloat16": Peer("torch", "bfloat16", partial(_pytorch, bfloat16=True)),
        "torch-compiled-bfloat16": Peer(
            "torch", "bfloat16", partial(_pytorch, compiled=True, bfloat16=True)
        ),
    }
)
"""By name; `onnxruntime` with whatever providers its package has, `torch` with memory laid out
channels last, on a GPU where it sees one."""


def check(names: Sequence[str]) -> None:
    """Makes sure that peers are known and their packages installed.

    Raises:
        ValueError: One is not.
    """
    for name in names:
        if name not in PEERS:
            raise ValueError(f"unknown peer {name!r}; there are {', '.join(PEERS)}")
        for module in ("onnx", PEERS[name].module):
            if importlib.util.find_spec(module) is None:
                raise ValueError(
                    f"the peer {name} needs the package {module}: pip install 'srzoo_jax[peers]'"
                )


def prepare(name: str, row: Entry, params: Params, images: np.ndarray) -> Network:
    """Builds a row's network in another framework.

    Args:
        name: Of `PEERS`.
        row: A row of the catalogue.
        params: Its parameters.
        images: float32 [B, H, W, C] in [0, 1].

    Returns:
        The network; its output is fetched as [B, sH, sW, C].

    Raises:
        ValueError: The peer is unknown, or a package is missing.
    """
    check([name])
    from srzoo_jax import zoo
    from srzoo_jax.export import metadata, onnx
    from srzoo_jax.export.program import of_any_size

    program = of_any_size(zoo.restorer(row), params, **metadata.limits(row))
    first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    network = PEERS[name].build(onnx.model(program, {}), first)
    return network._replace(fetch=lambda out: network.fetch(out).transpose(0, 2, 3, 1))
