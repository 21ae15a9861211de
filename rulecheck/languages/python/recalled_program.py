"""What systems answered about a project, kept for the next run of the very same project.

Answers are kept under one digest of all that they can depend on: every linted file, every file of an installed package
that was read, the listing of every folder that was looked into (what was not found there counts as well), the settings,
and this package itself. Where any of it differs nothing is recalled. Checks, suppressions and baselines are no part of
it: they run every time.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import blake2b
from io import BytesIO
from typing import TYPE_CHECKING, Any

from rulecheck._version import __version__
from rulecheck.languages.store.cache import digest, listing, remove_old
from rulecheck.languages.store.discovery import Discovery
from rulecheck.languages.store.settings import ReadSettings
from rulecheck.languages.store.source_texts import SourceTexts

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

MAGIC = b"rulecheck answers 1\n"
_DIGEST = 16
# As many projects' answers stay in the folder.
KEPT = 32
_HERE = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 2))
_UNIMPORTANT = ("cache_dir", "jobs", "progress", "stdin")
# What a program tells of itself that reports need on every run.
_SURFACE = frozenset(("paths", "suppressions", "unreadable", "stats"))


class RecalledProgram:
    """A program that is read only when something is asked that the last run did not answer."""

    def __init__(self, found: Discovery, settings: ReadSettings, folder: str) -> None:
        self._found = found
        self._texts = SourceTexts(dict([settings.stdin]) if settings.stdin else {})
        self._memory = AnswerMemory(found, settings, folder, self._texts)
        self._settings = settings
        self.beside = found.beside
        self._program: Program | None = None

    @property
    def opened(self) -> Program:
        """The program itself."""
        if self._program is None:
            from rulecheck.languages.python.reading import read_found

            self._program = self._memory.program = read_found(self._found, self._settings, self._texts)
        return self._program

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say of the cache, if it was needed."""
        return self._program.notes if self._program is not None else ()

    def answer(self, key: Hashable, ask: Callable[[], Any]) -> Any:
        """The answer to a question, from the last run or now."""
        return self._memory.answer(key, ask)

    def keep(self) -> None:
        """Leave the answers of this run, and what was read for them, to the next."""
        if self._program is not None:
            self._program.keep()
        self._memory.save()

    def text(self, path: str) -> str:
        """The decoded source of a file."""
        return self._texts.text(path) if self._program is None else self._program.text(path)

    def __getattr__(self, name: str) -> Any:
        if name in _SURFACE:
            return self._memory.told(name, lambda: getattr(self.opened, name))
        return getattr(self.opened, name)


class AnswerMemory:
    """Answers by question, and what they depend on."""

    def __init__(self, found: Discovery, settings: ReadSettings, folder: str, texts: SourceTexts) -> None:
        chosen = [(f.name, getattr(settings, f.name)) for f in fields(settings) if f.name not in _UNIMPORTANT]
        files = (sorted(found.files), sorted(found.beside), found.folders)
        parts = (__version__, sys.version, _own_code(), os.getcwd(), files)
        told = repr((parts, found.unreadable, [(n, sorted(v) if isinstance(v, frozenset) else v) for n, v in chosen]))
        name = blake2b(repr((told, settings.roots())).encode(), digest_size=_DIGEST).hexdigest()
        self._folder = folder
        self._path = os.path.join(folder, f"answers-{name}.bin")
        self._owned = {path: _content(texts, path) for path in found.files}
        self._texts = texts
        self.program: Program | None = None
        self._asked: dict[Hashable, Callable[[], Any]] = {}
        self._known, self._told = self._load()
        self._fresh = False

    def answer(self, key: Hashable, ask: Callable[[], Any]) -> Any:
        """What was answered before, else what is answered now."""
        self._asked[key] = ask
        if key not in self._known:
            self._known[key] = ask()
            self._fresh = True
        return self._known[key]

    def told(self, name: str, ask: Callable[[], Any]) -> Any:
        """The same for what depends on all that was asked before: it holds after the very same questions only."""
        key = (name, frozenset(self._asked))
        if key not in self._told:
            if self.program is None:
                for again in list(self._asked.values()):
                    again()
            self._told[key] = ask()
            self._fresh = True
        return self._told[key]

    def save(self) -> None:
        """Write what is new; a folder that cannot be written is no error, the next run is only slower."""
        if not self._fresh or self.program is None:
            return
        self._fresh = False
        read, listed = self.program.consulted()
        state = (self._owned, read, listed)
        try:
            payload = pickle.dumps((state, self._known, self._told), protocol=5)
            os.makedirs(self._folder, exist_ok=True)
            temporary = f"{self._path}.{os.getpid()}.tmp"
            with open(temporary, "wb") as out:
                out.write(MAGIC + digest(payload) + payload)
            os.replace(temporary, self._path)
            remove_old(self._folder, "answers-", KEPT)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError, pickle.PicklingError):
            return

    def _load(self) -> tuple[dict[Hashable, Any], dict[tuple[str, frozenset[Hashable]], Any]]:
        try:
            with open(self._path, "rb") as file:
                content = file.read()
        except OSError:
            return {}, {}
        start = len(MAGIC) + _DIGEST
        payload = content[start:]
        if not content.startswith(MAGIC) or digest(payload) != content[len(MAGIC) : start]:
            return {}, {}
        try:
            (owned, read, listed), known, told = _Plain(BytesIO(payload)).load()
            if owned != self._owned or any(listing(f) != seen for f, seen in listed.items()):
                return {}, {}
            if any(_content(self._texts, path) != seen for path, seen in read.items()):
                return {}, {}
        except (pickle.UnpicklingError, ValueError, EOFError, TypeError, AttributeError, ImportError, IndexError):
            return {}, {}
        return known, told


class _Plain(pickle.Unpickler):
    """Takes nothing but this package's own plain data."""

    def find_class(self, module: str, name: str) -> Any:
        """A dataclass or enumeration of rulecheck."""
        if module == "builtins" and name in ("frozenset", "set"):
            return super().find_class(module, name)
        if module.startswith("rulecheck."):
            found = super().find_class(module, name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name}")


def _content(texts: SourceTexts, path: str) -> bytes:
    try:
        return texts.key(path)
    except OSError as error:
        return repr(error.errno).encode()


def _own_code() -> list[tuple[str, int, int]]:
    """The files of rulecheck by size and time: answers of another state of it are none of this one's."""
    found = []
    stack = [_HERE]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    found.append((entry.path, status.st_size, status.st_mtime_ns))
                elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                    stack.append(entry.path)
    return sorted(found)
