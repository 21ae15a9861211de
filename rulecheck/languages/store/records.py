"""One store for all that a run leaves to the next: records of one form, each under a name that says what made it.

A record is a file of a header, a content and a seal. The seal is made of name and content with a key that was drawn on
this user's first use and stays in the user's own folder: what somebody else wrote, wherever it lies, is believed no
more than what is damaged. No record is an object or code, only numbers, texts and rows of these. Files are written
beside their place and moved into it whole; no link is followed, and nothing is removed that is not a record.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from hmac import compare_digest
from itertools import chain
from typing import Any, Generic, TypeVar

import msgpack

from rulecheck._version import __version__
from rulecheck.languages.store.schema import Misfit, row

MAGIC = b"rulecheck record 1\n"
KEY_MAGIC = b"rulecheck key 1\n"
# A larger file is no record of ours, and not opened.
LARGEST = 256 * 1024 * 1024
# So many records stay, those that were used last, and no more than these weigh together.
MOST = 40
HEAVIEST = 512 * 1024 * 1024
_SEAL = 32
_DIGEST = 16
_NAME = re.compile(r"[a-z]+-[0-9a-f]{32}\.record\Z")
_UNFINISHED = re.compile(r"[a-z]+-[0-9a-f]{32}\.record\.[0-9a-f]{16}\.tmp\Z")
# What a run that was killed left unfinished is removed after so many seconds; a record's use is noted as often.
_HOUR = 3600
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of rulecheck; it can be deleted.\n"
_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_HERE = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 2))
T = TypeVar("T")
_UNFIT = (ValueError, TypeError, OverflowError, RecursionError, MemoryError)


# Names of files may hold what is no text; to allow for that takes ten times as long.
_ERRORS = (None, "surrogatepass")


def digest(data: bytes) -> bytes:
    """The key of a content."""
    return blake2b(data, digest_size=_DIGEST).digest()


def listing(folder: str) -> bytes:
    """The names in a folder as a digest; empty where it cannot be listed."""
    try:
        return digest("\0".join(sorted(os.listdir(folder))).encode("utf-8", "surrogateescape"))
    except OSError:
        return b""


def packed(value: object) -> bytes | None:
    """A value as bytes; None for one that nests too deeply, or holds what no record can."""
    for errors in _ERRORS:
        with suppress(*_UNFIT):
            data: bytes = msgpack.packb(value, default=row, unicode_errors=errors)
            return data
    return None


def unpacked(data: bytes | memoryview) -> Any:
    """The value that `packed` made bytes of, its rows as tuples. Raises Misfit for any other bytes."""
    for errors in _ERRORS:
        with suppress(*_UNFIT, msgpack.UnpackException):
            return msgpack.unpackb(data, use_list=False, strict_map_key=False, unicode_errors=errors)
    raise Misfit("it holds nothing that can be read")


class Store:
    """The records in a folder; without one nothing is kept.

    `trees` are the folders of what is linted: a key that lies in one of them came along with it, and is not taken.
    """

    def __init__(self, folder: str | None = None, trees: tuple[str, ...] = ()) -> None:
        self.notes: list[str] = []
        self._folder = folder
        self._trees = trees
        if folder is not None:
            with suppress(OSError):  # of which there is more to say where something is to be kept
                # Made before anybody lists the folders around them: to find them there the next time is no change.
                _make(folder)
                user_key(trees)

    def get(self, kind: str, parts: Iterable[bytes], made: Callable[[Any], T]) -> T | None:
        """The record of a kind that was made from these parts; None where there is none that can be believed.

        `made` gives the value its types; it raises Misfit for what does not fit them.
        """
        if self._folder is None:
            return None
        path = os.path.join(self._folder, _name(kind, parts))
        try:
            return made(unpacked(self._content(path)))
        except FileNotFoundError:
            return None
        except (OSError, Misfit) as error:
            reason = getattr(error, "strerror", None) or error
            self.notes.append(f"{path}: the cache could not be used ({reason}); it was passed over")
            return None

    def put(self, kind: str, parts: Iterable[bytes], value: object) -> bool:
        """Keep a record; where that cannot be done the next run is only slower, and a note says so.

        False where it is the value that cannot be kept.
        """
        content = packed(value)
        return content is not None and self._put(kind, parts, (content,))

    def put_table(self, kind: str, parts: Iterable[bytes], table: Mapping[bytes, object]) -> bool:
        """The same for values by digests, which need not stand in memory as bytes all at once."""
        packer = msgpack.Packer(default=row)
        rows = (packer.pack(key) + packer.pack(value) for key, value in table.items())
        return self._put(kind, parts, chain((packer.pack_map_header(len(table)),), rows))

    def _put(self, kind: str, parts: Iterable[bytes], pieces: Iterable[bytes]) -> bool:
        if self._folder is None:
            return True
        path = os.path.join(self._folder, _name(kind, parts))
        try:
            _make(self._folder)
            _write(path, self._sealed(path, pieces))
            _remove_old(self._folder)
        except _UNFIT:
            return False
        except OSError as error:
            self._folder = None  # which will be no other the next time
            reason = error.strerror or error
            self.notes.append(f"{path}: the cache could not be written ({reason}); the next run reads anew")
        return True

    def _sealed(self, path: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """A record's header, content and seal. Raises Misfit for a content that is too large."""
        seal, left = self._seal(path), LARGEST - len(MAGIC) - _SEAL
        yield MAGIC
        for piece in pieces:
            seal.update(piece)
            left -= len(piece)
            if left < 0:
                raise Misfit("there is too much to be kept")
            yield piece
        yield seal.digest()

    def stamp(self, kind: str, parts: Iterable[bytes]) -> tuple[int, ...] | None:
        """What tells whether a record was written anew; None where there is none."""
        try:
            status = os.stat(os.path.join(self._folder or "", _name(kind, parts)), follow_symlinks=False)
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns

    def _content(self, path: str) -> memoryview:
        """What a record holds. Raises OSError, and Misfit for what this user did not write."""
        data = read_regular(path, LARGEST, note_use=True)
        content = memoryview(data)[len(MAGIC) : -_SEAL]
        seal = self._seal(path)
        seal.update(content)
        if not data.startswith(MAGIC) or not compare_digest(seal.digest(), data[-_SEAL:]):
            raise Misfit("it is damaged, or this user did not write it")
        return content

    def _seal(self, path: str) -> blake2b:
        return blake2b(os.path.basename(path).encode(), key=user_key(self._trees), digest_size=_SEAL)


class Bundle(Generic[T]):
    """Values by the digests of what they were made from, together one record; in a folder or for this run alone.

    `made` gives each value its types as soon as it is asked for, and raises Misfit for what does not fit them.
    """

    def __init__(self, store: Store, kind: str, parts: Iterable[bytes], made: Callable[[Any], T]) -> None:
        self._store = store
        self._kind = kind
        self._parts = (*parts, own_code(), sys.version.encode())
        self._made = made
        self._used: dict[bytes, T] = {}
        self._changed = False
        self._known: dict[bytes, Any] = {}
        self._stamp: tuple[int, ...] | None = None
        self._look()

    def get(self, key: bytes) -> T | None:
        """What is known of a content."""
        if key not in self._used and key in self._known:
            try:
                self._used[key] = self._made(self._known[key])
            except Misfit:
                del self._known[key]
        return self._used.get(key)

    def put(self, key: bytes, value: T) -> None:
        """Keep a value."""
        self._used[key] = value
        self._changed = True

    def save(self) -> None:
        """Leave what is new to the next run, beside what another run may have found since."""
        if self._changed:
            self._changed = False
            notes = len(self._store.notes)
            self._look()
            del self._store.notes[notes:]
            if not self._store.put_table(self._kind, self._parts, {**self._known, **self._used}):
                self._store.put_table(self._kind, self._parts, self._used)
            self._stamp = self._store.stamp(self._kind, self._parts)

    def _look(self) -> None:
        """Load what there is, unless that is what this run has loaded or written."""
        stamp = self._store.stamp(self._kind, self._parts)
        if stamp is not None and stamp != self._stamp:
            self._known |= self._store.get(self._kind, self._parts, _table) or {}
            self._stamp = stamp


def _table(value: Any) -> dict[bytes, Any]:
    if type(value) is not dict or any(type(key) is not bytes for key in value):
        raise Misfit("no table of values by digests")
    return value


# -- keys ---------------------------------------------------------------------------------------------------------


def user_folder() -> str:
    """Where records are kept unless a setting says otherwise: $RULECHECK_CACHE_DIR, or in the user's cache folder."""
    return os.environ.get("RULECHECK_CACHE_DIR") or _own_folder()


def _own_folder() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/.cache")
    return os.path.join(base, "rulecheck")


def is_inside(path: str, folder: str) -> bool:
    """Whether a path lies in a folder, wherever links lead."""
    real, inside = os.path.realpath(folder), os.path.realpath(path)
    return inside == real or inside.startswith(real.rstrip(os.sep) + os.sep)


def user_key(trees: tuple[str, ...]) -> bytes:
    """The key of this user, drawn on the first use. Raises OSError where no place outside of the trees is for one."""
    every = (user_folder(), _own_folder(), os.path.join(os.path.expanduser("~"), ".cache", "rulecheck"))
    for folder in dict.fromkeys(every):
        if not any(is_inside(folder, tree) for tree in trees):
            return _key_in(os.path.abspath(folder))
    raise OSError(None, "the user's cache folder lies in what is linted")


@cache
def _key_in(folder: str) -> bytes:
    """The key in a folder; a new one where there is none that nobody else can have read or written."""
    path = os.path.join(folder, "key")
    known = _read_key(path)
    if known is None:
        if os.path.lexists(path):
            os.remove(path)
        _make(folder)
        # Of two runs that draw one at once, the first stays.
        _write(path, (KEY_MAGIC, os.urandom(_SEAL)), is_new=True)
        known = _read_key(path)
    if known is None:
        raise OSError(None, f"{path} cannot be read")
    return known


def _read_key(path: str) -> bytes | None:
    try:
        data = read_regular(path, len(KEY_MAGIC) + _SEAL, private=True)
    except OSError:
        return None
    return data[len(KEY_MAGIC) :] if data.startswith(KEY_MAGIC) and len(data) == len(KEY_MAGIC) + _SEAL else None


@cache
def own_code() -> bytes:
    """The files of rulecheck by size and time, as a digest: what another state of it made is nothing of this one's."""
    found = []
    stack = [_HERE]
    with suppress(OSError):  # not installed as files: the version has to do
        while stack:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    if entry.name.endswith((".py", ".pack")):
                        status = entry.stat()
                        found.append((entry.path, status.st_size, status.st_mtime_ns))
                    elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                        stack.append(entry.path)
    return digest(repr((__version__, sorted(found))).encode("utf-8", "surrogateescape"))


# -- files --------------------------------------------------------------------------------------------------------


def _name(kind: str, parts: Iterable[bytes]) -> str:
    told = blake2b(digest_size=_DIGEST)
    for part in parts:
        told.update(len(part).to_bytes(8, "big") + part)
    return f"{kind}-{told.hexdigest()}.record"


def read_regular(path: str, largest: int, private: bool = False, note_use: bool = False) -> bytes:
    """The bytes of a file that is no link, pipe or device and no larger than this. Raises OSError.

    A `private` one is this user's alone. Where its use is to be noted, its time is set anew now and then.
    """
    # Opened without waiting: a pipe's other end may never come.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _SAFELY)
    with open(handle, "rb", closefd=True) as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(None, "it is no regular file")
        if status.st_size > largest:
            raise OSError(None, f"it is larger than {largest} bytes")
        if private and hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o077):
            raise OSError(None, "others can read or write it")
        if note_use and status.st_mtime < time.time() - _HOUR and os.utime in os.supports_fd:
            with suppress(OSError):
                os.utime(handle)
        return file.read(largest)


def _make(folder: str) -> None:
    """Make the folder, and say in it that it is a cache, unless it was there before: then it is the user's."""
    if os.path.isdir(folder):
        return
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for name, content in (("CACHEDIR.TAG", _TAG), (".gitignore", "*\n")):
        with suppress(OSError):
            _create(os.path.join(folder, name), (content.encode(),))


def _create(path: str, content: Iterable[bytes]) -> None:
    """Write a file that was not there, for this user alone. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY, 0o600)
    with open(handle, "wb") as file:
        file.writelines(content)


def _write(path: str, content: Iterable[bytes], is_new: bool = False) -> None:
    """Put a file into its place whole, or leave what is there; one that `is_new` replaces none. Raises OSError."""
    temporary = f"{path}.{os.urandom(8).hex()}.tmp"
    try:
        _create(temporary, content)
        if is_new and _linked(temporary, path):
            return
        os.replace(temporary, path)
    finally:
        with suppress(OSError):
            os.remove(temporary)


def _linked(temporary: str, path: str) -> bool:
    """Give a file its name if nothing else has that; False where the folder's kind cannot do that."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return True
    except (OSError, AttributeError):
        return False
    return True


def _remove_old(folder: str) -> None:
    """Keep the records that were used last; another run may be removing the same ones."""
    records: list[tuple[float, int, str]] = []
    due: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if _NAME.match(entry.name):
                    records.append((status.st_mtime, status.st_size, entry.path))
                elif _UNFINISHED.match(entry.name) and status.st_mtime < time.time() - _HOUR:
                    due.append(entry.path)
    weight = 0
    for place, (_, size, path) in enumerate(sorted(records, reverse=True)):
        weight += size
        if place >= MOST or weight > HEAVIEST:
            due.append(path)
    for path in due:
        with suppress(OSError):
            if _begins_as_ours(path):
                os.remove(path)


def _begins_as_ours(path: str) -> bool:
    """Whether a file carries the header of records. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _SAFELY)
    with open(handle, "rb") as file:
        return stat.S_ISREG(os.fstat(handle).st_mode) and file.read(len(MAGIC)) == MAGIC
