"""How a restored image is compared with its reference, as rows of data.

The same images give PSNRs 2 dB apart under conventions that are all called "PSNR". A protocol
names every choice; its digest names it uniquely.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from functools import partial

import jax

from srzoo_jax import image as images
from srzoo_jax import metrics
from srzoo_jax.metrics import pristine
from srzoo_jax.types import Image


@dataclasses.dataclass(frozen=True)
class Protocol:
    """One way of comparing; all fields are keys of the tables below, or numbers."""

    name: str
    source: str
    colour: str
    sr_rounding: str
    shave_per_scale: int
    shave_pixels: int = 0
    metrics: tuple[str, ...] = ("psnr", "ssim")

    @property
    def digest(self) -> str:
        """Eight hex digits that change with any choice; name and source are none."""
        choices = dataclasses.asdict(self)
        del choices["name"], choices["source"]
        return hashlib.sha256(json.dumps(choices, sort_keys=True).encode()).hexdigest()[:8]

    def border(self, scale: int) -> int:
        """How many pixels are shaved off every side."""
        return self.shave_per_scale * scale + self.shave_pixels


COLOURS: dict[str, Callable] = {"bt601_studio_luma": images.luma, "rgb": lambda image: image}
ROUNDINGS: dict[str, Callable] = {
    "8bit": images.quantize,
    "clipped": lambda image: image.clip(0, 1),
}


def _without_reference(metric: Callable) -> Callable:
    """Bound to the pristine model when first scored, because it may have to be downloaded."""
    return lambda sr, hr: metric(sr, pristine.load())


METRICS: dict[str, Callable] = {
    "psnr": metrics.psnr,
    "ssim": metrics.ssim,
    "ms_ssim": metrics.ms_ssim,
    "niqe": _without_reference(metrics.niqe),
    "niqe_srzoo": _without_reference(metrics.niqe_srzoo),
}

_ENTRIES = (
    Protocol(
        "srzoo",
        "Choi et al., SRZoo, ICASSP 2020, Table 2, and its evaluate_sr.py",
        colour="bt601_studio_luma",
        sr_rounding="8bit",
        shave_per_scale=1,
    ),
    Protocol(
        "compression",
        "Mentzer et al., Conditional Probability Models for Deep Image Compression, CVPR 2018",
        colour="rgb",
        sr_rounding="8bit",
        shave_per_scale=0,
        metrics=("psnr", "ssim", "ms_ssim"),
    ),
)
PROTOCOLS = {entry.name: entry for entry in _ENTRIES}


def named(name: str) -> Protocol:
    """Returns a protocol by name.

    Raises:
        ValueError: There is none; the message lists all.
    """
    if name not in PROTOCOLS:
        raise ValueError(f"no protocol is called {name!r}; known: {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


@partial(jax.jit, static_argnames=("protocol", "scale"))
def score(protocol: Protocol, sr: Image, hr: Image, *, scale: int) -> dict[str, jax.Array]:
    """Compares restored images with their references.

    Args:
        protocol: By which conventions.
        sr: Restored images [B, H, W, 3], nominally in [0, 1].
        hr: Reference images [B, H, W, 3] in [0, 1].
        scale: The factor of the restoration, which protocols shave by.

    Returns:
        {metric: [B]}.

    Raises:
        ValueError: The shapes differ, or the images are too small for the border or a metric.
        FileNotFoundError: The protocol names NIQE, whose data can't be had.
    """
    if sr.shape != hr.shape:
        raise ValueError(f"SR {sr.shape[1:3]} and HR {hr.shape[1:3]} differ in size")
    colour, border = COLOURS[protocol.colour], protocol.border(scale)
    sr = images.shave(colour(ROUNDINGS[protocol.sr_rounding](sr)), border)
    hr = images.shave(colour(hr), border)
    return {name: METRICS[name](sr, hr) for name in protocol.metrics}
