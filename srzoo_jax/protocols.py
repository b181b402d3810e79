"""How a restored image is compared with its reference, as rows of data.

The same images give PSNRs 2 dB apart under conventions that are all called "PSNR". A protocol
names every choice; its digest names it uniquely, whatever it is called. Common to all: HR cropped
at the bottom and right to a multiple of the scale, grey images taken as three equal channels, a
dynamic range of 255 levels (1.0 here), the mean over images of each image's figure. Self-ensemble
is no part of a protocol but of a model: `rcan_x4+`.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from functools import partial

import jax

from srzoo_jax import image as images
from srzoo_jax import metrics
from srzoo_jax.metrics import pristine
from srzoo_jax.types import Image

COLOURS: dict[str, Callable] = {
    "bt601_studio_luma": images.luma,
    "bt601_studio_luma_8bit": images.luma_8bit,
    "bt601_full_luma": images.full_luma,
    "rgb": lambda image: image,
}
ROUNDINGS: dict[str, Callable] = {
    "8bit": images.quantize,
    "truncated": images.truncate,
    "clipped": lambda image: image.clip(0, 1),
}


def _without_reference(metric: Callable) -> Callable:
    """Bound to the pristine model when first scored, because it may have to be downloaded."""
    return lambda sr, hr: metric(sr, pristine.load())


METRICS: dict[str, Callable] = {
    "psnr": metrics.psnr,
    "ssim": metrics.ssim,
    "ssim_matlab": metrics.ssim_matlab,
    "ms_ssim": metrics.ms_ssim,
    "niqe": _without_reference(metrics.niqe),
    "niqe_srzoo": _without_reference(metrics.niqe_srzoo),
}


@dataclasses.dataclass(frozen=True)
class Protocol:
    """One way of comparing; all fields are keys of the tables above, or numbers.

    Raises:
        ValueError: A key is not in its table, the shave is negative, or luma of 8 bit is to be
            taken of images that are not.
    """

    name: str
    source: str
    colour: str
    sr_rounding: str
    shave_per_scale: int
    shave_pixels: int = 0
    metrics: tuple[str, ...] = ("psnr", "ssim")

    def __post_init__(self):
        _check("colour", self.colour, COLOURS)
        _check("sr_rounding", self.sr_rounding, ROUNDINGS)
        for name in self.metrics:
            _check("metric", name, METRICS)
        if not self.metrics or min(self.shave_per_scale, self.shave_pixels) < 0:
            raise ValueError(f"a protocol needs a metric and a shave of 0 or more: {self}")
        if self.colour.endswith("_8bit") and self.sr_rounding == "clipped":
            raise ValueError(f"{self.colour} is defined for 8-bit SR: sr_rounding 8bit, truncated")

    @property
    def digest(self) -> str:
        """Eight hex digits that change with any choice; name and source are none."""
        choices = dataclasses.asdict(self)
        del choices["name"], choices["source"]
        return hashlib.sha256(json.dumps(choices, sort_keys=True).encode()).hexdigest()[:8]

    def border(self, scale: int) -> int:
        """How many pixels are shaved off every side."""
        return self.shave_per_scale * scale + self.shave_pixels


def _check(what: str, name: str, table: dict) -> None:
    if name not in table:
        raise ValueError(f"no {what} is called {name!r}; known: {', '.join(table)}")


_ENTRIES = (
    Protocol(
        "srzoo",
        "Choi et al., SRZoo, ICASSP 2020, Table 2, and its evaluate_sr.py",
        colour="bt601_studio_luma",
        sr_rounding="8bit",
        shave_per_scale=1,
    ),
    Protocol(
        "edsr",
        "Lim et al., EDSR, CVPRW 2017, limbee/NTIRE2017 demo/evaluation.m: rgb2ycbcr of uint8,"
        " MATLAB's psnr and ssim; grey images there without conversion",
        colour="bt601_studio_luma_8bit",
        sr_rounding="8bit",
        shave_per_scale=1,
        metrics=("psnr", "ssim_matlab"),
    ),
    Protocol(
        "edsr_div2k",
        "the same, for DIV2K; also calc_psnr of sanghyun-son/EDSR-PyTorch src/utility.py. MATLAB's"
        " ssim, which takes RGB for a volume, is left out",
        colour="rgb",
        sr_rounding="8bit",
        shave_per_scale=1,
        shave_pixels=6,
        metrics=("psnr",),
    ),
    Protocol(
        "rcan",
        "Zhang et al., RCAN, ECCV 2018, yulunzhang/RCAN Evaluate_PSNR_SSIM.m: rgb2ycbcr of"
        " im2double, hence unrounded, and Wang's ssim_index; grey images there without conversion",
        colour="bt601_studio_luma",
        sr_rounding="8bit",
        shave_per_scale=1,
    ),
    Protocol(
        "esrgan",
        "Wang et al., ESRGAN, ECCVW 2018, evaluated by BasicSR: psnr_ssim.py with test_y_channel",
        colour="bt601_studio_luma",
        sr_rounding="8bit",
        shave_per_scale=1,
    ),
    Protocol(
        "carn",
        "Ahn et al., CARN, ECCV 2018: luma in floating point by SRZoo's Table 1; SR cut down to"
        " bytes by save_image of nmhkahn/CARN-pytorch carn/sample.py",
        colour="bt601_studio_luma",
        sr_rounding="truncated",
        shave_per_scale=1,
    ),
    Protocol(
        "basicsr_rgb",
        "XPixelGroup/BasicSR psnr_ssim.py without test_y_channel, crop_border = scale",
        colour="rgb",
        sr_rounding="8bit",
        shave_per_scale=1,
    ),
    Protocol(
        "ntire",
        "NTIRE 2022 efficient SR, ofsoundof/NTIRE2022_ESR test_demo.py, with its --ssim",
        colour="rgb",
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
    _check("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]


def composed(
    base: Protocol,
    *,
    shave: int | str | None = None,
    colour: str | None = None,
    sr_rounding: str | None = None,
    metrics: Sequence[str] | None = None,
) -> Protocol:
    """Returns a protocol with some choices replaced, whose name says which; `base` if none is.

    Args:
        base: What to start from.
        shave: Pixels off every side: a number, `scale`, or `scale+6`.
        colour: A key of `COLOURS`.
        sr_rounding: A key of `ROUNDINGS`.
        metrics: Keys of `METRICS`.

    Raises:
        ValueError: An unknown key, or a shave of another form.
    """
    changes: dict = {}
    name = base.name
    if shave is not None:
        changes["shave_per_scale"], changes["shave_pixels"] = _shave(str(shave))
        name += f",shave={shave}"
    if colour is not None:
        changes["colour"] = colour
        name += f",colour={colour}"
    if sr_rounding is not None:
        changes["sr_rounding"] = sr_rounding
        name += f",sr_rounding={sr_rounding}"
    if metrics is not None:
        changes["metrics"] = tuple(metrics)
        name += f",metrics={'+'.join(metrics)}"
    new = dataclasses.replace(base, **changes)
    if new == base:
        return base
    return dataclasses.replace(new, name=name, source=f"made of {base.name}: {base.source}")


def _shave(text: str) -> tuple[int, int]:
    """'scale+6' -> (1, 6), '10' -> (0, 10)."""
    found = re.fullmatch(r"(scale)?(?(1)(?:\+(\d+))?|(\d+))", text)
    if not found:
        raise ValueError(f"shave must be like 10, scale or scale+6; got {text!r}")
    return int(bool(found[1])), int(found[2] or found[3] or 0)


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
