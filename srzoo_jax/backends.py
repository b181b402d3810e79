"""The runtimes that a model can be evaluated on, each by the file that is exported for it."""

import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import execution, export, files, zoo
from srzoo_jax import image as images
from srzoo_jax.timing import Timing, spread, timed

Executor = Callable[[np.ndarray], tuple[jax.Array, Timing]]
"""uint8 RGB [H, W, 3] -> the restored image [1, sH, sW, 3] and what it took: see `execution`."""


def _jax(name: str, devices: Sequence[jax.Device], repeats: int) -> dict[str, Executor]:
    return _on_devices(*zoo.load(name), devices, repeats)


def _stablehlo(name: str, devices: Sequence[jax.Device], repeats: int) -> dict[str, Executor]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.stablehlo.zip"
        files.write_atomically(path, export.exported(name, "stablehlo"))
        return _on_devices(*export.load(path), devices, repeats)


def _on_devices(restore, params, devices, repeats) -> dict[str, Executor]:
    return {
        device.platform: execution.executor(restore, params, repeats=repeats, device=device)
        for device in devices
    }


def _onnxruntime(name: str, devices: Sequence[jax.Device], repeats: int) -> dict[str, Executor]:
    """On the CPU, whatever JAX's devices are."""
    import onnxruntime

    del devices
    content = export.exported(name, "onnx")
    make = onnxruntime.InferenceSession
    session, load_seconds = timed(lambda: make(content, providers=["CPUExecutionProvider"]))

    def run(lr):
        image = np.ascontiguousarray(images.from_bytes(lr)[None].transpose(0, 3, 1, 2))
        if repeats:
            session.run(None, {"lr": image})
        seconds = []
        for _ in range(max(repeats, 1)):
            (sr,), taken = timed(session.run, None, {"lr": image})
            seconds.append(taken)
        if not np.isfinite(sr).all():
            raise execution.NotFiniteError("the model's output is not finite (NaN or infinity)")
        timing = Timing(statistics.median(seconds), spread(seconds), load_seconds)
        return jnp.asarray(sr.transpose(0, 2, 3, 1)), timing

    return {"cpu": run}


def platforms(backend: str | None, devices: Sequence[jax.Device]) -> list[str]:
    """The kinds of devices that a backend runs on."""
    return ["cpu"] if backend == "onnxruntime" else [device.platform for device in devices]


BACKENDS = {"jax": _jax, "stablehlo": _stablehlo, "onnxruntime": _onnxruntime}


def executors(
    name: str, backend: str, devices: Sequence[jax.Device], repeats: int = 0
) -> dict[str, Executor]:
    """Returns what runs a model on single images, by kind of device.

    Args:
        name: The model, as for `zoo.load`.
        backend: One of `BACKENDS`.
        devices: Where JAX's backends run.
        repeats: How many runs are timed: see `execution.executor`.

    Raises:
        ValueError: There is no such backend, or no such model.
        FileNotFoundError: The model has not been ported yet.
        OSError: The runtime is not installed.
    """
    if backend not in BACKENDS:
        raise ValueError(f"no backend is called {backend!r}; known: {', '.join(BACKENDS)}")
    try:
        return BACKENDS[backend](name, devices, repeats)
    except ImportError as error:
        extra = {"onnxruntime": "onnx"}.get(backend, backend)
        raise OSError(
            f"the backend {backend} needs the extra {extra}: pip install 'srzoo_jax[{extra}]'"
            f" ({error})"
        ) from error
