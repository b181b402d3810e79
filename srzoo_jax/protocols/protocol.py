"""What a protocol is.

The same images give PSNRs 2 dB apart under conventions that are all called "PSNR". A protocol
names every choice; its digest names it uniquely, whatever it is called. Common to all: HR cropped
at the bottom and right to a multiple of the scale, grey images taken as three equal channels, the
mean over images of each image's figure.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from srzoo_jax import image as images
from srzoo_jax.metrics import METRICS, Metric

COLOURS: dict[str, Callable] = {
    "bt601_studio_luma": images.luma,
    "bt601_full_luma": images.full_luma,
    "rgb": lambda image: image,
}
SR_ROUNDINGS: dict[str, Callable] = {
    "8bit": images.quantize,
    "truncated": images.truncate,
    "clipped": lambda image: image.clip(0, 1),
}
Y_ROUNDINGS = ("none", "8bit")


@dataclasses.dataclass(frozen=True)
class Protocol:
    """One way of comparing.

    Attributes:
        name: What it is called.
        source: Whose convention it is, and where that stands.
        colour: A key of `COLOURS`.
        sr_rounding: A key of `SR_ROUNDINGS`: what becomes of SR first.
        shave_per_scale: How many times the scale is shaved off every side,
        shave_pixels: and how many pixels on top.
        metrics: Rows, or names of `METRICS`; which SSIM is meant is a matter of the name.
        y_rounding: One of `Y_ROUNDINGS`: what becomes of luma; `8bit` as MATLAB's `rgb2ycbcr` of
            uint8 images.
        self_ensemble: Whether models are evaluated by geometric self-ensemble, without a `+`.
        dynamic_range: The peak of PSNR and the L of SSIM, in levels.

    Raises:
        ValueError: An unknown key, a negative shave, a range that is not positive, or luma of 8 bit
            of what has none.
    """

    name: str
    source: str
    colour: str
    sr_rounding: str
    shave_per_scale: int
    shave_pixels: int = 0
    metrics: tuple[Metric, ...] = ("psnr", "ssim")  # Names become rows.
    y_rounding: str = "none"
    self_ensemble: bool = False
    dynamic_range: int = 255

    def __post_init__(self):
        check("colour", self.colour, COLOURS)
        check("sr_rounding", self.sr_rounding, SR_ROUNDINGS)
        check("y_rounding", self.y_rounding, dict.fromkeys(Y_ROUNDINGS))
        metrics = tuple(known(metric) for metric in self.metrics)
        object.__setattr__(self, "metrics", metrics)
        if not metrics or min(self.shave_per_scale, self.shave_pixels) < 0:
            raise ValueError(f"a protocol needs a metric and a shave of 0 or more: {self.name}")
        if len({metric.name for metric in metrics}) < len(metrics):
            raise ValueError(f"a metric stands twice in protocol {self.name}")
        if not self.dynamic_range > 0:
            raise ValueError(f"a dynamic range is positive; got {self.dynamic_range}")
        y8 = [metric.name for metric in metrics if {"sr_y8", "hr_y8"} & set(metric.takes)]
        if self.y_rounding == "8bit" and self.colour != "bt601_studio_luma":
            raise ValueError(f"y_rounding 8bit is of bt601_studio_luma, not of {self.colour}")
        if self.sr_rounding == "clipped" and (y8 or self.y_rounding == "8bit"):
            what = y8[0] if y8 else "y_rounding 8bit"
            raise ValueError(f"{what} is defined for 8-bit SR: sr_rounding 8bit, truncated")

    @property
    def luma(self) -> bool:
        """Whether it compares luma."""
        return "luma" in self.colour

    def choices(self) -> dict[str, Any]:
        """All choices, as plain data for files: without name and source, metrics by name."""
        fields = dataclasses.fields(self)[2:]
        found = {field.name: getattr(self, field.name) for field in fields}
        return found | {"metrics": [metric.name for metric in self.metrics]}

    @property
    def digest(self) -> str:
        """Eight hex digits that change with any choice; name and source are none.

        Choices that came with later versions count where they are not the default alone, so that
        digests stay as they are; so does the source of a metric that is not one of `METRICS`.
        """
        choices = self.choices()
        for name in ("y_rounding", "self_ensemble", "dynamic_range"):
            if choices[name] == Protocol.__dataclass_fields__[name].default:
                del choices[name]
        own = {m.name: m.source for m in self.metrics if METRICS.get(m.name) != m}
        if own:
            choices["sources"] = own
        return hashlib.sha256(json.dumps(choices, sort_keys=True).encode()).hexdigest()[:8]

    def border(self, scale: int) -> int:
        """How many pixels are shaved off every side."""
        return self.shave_per_scale * scale + self.shave_pixels


def known(metric: str | Metric) -> Metric:
    """A row as it is, or by name.

    Raises:
        ValueError: There is none; the message lists all.
    """
    if isinstance(metric, Metric):
        return metric
    check("metric", metric, METRICS)
    return METRICS[metric]


def check(what: str, name: str, table: Mapping) -> None:
    """Refuses a name that is not in its table.

    Raises:
        ValueError: It is not; the message lists all that are.
    """
    if name not in table:
        raise ValueError(f"no {what} is called {name!r}; known: {', '.join(table)}")
