"""What a row of the catalogue says."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import flax.linen as nn

from srzoo_jax.catalogue.written import write
from srzoo_jax.porting.names import Names
from srzoo_jax.porting.shapes import Inferred, Shapes

GITHUB = "https://raw.githubusercontent.com"


class Reported(NamedTuple):
    """Figures as the authors print them, under whatever protocol they used."""

    dataset: str
    psnr: float
    """dB, of luma."""
    ssim: float | None = None


def reported(figures: str) -> tuple[Reported, ...]:
    """Reads a line of a paper's table: "32.13/0.8937 28.60/0.7806", for the usual four sets."""
    datasets = ("Set5", "Set14", "BSD100", "Urban100")
    pairs = [map(float, pair.split("/")) for pair in figures.split()]
    return tuple(Reported(name, *pair) for name, pair in zip(datasets, pairs, strict=False))


@dataclasses.dataclass(frozen=True)
class Source:
    """Who published checkpoints, under what licence, and how they name layers."""

    repository: str
    licence: str
    paper: str
    address: str
    """The folder, with its final slash, behind which a row's file name is put; or, without one,
    the page or archive that offers the files, which a person must fetch."""
    names: Callable[[nn.Module], Names | Sequence[Names]]
    """A model's table of layer names; several, where several namings are in circulation."""
    value_range: tuple[int, int]
    """What the authors feed their network, and get from it."""
    protocol: str = ""
    """The row of `protocols.PROTOCOLS` that the figures they report are by; empty: unknown."""
    infer: Callable[[Shapes], Inferred] | None = None
    """Reads a model's hyper-parameters off the shapes of arrays, if these are so named; other
    arrays make it raise LookupError, ArithmeticError or ValueError."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """One model: the module instance is its hyper-parameters."""

    name: str
    model: nn.Module
    source: Source | None = None
    file: str = ""
    sha256: str = ""
    """Of the official file; a leading part where only that is published, empty if nothing is."""
    size: int | None = None
    """Of the official file, in bytes, where that is known."""
    git_blob: str = ""
    """What git calls the file's content, where that is published."""
    folder: str = ""
    """Where in it the checkpoint lies, if `file` is an archive of several."""
    crc32c: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False, repr=False)
    """Of every official tensor, where only these are known: eight hexadecimal digits, by name."""
    reported: tuple[Reported, ...] = ()
    remark: str = ""
    """What else is to be known about these figures."""
    channels: int = 3
    """Of the input; 1 for a bare network that restores luma alone."""
    rate: Callable | None = None
    """Of a model that compresses: (model, params, image) -> bits per pixel, [B]."""
    network: nn.Module | None = None
    """The authors' module, where their scripts add to its output: what goldens prove."""

    @property
    def scale(self) -> int:
        return self.model.scale

    @property
    def official(self) -> bool:
        """Whether its authors published parameters, which can be ported."""
        return bool(self.file)

    @property
    def hyper_parameters(self) -> str:
        """The module as one would write it: EDSR(scale=4, features=256, ...)."""
        return write(self.model)

    @property
    def files(self) -> tuple[str, ...]:
        """All files of the checkpoint: a TensorFlow index has another one beside it."""
        stem = self.file.removesuffix(".index")
        return (self.file,) if stem == self.file else (self.file, f"{stem}.data-00000-of-00001")

    @property
    def url(self) -> str:
        """Where the file lies, or is offered."""
        return self.urls[0]

    @property
    def urls(self) -> tuple[str, ...]:
        """Where `files` lie; or the one page or archive that offers them."""
        address = self.source.address
        return tuple(address + file for file in self.files) if self.downloadable else (address,)

    @property
    def downloadable(self) -> bool:
        """Whether `urls` are the files themselves."""
        return self.source.address.endswith("/")
