"""Reading and writing files for fixes: the only part of fixing that touches the disk."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def read_bytes(path: str) -> bytes:
    """The bytes of a file."""
    return Path(path).read_bytes()


def write_atomically(path: str, data: bytes) -> None:
    """Put new bytes in a file's place, whole or not at all; a symbolic link stays one, and permissions are kept.

    The new file is made beside the old one, brought to the disk, and then takes its name. Raises OSError; the old
    file then stands as it was, and nothing is left beside it.
    """
    real = os.path.realpath(path)
    before = os.stat(real)
    if not os.access(real, os.W_OK):
        raise PermissionError(13, "the file is read-only", path)
    folder, name = os.path.split(real)
    descriptor, beside = tempfile.mkstemp(prefix=f".{name}.", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if hasattr(os, "chown"):
            with suppress(PermissionError):  # only its owner's, or root's, to keep
                os.chown(beside, before.st_uid, before.st_gid)
        os.chmod(beside, stat.S_IMODE(before.st_mode))
        os.replace(beside, real)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)
        raise
    _sync_folder(folder)


def _sync_folder(folder: str) -> None:
    """Bring the new name to the disk too, where the system lets a folder be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
