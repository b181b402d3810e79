"""Images compared by a protocol."""

from functools import partial

import jax
import jax.numpy as jnp

from srzoo_jax import compiling
from srzoo_jax import image as images
from srzoo_jax.metrics import pristine
from srzoo_jax.protocols.protocol import COLOURS, SR_ROUNDINGS, Protocol
from srzoo_jax.resize import imresize
from srzoo_jax.types import Image

_LARGEST_WINDOW = 16  # Of what `metrics.metric.Local` sees: a bound.


@partial(compiling.jit, options=compiling.METRICS, static_argnames=("protocol", "scale"))
def score(
    protocol: Protocol, sr: Image, hr: Image, *, scale: int, lr: Image | None = None
) -> dict[str, jax.Array]:
    """Compares restored images with their references.

    Args:
        protocol: By which conventions.
        sr: Restored images [B, H, W, 3], nominally in [0, 1].
        hr: Reference images [B, H, W, 3] in [0, 1], of 8 bit.
        scale: The factor of the restoration, which protocols shave by.
        lr: What `sr` was restored from, for metrics that ask for it [B, H / scale, W / scale, 3];
            default: MATLAB's bicubic reduction of `hr`, in 8 bit.

    Returns:
        {metric: [B]}.

    Raises:
        ValueError: The shapes differ, or the images are too small for the border or a metric.
        FileNotFoundError: The protocol names NIQE, whose data can't be had.
    """
    if sr.shape != hr.shape:
        raise ValueError(f"SR {sr.shape[1:3]} and HR {hr.shape[1:3]} differ in size")
    inputs = _inputs(protocol, sr, hr, lr, scale)
    return {
        metric.name: metric.function(*(inputs[name]() for name in metric.takes))
        for metric in protocol.metrics
    }


def can_be_laid(protocol: Protocol, sides: tuple[int, int], scale: int) -> bool:
    """Whether `score_on_canvas` can score images of these sides by a protocol."""
    inside = min(sides) - 2 * protocol.border(scale)
    return inside >= _LARGEST_WINDOW and all(metric.local for metric in protocol.metrics)


@partial(compiling.jit, options=compiling.METRICS, static_argnames=("protocol", "scale"))
def score_on_canvas(
    protocol: Protocol, sr: Image, hr: Image, sides: jax.Array, *, scale: int
) -> dict[str, jax.Array]:
    """Like `score`, by one program for images of many sizes; equal but for rounding.

    See `can_be_laid`.

    Args:
        protocol: By which conventions; all of its metrics must be `local`.
        sr: Canvases with restored images in their top left corner [B, H, W, 3].
        hr: The same with reference images.
        sides: Height and width of the images [2].
        scale: As of `score`.

    Returns:
        {metric: [B]}.
    """
    inputs = _inputs(protocol, sr, hr, None, scale)
    found = {}
    for metric in protocol.metrics:
        values = metric.local.map(*(inputs[name]() for name in metric.takes))
        parts = zip(values.shape[1:3], sr.shape[1:3], sides, strict=True)
        # What the canvas has less here than outside, by border and windows, an image has, too.
        counts = [(jnp.arange(n), side - (whole - n)) for n, whole, side in parts]
        rows, columns = (places < count for places, count in counts)
        inside = jnp.where((rows[:, None] & columns)[:, :, None], values, 0)
        (_, height), (_, width) = counts
        mean = inside.sum((1, 2, 3)) / (height * width * values.shape[3])
        found[metric.name] = metric.local.figure(mean)
    return found


def score_in_float64(protocol: Protocol, sr, hr, *, scale: int, lr=None) -> dict[str, jax.Array]:
    """Like `score`, in float64: the reference for figures in float32."""
    with jax.enable_x64(True):
        sr, hr = jnp.asarray(sr, jnp.float64), jnp.asarray(hr, jnp.float64)
        lr = None if lr is None else jnp.asarray(lr, jnp.float64)
        return score(protocol, sr, hr, scale=scale, lr=lr)


def fetch(protocol: Protocol, *, offline: bool = False) -> None:
    """Gets the data that a protocol's metrics need, so that scoring won't fail for want of it.

    Raises:
        FileNotFoundError: It is not there and can't be downloaded; the message says what to do.
    """
    if any("pristine" in metric.takes for metric in protocol.metrics):
        pristine.load(offline=offline)


def _inputs(protocol: Protocol, sr, hr, lr, scale: int) -> dict:
    """What metrics ask for, `metrics.INPUTS`; made when called, as not all is defined always."""
    border = protocol.border(scale)
    # HR is of 8 bit already; by the same steps, equal images stay equal to the last bit.
    sr, hr = (SR_ROUNDINGS[protocol.sr_rounding](image) for image in (sr, hr))
    colour = COLOURS[protocol.colour] if protocol.y_rounding == "none" else images.luma_8bit
    shave = partial(images.shave, border=border)
    return {
        "sr": lambda: shave(colour(sr)),
        "hr": lambda: shave(colour(hr)),
        "sr_whole": lambda: colour(sr),
        "hr_whole": lambda: colour(hr),
        "sr_rgb": lambda: shave(sr),
        "hr_rgb": lambda: shave(hr),
        "sr_y8": lambda: shave(images.luma_8bit(sr)),
        "hr_y8": lambda: shave(images.luma_8bit(hr)),
        "sr_rgb_whole": lambda: sr,
        "lr": lambda: _reduced(hr, scale) if lr is None else lr,
        "scale": lambda: scale,
        "peak": lambda: protocol.dynamic_range / 255,
        "pristine": pristine.load,  # Only here, because it may have to be downloaded.
    }


def _reduced(hr, scale: int):
    levels = images.to_bytes(hr)
    return (imresize(levels, 1 / scale) / 255).astype(hr.dtype)
