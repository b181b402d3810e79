"""What a metric is: a function, and a row of what to know about it."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

BETTER = ("higher", "lower")
INPUTS = (
    *("sr", "hr", "sr_whole", "hr_whole", "sr_rgb", "hr_rgb", "sr_y8", "hr_y8", "sr_rgb_whole"),
    *("lr", "scale", "peak", "pristine"),
)
"""What a metric's function can ask for, by name; `protocols.score` makes it:

- `sr`, `hr`: images [B, H, W, C] of the protocol's colour, SR rounded by the protocol, shaved;
- `..._whole`: the same, not shaved;
- `..._rgb`: in RGB, whatever the protocol's colour;
- `..._y8`: luma as MATLAB's rgb2ycbcr of uint8 images, whatever the protocol's colour;
- `lr`: what the SR image was made of [B, H / scale, W / scale, 3]; of SR images made elsewhere
  MATLAB's bicubic reduction of HR;
- `scale`: the factor, an int; `peak`: the protocol's dynamic range, where 1 is 255 levels;
- `pristine`: NIQE's model of pristine images."""


class Local(NamedTuple):
    """A metric that is a function of a mean over the image."""

    map: Callable
    """Takes what the metric takes, images first; gives what is averaged, [B, h, w, C]: a value for
    every window of a fixed size that fits whole."""
    figure: Callable
    """The means [B] -> the metric [B]."""


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric as a protocol may name it; its definition stands in its function's docstring.

    Attributes:
        name: What protocols, records and `--metrics` call it.
        function: Takes arrays, as many as `takes` names, and gives one figure an image: [B].
            Jittable.
        heading: Of its column in tables; `{}` stands where `-Y` goes if the protocol takes luma.
        better: Whether `higher` or `lower` figures are better.
        source: Where the definition stands.
        unit: Of the figure; empty: a plain number.
        digits: How many decimals tables print.
        undefined: Where it is NaN; records of such images say so.
        takes: What the function is given, of `INPUTS`.
        local: The same in two steps, if it is a mean of what is seen in windows: then images of
            many sizes can be scored by one program.

    Raises:
        ValueError: `better` or a name in `takes` is unknown, or the name can't be one in a table.
    """

    name: str
    function: Callable
    heading: str
    better: str
    source: str
    unit: str = ""
    digits: int = 4
    undefined: str = ""
    takes: tuple[str, ...] = ("sr", "hr")
    local: Local | None = None

    def __post_init__(self):
        if self.better not in BETTER:
            raise ValueError(f"better must be one of {', '.join(BETTER)}; got {self.better!r}")
        unknown = [name for name in self.takes if name not in INPUTS]
        if unknown:
            raise ValueError(
                f"metric {self.name} takes {unknown[0]!r}, which is none of {', '.join(INPUTS)}"
            )
        if not self.name.isidentifier():
            raise ValueError(f"a metric's name must be like a variable's; got {self.name!r}")

    def column(self, *, luma: bool) -> str:
        """Its heading with the unit: `PSNR-Y (dB)`."""
        unit = f" ({self.unit})" if self.unit else ""
        return self.heading.replace("{}", "-Y" if luma else "") + unit
