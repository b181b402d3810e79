"""The runtimes that a model can be evaluated on, each by the file that is exported for it."""

import statistics
import tempfile
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import execution, export, files, zoo
from srzoo_jax import image as images
from srzoo_jax.models.convolution import PRECISIONS
from srzoo_jax.sizes import Size
from srzoo_jax.timing import Timing, spread, timed
from srzoo_jax.troubles import NotFiniteError


class Executor(Protocol):
    """What runs a model: see `execution.Executor`."""

    batch: int

    def __call__(self, *lr: np.ndarray) -> tuple[jax.Array | np.ndarray, Timing]: ...

    def compile(self, sizes: Iterable[Size]) -> None: ...

    def told(self) -> str: ...


def _jax(name: str, devices: Sequence[jax.Device], running: dict) -> dict[str, Executor]:
    return _on_devices(*zoo.load(name, folded=True), devices, running)


def _stablehlo(name: str, devices: Sequence[jax.Device], running: dict) -> dict[str, Executor]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.stablehlo.zip"
        files.write_atomically(path, export.exported(name, "stablehlo"))
        # A file knows of no canvas.
        return _on_devices(*export.load(path), devices, running | {"sizes": ()})


def _on_devices(restore, params, devices, running: dict) -> dict[str, Executor]:
    return {
        device.platform: execution.Executor(restore, params, device=device, **running)
        for device in devices
    }


class _OnnxRuntime:
    """On the CPU, whatever JAX's devices are."""

    def __init__(self, name: str, *, repeats: int, batch: int, **_):
        import onnxruntime

        content = export.exported(name, "onnx")
        make = onnxruntime.InferenceSession
        session, self._load_seconds = timed(
            lambda: make(content, providers=["CPUExecutionProvider"])
        )
        self._session, self._repeats, self.batch = session, repeats, batch or 1

    def __call__(self, *lr):
        image = np.ascontiguousarray(images.from_bytes(np.stack(lr)).transpose(0, 3, 1, 2))
        run = partial(self._session.run, None, {"lr": image})
        if self._repeats:
            run()
        seconds = []
        for _ in range(max(self._repeats, 1)):
            (sr,), taken = timed(run)
            seconds.append(taken / len(lr))
        if not np.isfinite(sr).all():
            raise NotFiniteError
        timing = Timing(statistics.median(seconds), spread(seconds), self._load_seconds)
        return jnp.asarray(sr.transpose(0, 2, 3, 1)), timing

    def compile(self, sizes):
        """One program serves all sizes, and is there."""

    def told(self):
        return ""


def _onnxruntime(name: str, devices: Sequence[jax.Device], running: dict) -> dict[str, Executor]:
    del devices
    return {"cpu": _OnnxRuntime(name, **running)}


def platforms(backend: str | None, devices: Sequence[jax.Device]) -> list[str]:
    """The kinds of devices that a backend runs on."""
    return ["cpu"] if backend == "onnxruntime" else [device.platform for device in devices]


BACKENDS = {"jax": _jax, "stablehlo": _stablehlo, "onnxruntime": _onnxruntime}


def executors(
    name: str,
    backend: str,
    devices: Sequence[jax.Device],
    *,
    repeats: int = 0,
    sizes: Iterable[Size] = (),
    programs: int = execution.PROGRAMS,
    batch: int = 1,
    precision: str = "float32",
) -> dict[str, Executor]:
    """Returns what runs a model, by kind of device.

    Args:
        name: The model, as for `zoo.load`.
        backend: One of `BACKENDS`.
        devices: Where JAX's backends run.
        repeats: How many runs are timed; this and the following as of `execution.Executor`.
        sizes: Of images to come.
        programs: How many programs these share, where the backend compiles for sizes.
        batch: How many images run together.
        precision: Of the backend `jax`; exported files are of float32.

    Raises:
        ValueError: There is no such backend, model or precision.
        FileNotFoundError: The model has not been ported yet.
        OSError: The runtime is not installed.
    """
    if backend not in BACKENDS:
        raise ValueError(f"no backend is called {backend!r}; known: {', '.join(BACKENDS)}")
    if precision not in PRECISIONS:
        raise ValueError(f"no precision is called {precision!r}; known: {', '.join(PRECISIONS)}")
    if precision != "float32" and backend != "jax":
        raise ValueError(f"precision {precision} is of backend jax alone, not of {backend}")
    running = {"repeats": repeats, "sizes": [*sizes], "programs": programs, "batch": batch}
    running["precision"] = precision
    try:
        return BACKENDS[backend](name, devices, running)
    except ImportError as error:
        extra = {"onnxruntime": "onnx"}.get(backend, backend)
        raise OSError(
            f"the backend {backend} needs the extra {extra}: pip install 'srzoo_jax[{extra}]'"
            f" ({error})"
        ) from error
