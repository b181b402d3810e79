"""Archives that hold the checkpoints of several models, each in a folder of its own."""

import contextlib
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from srzoo_jax.porting.pickles import UnsafeCheckpointError

_PART = re.compile(r"(.*?)(?:-(\d+))?\.(?:index|data-\d{5}-of-\d{5})")


@contextlib.contextmanager
def unpacked(path: Path, folder: str) -> Iterator[Path]:
    """Gives the TensorFlow checkpoint in one folder of a tar archive, unpacked for a while.

    Of several steps of training the last one counts. Nothing but the checkpoint's own files is
    unpacked, and these under plain names, whatever paths the archive states.

    Args:
        path: The archive; any other file is given back as it is.
        folder: Name of the folder, at any depth.

    Raises:
        UnsafeCheckpointError: The archive is damaged, or has no checkpoint in such a folder.
    """
    if not tarfile.is_tarfile(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as temporary:
        try:
            with tarfile.open(path) as archive:
                for member in archive:
                    name = Path(member.name)
                    if member.isfile() and folder in name.parts and _PART.fullmatch(name.name):
                        with open(Path(temporary) / name.name, "wb") as file:
                            shutil.copyfileobj(archive.extractfile(member), file)
        except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
            raise UnsafeCheckpointError(f"{path} is a damaged archive: {error}") from error
        found = sorted(Path(temporary).glob("*.index"), key=_step)
        if not found:
            raise UnsafeCheckpointError(f"{path} has no checkpoint in a folder called {folder}")
        yield found[-1]


def _step(path: Path) -> int:
    return int(_PART.fullmatch(path.name)[2] or 0)
