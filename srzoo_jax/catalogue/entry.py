"""What a row of the catalogue says."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import flax.linen as nn

from srzoo_jax.porting.rename import Names

GITHUB = "https://raw.githubusercontent.com"


class Reported(NamedTuple):
    """Figures as the authors print them, under whatever protocol they used."""

    dataset: str
    psnr: float
    """dB, of luma."""
    ssim: float | None = None


@dataclasses.dataclass(frozen=True)
class Source:
    """Who published checkpoints, under what licence, and how they name layers."""

    repository: str
    licence: str
    paper: str
    address: str
    """Where files lie; a row's file name is put behind it."""
    names: Callable[[nn.Module], Names]
    value_range: tuple[int, int]
    """What the authors feed their network, and get from it."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """One model: the module instance is its hyper-parameters."""

    name: str
    model: nn.Module
    source: Source | None = None
    file: str = ""
    sha256: str = ""
    """Of the official file; a leading part where only that is published, empty if nothing is."""
    git_blob: str = ""
    """What git calls the file's content, where that is published."""
    reported: tuple[Reported, ...] = ()
    channels: int = 3
    """Of the input; 1 for a bare network that restores luma alone."""
    network: nn.Module | None = None
    """The authors' module, where their scripts add to its output: what goldens prove."""

    @property
    def scale(self) -> int:
        return self.model.scale

    @property
    def url(self) -> str:
        return self.source.address + self.file
