"""What runs ONNX models in a browser: four files of the npm package onnxruntime-web (MIT)."""

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import platformdirs

from srzoo_jax import files

PACKAGE = "onnxruntime-web"
VERSION = "1.30.0"
SHA256 = "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"
FILES = (
    "ort.wasm.bundle.min.mjs",
    "ort-wasm-simd-threaded.wasm",
    "ort.webgpu.bundle.min.mjs",
    "ort-wasm-simd-threaded.asyncify.wasm",
)
_ARCHIVE = f"{PACKAGE}-{VERSION}.tgz"
_HELP = (
    f"On a machine that has npm (it comes with Node.js), `npm pack {PACKAGE}@{VERSION}` makes"
    f" {_ARCHIVE}; pass --runtime={_ARCHIVE}"
)


def read(source: str | os.PathLike | None = None) -> dict[str, bytes]:
    """Returns the runtime's files by name.

    Args:
        source: The package as a tarball, or as a folder; default: the tarball in the user's cache
            folder, which is got by the npm client, once, and whose hash is checked.

    Raises:
        FileNotFoundError: It is not there, and can't be got; the message says what to do.
        ValueError: It is not the package, or the default one has another hash.
    """
    path = _cached() if source is None else Path(source)
    found = _of_folder(path) if path.is_dir() else _of_tarball(path)
    if missing := [name for name in FILES if name not in found]:
        raise ValueError(f"{path} is no {PACKAGE}: it has no {', '.join(missing)}. {_HELP}")
    return found


def _of_folder(folder: Path) -> dict[str, bytes]:
    for path in (folder / "package/dist", folder / "dist", folder):
        if (path / FILES[0]).is_file():
            return {name: (path / name).read_bytes() for name in FILES if (path / name).is_file()}
    return {}


def _of_tarball(path: Path) -> dict[str, bytes]:
    members = {f"package/dist/{name}": name for name in FILES}
    try:
        with tarfile.open(path) as archive:
            return {
                members[member.name]: archive.extractfile(member).read()
                for member in archive
                if member.name in members and member.isfile()
            }
    except FileNotFoundError as error:
        raise FileNotFoundError(f"there is no runtime at {path}. {_HELP}") from error
    except tarfile.TarError as error:
        raise ValueError(f"{path} is neither a folder nor a tarball: {error}") from error


def _cached() -> Path:
    path = platformdirs.user_cache_path("srzoo_jax", appauthor=False) / _ARCHIVE
    if not path.is_file():
        files.write_atomically(path, _checked(_pack(), f"what npm gave as {_ARCHIVE}"))
    else:
        _checked(path.read_bytes(), path)
    return path


def _checked(content: bytes, where: str | Path) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise ValueError(f"{where} has another content: expected sha256 {SHA256}, not {found}")
    return content


def _pack() -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError(f"the page needs {PACKAGE}, and there is no npm. {_HELP}")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [npm, "pack", f"{PACKAGE}@{VERSION}", "--silent"],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        path = Path(folder) / _ARCHIVE
        if done.returncode or not path.is_file():
            reason = done.stderr.strip().splitlines()
            raise FileNotFoundError(
                f"npm cannot get {PACKAGE}: {reason[-1] if reason else 'no output'}. {_HELP}"
            )
        return path.read_bytes()
