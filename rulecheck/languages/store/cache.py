"""The fact cache: what was read of a file, under the hash of its content. It holds facts, never verdicts.

A folder holds one file for each combination of settings and versions. It is replaced whole and atomically, so two
runs at once see either the old or the new one; what is corrupt, or of another version, is passed over and rewritten.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from typing import Any

from rulecheck._version import __version__

MAGIC = b"rulecheck facts\n"
_DIGEST = 16
# Above this many bytes, only what the present run used is kept.
LARGEST = 128 * 1024 * 1024
# As many files of other settings, versions and states of the reader stay beside.
KEPT = 8
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of rulecheck; it can be deleted.\n"

Record = tuple[Any, ...]


def digest(data: bytes) -> bytes:
    """The key of a file's content."""
    return blake2b(data, digest_size=_DIGEST).digest()


class Cache:
    """Records by content; without a folder it only remembers within the run."""

    def __init__(self, folder: str | None, settings: Iterable[bytes], language: str = "python") -> None:
        self._folder = folder
        self._path = os.path.join(folder, _name(settings, language)) if folder is not None else None
        self.notes: list[str] = []
        self._used: dict[bytes, Record] = {}
        self._changed = False
        self._known = self._load(quiet=False)

    def get(self, key: bytes) -> Record | None:
        """What is known of a content."""
        found = self._used.get(key)
        if found is None:
            found = self._known.get(key)
            if found is not None:
                self._used[key] = found
        return found

    def put(self, key: bytes, record: Record) -> None:
        """Keep what was read."""
        self._used[key] = record
        self._changed = True

    def save(self) -> None:
        """Write what is new; a folder that cannot be written is no error, the next run is only slower."""
        if not self._changed or self._path is None or self._folder is None:
            return
        self._changed = False
        try:
            os.makedirs(self._folder, exist_ok=True)
            for name, content in (("CACHEDIR.TAG", _TAG), (".gitignore", "*\n")):
                beside = os.path.join(self._folder, name)
                if not os.path.exists(beside):
                    with open(beside, "w", encoding="utf-8") as file:
                        file.write(content)
            # Another run may have written since: keep what it found.
            records = {**self._load(quiet=True), **self._used}
            payload = marshal.dumps(records)
            if len(payload) > LARGEST:
                payload = marshal.dumps(self._used)
            temporary = f"{self._path}.{os.getpid()}.tmp"
            with open(temporary, "wb") as out:
                out.write(MAGIC + blake2b(payload, digest_size=_DIGEST).digest() + payload)
            os.replace(temporary, self._path)
            remove_old(self._folder, "facts-", KEPT)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            self.notes.append(f"{self._path}: the cache could not be written ({reason}); the next run reads anew")

    def _load(self, quiet: bool) -> dict[bytes, Record]:
        if self._path is None:
            return {}
        try:
            with open(self._path, "rb") as file:
                content = file.read()
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._note(quiet, f"could not be read ({error.strerror or error})")
            return {}
        start = len(MAGIC) + _DIGEST
        payload = memoryview(content)[start:]
        if (
            not content.startswith(MAGIC)
            or blake2b(payload, digest_size=_DIGEST).digest() != content[len(MAGIC) : start]
        ):
            self._note(quiet, "is damaged, or no cache of rulecheck")
            return {}
        try:
            records: dict[bytes, Record] = marshal.loads(payload)
        except (ValueError, EOFError, TypeError):
            self._note(quiet, "is damaged")
            return {}
        return records

    def _note(self, quiet: bool, what: str) -> None:
        if not quiet:
            # What cannot be used is written anew, whatever this run finds.
            self._changed = True
            self.notes.append(f"{self._path}: the cache {what}; it was passed over and is written anew")


def remove_old(folder: str, prefix: str, kept: int) -> None:
    """Keep the files that were written last; another run may be removing the same ones."""
    aged = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix):
                with suppress(OSError):
                    aged.append((entry.stat().st_mtime_ns, entry.path))
    for _, path in sorted(aged, reverse=True)[kept:]:
        with suppress(OSError):
            os.remove(path)


def _name(settings: Iterable[bytes], language: str) -> str:
    """The file for a combination of settings and versions."""
    version = f"{__version__} {sys.version_info[:3]} {sys.implementation.cache_tag}"
    parts = (version.encode(), _reader(language), *settings)
    name = blake2b(b"\0".join(parts), digest_size=8).hexdigest()
    return f"facts-{name}.bin"


@cache
def _reader(language: str) -> bytes:
    """The code that reads a language's files, as a digest: another state of it may make something else of a content."""
    here = os.path.dirname(os.path.abspath(__file__))
    told = blake2b(digest_size=_DIGEST)
    folders = [here, os.path.join(os.path.dirname(here), language)]
    for folder in folders:  # grows by what is in them
        try:
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                if entry.name.endswith(".py"):
                    with open(entry.path, "rb") as file:
                        told.update(digest(file.read()))
                elif entry.name != "__pycache__" and entry.is_dir():
                    folders.append(entry.path)
        except OSError:  # not installed as files: the version has to do
            continue
    return told.digest()


def listing(folder: str) -> bytes:
    """The names in a folder as a digest; empty where it cannot be listed."""
    try:
        return digest("\0".join(sorted(os.listdir(folder))).encode("utf-8", "surrogateescape"))
    except OSError:
        return b""
