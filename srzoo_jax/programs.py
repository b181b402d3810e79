"""Programs of a model for canvases of several sizes: compiled side by side, once each."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from srzoo_jax import arithmetic, compiling
from srzoo_jax.models import canvas, convolution
from srzoo_jax.sizes import Size
from srzoo_jax.timing import timed
from srzoo_jax.types import Params, Restorer

_KEPT = 32  # Programs at a time; the oldest one goes, so that memory does not grow with sizes.
_THREADS = 2  # XLA uses the cores for one program only in part.


class Key(NamedTuple):
    """What a program is for."""

    batch: int
    canvas: Size
    laid: bool
    """Whether images may be smaller than the canvas; their height and width are an argument."""


class Program(NamedTuple):
    """A compiled program and what that took."""

    run: Callable[..., tuple[jax.Array, jax.Array]]
    """(params, images, [height and width]) -> restored images, and which of them are finite."""
    seconds: float
    bytes: int
    """Of memory that it takes, beside its arguments; 0: unknown."""


class Programs:
    """Programs of one model on one device."""

    def __init__(
        self, restore: Restorer, params: Params, device: jax.Device, precision: str | None = None
    ):
        self._precision, self._platform = precision, device.platform
        place = jax.sharding.SingleDeviceSharding(device)
        self._restore, self._place = restore, place
        self._params = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=place), params
        )
        self._found: dict[Key, Future[Program]] = {}
        self._tracing = threading.Lock()
        self.seconds: list[float] = []
        """What each that was compiled so far has taken."""

    def start(self, keys: Iterable[Key]) -> None:
        """Compiles in the background what has not been asked for before."""
        new = [key for key in dict.fromkeys(keys) if key not in self._found]
        if not new:
            return
        pool = ThreadPoolExecutor(_THREADS)
        precision = self._precision or convolution.precision.value
        settings = convolution.shortcuts.value, precision
        for key in new:
            if len(self._found) >= _KEPT:
                del self._found[next(iter(self._found))]
            self._found[key] = pool.submit(self._compile, key, *settings)
        pool.shutdown(wait=False)

    def get(self, key: Key) -> Program:
        """Returns a program, compiled now if it has not been."""
        self.start([key])
        return self._found[key].result()

    def finish(self) -> None:
        """Waits until nothing is compiled any more."""
        wait(self._found.values())

    def arithmetic(self, key: Key) -> tuple[int, list[jax.core.ShapedArray]]:
        """Returns what a program needs and gives: see `arithmetic.flops_and_outputs`.

        Raises:
            CanvasError: The model can have no such program.
        """
        return arithmetic.flops_and_outputs(*self._traced(key))

    def _compile(self, key: Key, shortcuts: bool, precision: str) -> Program:
        function, *arguments = self._traced(key)
        # A thread does not see contexts of the one that started it. Python lets one of them trace
        # at a time; so the first is done the sooner.
        with self._tracing, convolution.shortcuts(shortcuts), convolution.precision(precision):
            lowered, traced = timed(lambda: jax.jit(function).lower(*arguments))
        compiled, rest = timed(lambda: compiling.compiled(lowered, self._platform, precision))
        seconds = traced + rest
        memory = compiled.memory_analysis()
        taken = memory.temp_size_in_bytes + memory.output_size_in_bytes if memory else 0
        self.seconds.append(seconds)
        return Program(compiled, seconds, taken)

    def _traced(self, key: Key) -> tuple:
        """The function of a program and its arguments' shapes."""

        def restore(params, image):
            if key.batch == 1 or self._platform != "cpu":
                return self._restore(params, image)
            # CPUs gain nothing by more, and XLA would round some models' images otherwise.
            return lax.map(lambda one: self._restore(params, one[None])[0], image)

        def checked(params, image):
            sr = restore(params, image)
            return sr, jnp.isfinite(canvas.blank(sr)).all((1, 2, 3))

        shape = (key.batch, *key.canvas, 3)
        image = jax.ShapeDtypeStruct(shape, jnp.float32, sharding=self._place)
        if not key.laid:
            return checked, self._params, image
        sides = jax.ShapeDtypeStruct((2,), jnp.int32, sharding=self._place)
        return canvas.laid(checked), self._params, image, sides
