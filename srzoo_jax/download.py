"""Downloads that leave the whole file, proven, or nothing."""

import hashlib
import os
import tempfile
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def fetch(url: str, path: str | os.PathLike, *, sha256: str = "", size: int | None = None) -> Path:
    """Downloads a file, unless it is there already; shows progress.

    What arrives lies under a hidden name in the same folder until it has been checked.

    Args:
        url: An address of https.
        path: Where the file goes; its folder is made if need be.
        sha256: Of the file, or the leading digits of it that are known.
        size: Bytes, if known: a server that announces others is not listened to.

    Returns:
        `path`.

    Raises:
        ValueError: The address is none of https, or what arrived has another size or hash.
        FileNotFoundError: Nothing, or only a part, arrived.
        OSError: It cannot be written.
    """
    import pooch
    import requests

    path = Path(path)
    if path.is_file():
        return path
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ValueError(f"{url} is no address of https: what it gives could be anybody's")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as hidden:
        arrived = Path(hidden) / "file"
        hooks = {"response": partial(_check_announced, url, size)}
        try:
            pooch.HTTPDownloader(progressbar=True, timeout=60, hooks=hooks)(url, str(arrived), None)
        except requests.RequestException as error:
            why = type(error).__name__
            if isinstance(error, (requests.ConnectionError, requests.Timeout)):
                why = f"no connection to {parts.hostname} ({why})"
            raise FileNotFoundError(f"cannot download {url}: {why}") from error
        _check(url, arrived, sha256, size)
        with open(arrived, "rb") as file:
            os.fsync(file.fileno())
        os.replace(arrived, path)
    return path


def _check_announced(url: str, size: int | None, response, **_) -> None:
    """Refuses by the header, before anything else arrives."""
    announced = response.headers.get("Content-Length", "")
    plain = response.status_code == 200 and "Content-Encoding" not in response.headers
    if size is not None and plain and announced.isdigit() and int(announced) != size:
        raise ValueError(
            f"{url} gives another file than it should: expected {size} bytes, it announces"
            f" {announced}"
        )


def _check(url: str, path: Path, sha256: str, size: int | None) -> None:
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    bytes_ = path.stat().st_size
    if (size is not None and bytes_ != size) or not found.startswith(sha256):
        expected = f"{size} bytes, " * (size is not None) + f"sha256 {sha256 or 'unknown'}"
        raise ValueError(
            f"{url} gave another file than it should: expected {expected}; got {bytes_} bytes,"
            f" sha256 {found}. It is not kept"
        )
