"""Photographs of every kind, and bombs, as `srzoo upscale` takes them."""

import io
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from srzoo_jax import photograph, upscaling

_RGB = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
_IMAGE = Image.fromarray(_RGB)


def _saved(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _tiff(pixels: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


def deep_png(pixels: np.ndarray) -> bytes:
    """A PNG of 16 bits, written by the book: Pillow cannot."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    height, width, channels = pixels.shape
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


_RGBA = Image.fromarray(np.dstack([_RGB, _RGB[..., 0]]))
_DEEP = _RGB.astype(np.uint16) * 257
_FRAMES = {"save_all": True, "append_images": [Image.fromarray(255 - _RGB)]}

KINDS: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "JPEG, RGB": ("8 bits RGB", "a.jpg", lambda: _saved(_IMAGE, "jpeg")),
    "JPEG, grey": ("8 bits grey", "a.jpg", lambda: _saved(_IMAGE.convert("L"), "jpeg")),
    "JPEG, CMYK": ("8 bits RGB", "a.jpg", lambda: _saved(_IMAGE.convert("CMYK"), "jpeg")),
    "JPEG, turned by EXIF": (
        "8 bits RGB, 48 x 64",
        "a.jpg",
        lambda: _saved(_IMAGE, "jpeg", exif=_turned()),
    ),
    "JPEG, cut off": ("refused", "a.jpg", lambda: _saved(_IMAGE, "jpeg")[:-300]),
    "PNG, 8 bits RGB": ("8 bits RGB", "a.png", lambda: _saved(_IMAGE, "png")),
    "PNG, 8 bits RGBA": ("8 bits RGB and alpha", "a.png", lambda: _saved(_RGBA, "png")),
    "PNG, grey and alpha": (
        "8 bits grey and alpha",
        "a.png",
        lambda: _saved(_RGBA.convert("LA"), "png"),
    ),
    "PNG, palette": ("8 bits RGB", "a.png", lambda: _saved(_IMAGE.quantize(16), "png")),
    "PNG, transparent palette": (
        "8 bits RGB and alpha",
        "a.png",
        lambda: _saved(_IMAGE.quantize(16), "png", transparency=0),
    ),
    "PNG, 1 bit": ("8 bits grey", "a.png", lambda: _saved(_IMAGE.convert("1"), "png")),
    "PNG, 16 bits grey": ("16 bits grey", "a.png", lambda: deep_png(_DEEP[..., :1])),
    "PNG, 16 bits RGB": ("16 bits RGB", "a.png", lambda: deep_png(_DEEP)),
    "PNG, 16 bits RGBA": (
        "16 bits RGB and alpha",
        "a.png",
        lambda: deep_png(np.dstack([_DEEP, _DEEP[..., :1]])),
    ),
    "TIFF, 8 bits RGB": ("8 bits RGB", "a.tif", lambda: _saved(_IMAGE, "tiff")),
    "TIFF, 16 bits RGB": ("16 bits RGB", "a.tif", lambda: _tiff(_DEEP, photometric="rgb")),
    "TIFF, CMYK": ("8 bits RGB", "a.tif", lambda: _saved(_IMAGE.convert("CMYK"), "tiff")),
    "TIFF, float": ("refused", "a.tif", lambda: _tiff(_RGB / np.float32(255), photometric="rgb")),
    "TIFF, two pages": ("refused", "a.tif", lambda: _saved(_IMAGE, "tiff", **_FRAMES)),
    "WebP, RGB": ("8 bits RGB", "a.webp", lambda: _saved(_IMAGE, "webp")),
    "WebP, RGBA": ("8 bits RGB and alpha", "a.webp", lambda: _saved(_RGBA, "webp", lossless=True)),
    "WebP, animated": ("refused", "a.webp", lambda: _saved(_IMAGE, "webp", **_FRAMES)),
    "GIF": ("8 bits RGB", "a.gif", lambda: _saved(_IMAGE, "gif")),
    "GIF, animated": ("refused", "a.gif", lambda: _saved(_IMAGE, "gif", **_FRAMES)),
    "AVIF": ("8 bits RGB", "a.avif", lambda: _saved(_IMAGE, "avif")),
    "BMP": ("8 bits RGB", "a.bmp", lambda: _saved(_IMAGE, "bmp")),
    "text called .png": ("refused", "a.png", lambda: b"no image"),
    "empty file": ("refused", "a.jpg", lambda: b""),
}
"""Name -> what comes of it (or how that begins), file name, and what makes it."""


def _doubled(pixels: np.ndarray) -> np.ndarray:
    return pixels.repeat(2, 0).repeat(2, 1) / np.float32(np.iinfo(pixels.dtype).max)


def outcome(name: str, folder: Path) -> str:
    """Reads, restores, writes and reads again one kind; says what came out, or why nothing did."""
    _, file, make = KINDS[name]
    path = folder / file
    path.write_bytes(make())
    try:
        photo = photograph.read(path)
    except ValueError as error:
        return f"refused: {str(error).removeprefix(str(path)).strip()}"
    photograph.write(folder / "out.png", upscaling.upscale(photo, _doubled))
    again = photograph.read(folder / "out.png")
    height, width = again.pixels.shape[:2]
    colours = "grey" if again.grey else "RGB"
    opacity = " and alpha" if again.alpha is not None else ""
    return f"{again.bits} bits {colours}{opacity}, {width} x {height}"


BOMBS: dict[str, Callable[[], bytes]] = {
    "PNG of 13000 x 13000 in 21 kB": lambda: _saved(Image.new("1", (13_000, 13_000)), "png"),
    "PNG that states 2147483647 x 2147483647": lambda: _stated(2**31 - 1, 2**31 - 1),
    "PNG that states 1000000 x 1000000": lambda: _stated(10**6, 10**6),
    "TIFF of 30000 x 30000": lambda: _tiff(
        np.zeros((30_000, 30_000), bool), photometric="minisblack", compression="zlib"
    ),
    "GIF of 30000 x 30000": lambda: _saved(Image.new("1", (30_000, 30_000)), "gif"),
}


def _stated(width: int, height: int) -> bytes:
    whole = bytearray(deep_png(_DEEP))
    whole[16:24] = struct.pack(">II", width, height)
    whole[29:33] = struct.pack(">I", zlib.crc32(whole[12:29]))
    return bytes(whole)


def defused(name: str, folder: Path) -> tuple[str, float, float]:
    """Refuses a bomb: the reason, seconds, and megabytes by which the process grew at its peak."""
    path = folder / "bomb"
    path.write_bytes(BOMBS[name]())
    _reset_peak()
    before, start = _status("VmRSS"), time.perf_counter()
    try:
        photograph.read(path)
    except ValueError as error:
        seconds = time.perf_counter() - start
        reason = str(error).removeprefix(str(path)).strip()
        return reason, seconds, max(0, _status("VmHWM") - before) / 1024
    raise AssertionError(f"{name} was decoded")


def _status(key: str) -> int:
    """kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key))


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")
