"""Running a restorer on images of many sizes: in few programs, timed."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable

import jax
import numpy as np

from srzoo_jax import image as images
from srzoo_jax import memory
from srzoo_jax.models.canvas import CanvasError
from srzoo_jax.programs import Key, Program, Programs
from srzoo_jax.sizes import LEAST, Size, canvases, shared, waste
from srzoo_jax.timing import Timing, spread, timed
from srzoo_jax.troubles import NotFiniteError
from srzoo_jax.types import Params, Restorer

PROGRAMS = 4
"""How many programs images of many sizes share, unless told otherwise."""

_PROGRAM = {"cpu": 3e11, "gpu": 3e13}
"""The arithmetic of a model that takes a kind of device as long as to compile it for a canvas."""

_BESIDE = 3e4
"""What is done with every pixel of the output beside, in terms of that arithmetic."""

_MOST = 64  # Images that run together; more hardly help, and make others wait.


class Executor:
    """Restores single images, or several of one size together."""

    def __init__(
        self,
        restore: Restorer,
        params: Params,
        *,
        repeats: int = 0,
        device: jax.Device | None = None,
        sizes: Iterable[Size] = (),
        programs: int = PROGRAMS,
        batch: int = 1,
        precision: str | None = None,
    ):
        """Says how to run.

        Args:
            restore: The model.
            params: Its parameters.
            repeats: How many runs are timed, after one of every program that is not; 0: the one run
                that is needed, though the first of a program may take longer than the next.
            device: Where to run; default: JAX's default device.
            sizes: Heights and widths of images to come, as often as there are such images: they
                share programs, on canvases (`models.canvas`), if the model is one of this package.
                Images of other sizes have programs of their own.
            programs: How many programs they share, at most: fewer where that takes less time, if
                none is timed. 0: every size has its own.
            batch: How many images run together, at most; 0: as many as fit into memory, but one on
                CPUs, where more are no faster.
            precision: Of convolutions: see `models.convolution`. Default: as it is set where a
                program is asked for.
        """
        self.device, self.batch = device or jax.devices()[0], batch or 1
        self._repeats = repeats
        self._params = jax.device_put(params, self.device)
        self._programs = Programs(restore, self._params, self.device, precision)
        self._warm: set[Key] = set()
        self._busy = 0.0
        self._sizes = [*sizes]
        self._keys = self._planned(programs)
        if not batch:
            self.batch = self._fitting()
            self._keys = {size: key._replace(batch=self.batch) for size, key in self._keys.items()}

    def __call__(self, *lr: np.ndarray) -> tuple[jax.Array | np.ndarray, Timing]:
        """Restores images.

        Args:
            *lr: uint8 RGB [H, W, 3], all of one size; `batch` of them at most.

        Returns:
            The restored images [B, sH, sW, 3], unclipped, and what each of them took.

        Raises:
            NotFiniteError: A value is NaN or infinite.
        """
        height, width = lr[0].shape[:2]
        key = self._key((height, width))
        blank = np.zeros((key.batch, *key.canvas, 3), np.float32)
        blank[: len(lr), :height, :width] = images.from_bytes(np.stack(lr))
        sides = [np.array((height, width), np.int32)] if key.laid else []
        # There before the clock starts.
        placed = jax.block_until_ready(jax.device_put([blank, *sides], self.device))
        arguments = [self._params, *placed]
        program, seconds = self._ready(key, arguments), []
        for _ in range(max(self._repeats, 1)):
            (sr, finite), taken = timed(program.run, *arguments)
            seconds.append(taken / len(lr))
            self._busy += taken
        if not np.asarray(finite)[: len(lr)].all():
            raise NotFiniteError
        if key.laid or len(lr) < key.batch:
            # Cut on the host: on the device, every size of a part would be a program.
            scale = sr.shape[1] // key.canvas[0]
            sr = np.asarray(sr)[: len(lr), : scale * height, : scale * width]
        times = statistics.median(seconds), spread(seconds), program.seconds
        return sr, Timing(*times, key.canvas if key.laid else None)

    def compile(self, sizes: Iterable[Size]) -> None:
        """Begins to compile the programs for images of these sizes, side by side."""
        self._programs.start(map(self._key, sizes))

    def told(self) -> str:
        """Says in a line which programs there are, and how long they ran; empty: none."""
        self._programs.finish()
        if not (seconds := self._programs.seconds):
            return ""
        programs = "1 program" if len(seconds) == 1 else f"{len(seconds)} programs"
        line = f"{programs} compiled in {sum(seconds):.1f} s"
        if self.batch > 1:
            line += f", {self.batch} images at a time"
        if any(key.laid for key in self._keys.values()):
            more = waste({size: key.canvas for size, key in self._keys.items()}, self._sizes)
            line += f", for {len(self._keys)} sizes; canvases have {more:.0%} more pixels"
        return f"{line}; the device was at work for {self._busy:.1f} s"

    def _planned(self, most: int) -> dict[Size, Key]:
        worth = self._worth() if most and len({*self._sizes}) > 1 else None
        found = canvases(self._sizes, most if worth is not None else 0, worth or 0)
        laid = shared(found)
        return {size: Key(self.batch, on, laid=size in laid) for size, on in found.items()}

    def _worth(self) -> float | None:
        """How many pixels of LR images take as long as a program more; None: there is no canvas.

        Runs that are timed are to waste as few as programs allow.
        """
        try:
            products, (sr, _) = self._programs.arithmetic(Key(1, (LEAST, LEAST), laid=True))
        except CanvasError:
            return None
        work = products / LEAST**2 + _BESIDE * (sr.shape[1] / LEAST) ** 2
        return 0 if self._repeats else _PROGRAM.get(self.device.platform, 0) / work

    def _fitting(self) -> int:
        """The power of two of images that fit into memory together, as a program for one tells."""
        if not self._keys or self.device.platform == "cpu":
            return 1
        largest = max(self._keys.values(), key=lambda key: math.prod(key.canvas))
        room = memory.budget(self.device) / max(1, self._programs.get(largest).bytes)
        most = min(_MOST, max(Counter(self._sizes).values()), int(room))
        return 1 << max(1, most).bit_length() - 1

    def _key(self, size: Size) -> Key:
        return self._keys.get(size) or Key(self.batch, size, laid=False)

    def _ready(self, key: Key, arguments: list) -> Program:
        """A program that has run once, if it is to be timed, while nothing else is compiled."""
        program = self._programs.get(key)
        if self._repeats and key not in self._warm:
            self._programs.finish()
            jax.block_until_ready(program.run(*arguments))
            self._warm.add(key)
        return program
