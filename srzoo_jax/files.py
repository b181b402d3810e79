"""Files at the edge: images as bytes of RGB, and writing that never leaves half a file."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")


def write_atomically(path: str | os.PathLike, content: bytes | str) -> None:
    """Writes `content`, so that `path` is never seen half-written; makes its folder.

    Raises:
        OSError: As the system says, of `path`; an older file there is then untouched.
    """
    path = Path(path)
    content = content.encode() if isinstance(content, str) else content
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


@contextlib.contextmanager
def naming(path: str | os.PathLike) -> Iterator[None]:
    """Makes the system's errors be of `path`: they name a temporary file, or none."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def list_images(folder: str | os.PathLike) -> list[Path]:
    """Returns the files of a folder whose suffix is an image's, by name."""
    return sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)


def check_size(path: str | os.PathLike, height: int, width: int, limit: float) -> None:
    """Refuses what would not fit into memory, by the header alone.

    Raises:
        ValueError: The image has more than `limit` pixels.
    """
    if height * width > limit:
        raise ValueError(
            f"{path} has {height * width / 1e6:.1f} megapixels ({width} x {height}); the limit is"
            f" {limit / 1e6:g}"
        )


def read_image(path: str | os.PathLike, *, limit: float = 64e6) -> np.ndarray:
    """Reads an 8-bit image as RGB: uint8 [H, W, 3], turned as its EXIF orientation says.

    Grey images become three equal channels, palettes their colours.

    Args:
        path: The file.
        limit: How many pixels it may have.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no image, too large, or one of a kind that would lose something:
            more than 8 bits, transparency, CMYK, several frames.
    """
    import imageio.v3 as iio
    from PIL import Image, UnidentifiedImageError

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no image at {path}")
    try:
        with Image.open(path) as header:
            mode, frames = header.mode, getattr(header, "n_frames", 1)
            transparent = "transparency" in header.info
            check_size(path, header.height, header.width, limit)
        if frames > 1:
            raise ValueError(f"{path} holds {frames} frames; expected one image")
        if mode not in ("1", "L", "P", "RGB") or transparent or _is_deep_png(path):
            kind = "16-bit" if _is_deep_png(path) else f"{mode}" + " + transparency" * transparent
            raise ValueError(f"{path} is a {kind} image; expected 8-bit grey, palette or RGB")
        return iio.imread(path, plugin="pillow", mode="RGB", rotate=True)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from error


def image_size(path: str | os.PathLike) -> tuple[int, int]:
    """Returns height and width of an image as `read_image` gives it, by its header.

    Raises:
        ValueError: The file is no image, or not there.
    """
    from PIL import ExifTags, Image, UnidentifiedImageError

    try:
        with Image.open(path) as header:
            turned = header.getexif().get(ExifTags.Base.Orientation, 1) > 4
            return (header.width, header.height) if turned else (header.height, header.width)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from error


def _is_deep_png(path: Path) -> bool:
    """Whether a PNG has 16 bits a channel, which Pillow does not tell of RGB."""
    with path.open("rb") as file:
        start = file.read(26)
    return start.startswith(b"\x89PNG") and start[24:25] == b"\x10"


def write_image(path: str | os.PathLike, image: np.ndarray) -> None:
    """Writes uint8 [H, W, 3] in the format of the file's suffix, atomically.

    Raises:
        ValueError: The suffix names no format.
    """
    import imageio.v3 as iio

    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in IMAGE_SUFFIXES:
        raise ValueError(f"cannot write {path}: its suffix is none of {', '.join(IMAGE_SUFFIXES)}")
    # Strong PNG compression takes six times as long and saves little.
    options = {"compress_level": 1} if suffix == ".png" else {}
    write_atomically(path, iio.imwrite("<bytes>", image, extension=suffix, **options))
