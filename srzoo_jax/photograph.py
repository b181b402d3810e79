"""Photographs as they come: of 8 or 16 bits, grey, transparent, turned, with profile and notes.

Benchmark images are read by `files.read_image`, which refuses what is not plain 8-bit RGB. Here,
files are decoded by libvips: header first, so that nothing is decoded before its size is known.
What cannot be carried through is refused by name or warned of, never dropped silently.
"""

import dataclasses
import functools
import logging
import math
import os
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

from srzoo_jax import files

_LOADERS = ("jpegload", "pngload", "tiffload", "webpload", "gifload", "heifload")
"""Of libvips' decoders those that are used; its heifload reads AVIF."""
_CLASSES = ("Jpeg", "Png", "Tiff", "Webp", "Nsgif", "Heif")
_GREY, _COLOUR = ("b-w", "grey16"), ("srgb", "rgb", "rgb16")
_BITS = {"uchar": 8, "ushort": 16}
_CARRIED = {"icc-profile-data": "icc", "exif-data": "exif", "xmp-data": "xmp", "iptc-data": "iptc"}

_OPTIONS: dict[str, Callable[[int], dict]] = {
    ".png": lambda quality: {"compression": 1},  # Stronger takes six times as long, saves little.
    ".jpg": lambda quality: {"Q": quality, "optimize_coding": True},
    ".jpeg": lambda quality: {"Q": quality, "optimize_coding": True},
    ".webp": lambda quality: {"Q": quality} if quality < 100 else {"lossless": True},
    ".tif": lambda quality: {"compression": "deflate", "predictor": "horizontal"},
    ".tiff": lambda quality: {"compression": "deflate", "predictor": "horizontal"},
}
SUFFIXES = tuple(_OPTIONS)
"""The formats that photographs are written in."""
READABLE = (*SUFFIXES, ".gif", ".avif", ".bmp")
"""The suffixes that photographs are looked for by in folders; what they hold, `read` tells."""
_DEEP, _TRANSPARENT = (".png", ".tif", ".tiff"), (".png", ".webp", ".tif", ".tiff")
_LONGEST = {".jpg": 65_535, ".jpeg": 65_535, ".webp": 16_383}


@dataclasses.dataclass(frozen=True)
class Photograph:
    """An image and all that its file says of it.

    Attributes:
        pixels: uint8 or uint16 [H, W, 3], upright; the channels of a grey one are equal.
        alpha: Opacity, of the same type [H, W, 1]; None: opaque.
        grey: Whether it was, and shall be, one channel.
        notes: Profile, EXIF, XMP and IPTC, as bytes; EXIF names no orientation any more.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    grey: bool = False
    notes: Mapping[str, bytes] = dataclasses.field(default_factory=dict)

    @property
    def bits(self) -> int:
        """Of a channel: 8 or 16."""
        return 8 * self.pixels.dtype.itemsize


def read(path: str | os.PathLike, *, limit: float = 64e6, damaged: bool = False) -> Photograph:
    """Reads JPEG, PNG, TIFF, WebP, GIF, AVIF or BMP.

    It is turned as its EXIF orientation says; palettes become their colours, CMYK becomes sRGB.

    Args:
        path: The file.
        limit: How many pixels it may have.
        damaged: Take what can be decoded of a damaged file, too.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no image, too large, damaged, or of a kind that is not handled:
            several frames, other than 8 or 16 bits of integers, other colour spaces.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no image at {path}")
    vips = _vips()
    if path.suffix.lower() == ".bmp":  # Libvips has no decoder for it.
        return Photograph(files.read_image(path, limit=limit))
    try:
        # By its name alone, `photo[1].jpg` would be taken for a file with options.
        source = vips.Source.new_from_file(str(path))
        image = vips.Image.new_from_source(
            source, "", access="sequential", fail_on="none" if damaged else "warning"
        )
        _check(path, image, limit)
        return _decoded(image)
    except vips.Error as error:
        raise ValueError(f"{path} cannot be read as an image: {_reason(error)}") from error


@functools.cache
def _vips():
    """Libvips, with the decoders that are used alone, and keeping nothing of earlier files."""
    import pyvips

    logging.getLogger("pyvips").setLevel(logging.ERROR)  # Its warnings come back as errors.
    pyvips.cache_set_max(0)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in _CLASSES:
        pyvips.operation_block_set(f"VipsForeignLoad{name}", False)
    return pyvips


def _check(path: Path, image, limit: float) -> None:
    """Refuses by the header, before anything is decoded."""
    files.check_size(path, image.height, image.width, limit)
    frames = image.get("n-pages") if "n-pages" in image.get_fields() else 1
    if frames > 1:
        raise ValueError(f"{path} holds {frames} frames; expected one image")
    kind, bits = image.interpretation, _BITS.get(image.format)
    if bits is None or kind not in (*_GREY, *_COLOUR, "cmyk"):
        raise ValueError(
            f"{path} is an image of {image.bands} channels of {image.format} in {kind}; expected"
            " 8 or 16 bits of grey, RGB or CMYK"
        )


def _decoded(image) -> Photograph:
    image = image.copy_memory().autorot()
    if image.interpretation == "cmyk":
        # Profiles tell how inks look; a file without one is taken for coated paper (libvips).
        depth = _BITS[image.format]
        image = image.icc_transform("srgb", embedded=True, input_profile="cmyk", depth=depth)
    grey = image.interpretation in _GREY
    fields = set(image.get_fields())
    notes = {name: bytes(image.get(name)) for name in _CARRIED if name in fields}
    pixels = image.numpy().reshape(image.height, image.width, image.bands)
    channels = 1 if grey else 3
    alpha = pixels[..., channels:] if image.bands > channels else None
    if alpha is not None and (alpha == np.iinfo(alpha.dtype).max).all():
        alpha = None
    pixels = pixels[..., :channels]
    return Photograph(pixels.repeat(3, -1) if grey else pixels, alpha, grey, notes)


def check_target(path: str | os.PathLike) -> str:
    """Returns the suffix of a file to write.

    Raises:
        ValueError: It names no format that is written here.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _OPTIONS:
        raise ValueError(f"cannot write {path}: its suffix is none of {', '.join(SUFFIXES)}")
    return suffix


def write(
    path: str | os.PathLike, photograph: Photograph, *, quality: int = 95, strip: bool = False
) -> None:
    """Writes a photograph, atomically, in the format that the suffix names.

    Args:
        path: The file.
        photograph: What to write.
        quality: 1 to 100, of JPEG and WebP; at 100 WebP is lossless.
        strip: Leave out profile and notes.

    Raises:
        ValueError: The format is not known, or cannot hold the image: its bits, its transparency,
            its size.
    """
    suffix = check_target(path)
    vips = _vips()
    pixels, alpha = photograph.pixels, photograph.alpha
    if photograph.bits > 8 and suffix not in _DEEP:
        raise ValueError(f"{path}: {suffix} holds 8 bits, not {photograph.bits}: use png or tiff")
    if alpha is not None and suffix not in _TRANSPARENT:
        raise ValueError(f"{path}: {suffix} holds no transparency: use png, webp or tiff")
    if max(pixels.shape[:2]) > _LONGEST.get(suffix, math.inf):
        raise ValueError(
            f"{path}: {suffix} holds sides of {_LONGEST[suffix]} pixels at most, not"
            f" {pixels.shape[0]} x {pixels.shape[1]}: use png or tiff"
        )
    channels = [pixels[..., :1] if photograph.grey else pixels, *([] if alpha is None else [alpha])]
    kind = (_GREY if photograph.grey else _COLOUR[::2])[photograph.bits > 8]
    image = vips.Image.new_from_array(np.concatenate(channels, -1), interpretation=kind).copy()
    for name, value in photograph.notes.items():
        image.set_type(vips.GValue.blob_type, name, value)
    image.set_type(vips.GValue.gint_type, "orientation", 1)
    kept = [] if strip else [_CARRIED[name] for name in photograph.notes]
    if "exif" in kept and suffix in (".tif", ".tiff"):
        warnings.warn(
            f"{path}: EXIF notes are left out: they are not written to tiff", stacklevel=2
        )
    content = image.write_to_buffer(
        suffix, keep=",".join(kept) or "none", **_OPTIONS[suffix](quality)
    )
    files.write_atomically(path, content)


def write_by_rows(
    path: str | os.PathLike,
    rows: Iterable[np.ndarray],
    height: int,
    width: int,
    *,
    quality: int = 95,
) -> None:
    """Writes an image that may be larger than memory, atomically: opaque, without notes.

    Args:
        path: The file.
        rows: uint8 [h, width, 3], from top to bottom, as many as come at a time. They are
            collected in a file beside `path`.
        height: Of the whole image.
        width: Of the whole image.
        quality: As of `write`.

    Raises:
        ValueError: The format is not known.
        OSError: There is no room for it, or as the system says.
    """
    path, suffix = Path(path), check_target(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        pixels = _on_disk(path, Path(folder, "pixels"), (height, width, 3))
        done = 0
        for part in rows:
            pixels[done : done + len(part)] = part
            done += len(part)
        image = _vips().Image.new_from_memory(pixels, width, height, 3, "uchar")
        image = image.copy(interpretation=_COLOUR[0])
        ready = Path(folder, f"image{suffix}")
        try:
            image.write_to_file(str(ready), keep="none", **_OPTIONS[suffix](quality))
        except _vips().Error as error:
            raise OSError(f"{path} cannot be written: {_reason(error)}") from error
        os.replace(ready, path)


def _on_disk(path: Path, file: Path, shape: tuple[int, ...]) -> np.memmap:
    """Makes an array in a file. Its room is taken now: a full disk would be a crash later."""
    with files.naming(path), file.open("wb") as new:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(new.fileno(), 0, math.prod(shape))
        else:
            new.truncate(math.prod(shape))
    return np.memmap(file, np.uint8, "r+", shape=shape)


def _reason(error) -> str:
    """What libvips gives as the cause: its lines without those that name the call alone."""
    lines = [line.strip() for line in str(error).splitlines()]
    causes = [line for line in lines if line and not line.startswith("unable to")]
    return causes[-1] if causes else "no intact file of its kind"
