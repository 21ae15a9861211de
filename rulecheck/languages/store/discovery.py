"""Which files a run reads."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from rulecheck.facts import Unreadable
from rulecheck.languages.store.settings import ReadSettings, SourceError
from rulecheck.place import Place

STDIN = "-"
SUFFIXES = (".py",)


@dataclass(slots=True)
class Discovery:
    """The files found, as paths to show, and what could not be entered.

    Those of `beside` are read since the others may use them, and are not judged themselves.
    """

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    beside: frozenset[str] = frozenset()


def discover(paths: Sequence[str], settings: ReadSettings, suffixes: tuple[str, ...] = SUFFIXES) -> Discovery:
    """List the source files of the given paths: files as they are, folders with everything below them, sorted.

    Where the settings ask for it, what a named file stands among is listed beside it: the package that it is part of,
    or what it imports of its folder. Raises SourceError where a path does not exist, or a file that was named is of a
    kind that is not read.
    """
    found = Discovery()
    exclusion = _Exclusion((*settings.exclude, *settings.extend_exclude))
    seen: set[str] = set()
    entered: set[tuple[int, int]] = set()
    named: list[str] = []
    for given in paths:
        path = _below_here(os.path.normpath(given))
        if given == STDIN:
            _add(found, settings.stdin[0] if settings.stdin else "<stdin>", seen)
        elif os.path.isdir(path):
            found.folders.append(path)
            _walk(path, exclusion, suffixes, found, seen, entered)
        elif not os.path.lexists(path):
            raise SourceError(f"{given}: no such file or folder")
        elif not path.endswith(suffixes):
            kinds = " or ".join(suffixes)
            raise SourceError(f"{given}: not a source file ({kinds}); give a file that ends in {kinds}, or a folder")
        elif _is_special(path):
            found.unreadable.append(Unreadable(Place(path, 1), _SPECIAL))
        else:
            _add(found, path, seen)
            named.append(path)
    if settings.around:
        _look_around(named, exclusion, found, settings)
    return found


def _look_around(named: list[str], exclusion: _Exclusion, found: Discovery, settings: ReadSettings) -> None:
    """Add the Python files that the named ones, or the standard input, may use and be used by."""
    if settings.stdin:
        found.beside = frozenset(found.files) - {settings.stdin[0]}
        return
    known = set(map(os.path.abspath, found.files))
    around = Discovery()
    for path in named:
        if path.endswith(".py"):
            folder = _package_of(path)
            for used in [folder] if folder is not None else _used_by(path, exclusion):
                if os.path.isdir(used):
                    _walk(used, exclusion, (".py",), around, set(), set())
                else:
                    around.files.append(used)
    added = {absolute: path for path in around.files if (absolute := os.path.abspath(path)) not in known}
    found.beside = frozenset(added.values())
    found.files += sorted(found.beside)


def _package_of(path: str) -> str | None:
    """The folder of the outermost package that a file is part of."""
    folder = os.path.dirname(os.path.abspath(path))
    package = None
    while os.path.isfile(os.path.join(folder, "__init__.py")) and folder != package:
        package, folder = folder, os.path.dirname(folder)
    if package is None:
        return None
    return _below_here(package) if os.path.isabs(path) else os.path.relpath(package)


def _used_by(path: str, exclusion: _Exclusion) -> list[str]:
    """The modules and packages of a script's folder that it imports, and what these import."""
    folder = os.path.dirname(path)
    near: dict[str, str] = {}
    with suppress(OSError):
        for name in sorted(os.listdir(folder or os.curdir)):
            beside = os.path.join(folder, name)
            if not exclusion.covers(name, name, beside) and beside != path:
                if os.path.isfile(os.path.join(beside, "__init__.py")):
                    near[name] = beside
                elif name.endswith(".py") and os.path.isfile(beside):
                    near.setdefault(name.removesuffix(".py"), beside)
    used: list[str] = []
    stack = [path]
    while stack:
        file = stack.pop()
        with suppress(OSError), open(file, "rb") as source:
            content = source.read()
            found = [near.pop(stem) for stem in [*near] if importing([stem]).search(content)]
            used += found
            stack += [beside for beside in found if beside.endswith(".py")]
    return used


def _below_here(path: str) -> str:
    """A path as it is shown: relative, where it lies below the working directory."""
    here = os.getcwd()
    if path == here:
        return os.curdir
    return path[len(here) + 1 :] if path.startswith(here.rstrip(os.sep) + os.sep) and here != os.sep else path


_SPECIAL = "it is no regular file, but a pipe, a socket or a device"


def _is_special(path: str) -> bool:
    """Whether a path that is no folder names what may never come to an end of file."""
    return os.path.exists(path) and not os.path.isfile(path)


def _add(found: Discovery, path: str, seen: set[str]) -> None:
    if path not in seen:
        seen.add(path)
        found.files.append(path)


def _walk(
    top: str,
    exclusion: _Exclusion,
    suffixes: tuple[str, ...],
    found: Discovery,
    seen: set[str],
    entered: set[tuple[int, int]],
) -> None:
    stack = [(top, "")]
    while stack:
        folder, inside = stack.pop()
        below: list[tuple[str, str]] = []
        try:
            # A folder that was entered already is a loop of links, or was named twice.
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda e: e.name)
        except OSError as error:
            reason = f"the folder could not be read: {error.strerror or error}"
            found.unreadable.append(Unreadable(Place(folder, 1), reason))
            continue
        for entry in entries:
            relative = f"{inside}{entry.name}"
            path = entry.name if folder == os.curdir else os.path.join(folder, entry.name)
            if exclusion.covers(entry.name, relative, path):
                continue
            try:
                is_folder = entry.is_dir()
            except OSError:
                is_folder = False
            if is_folder:
                below.append((path, f"{relative}/"))
            elif entry.name.endswith(suffixes):
                if not _is_file(entry) and _is_special(path):
                    found.unreadable.append(Unreadable(Place(path, 1), _SPECIAL))
                else:
                    _add(found, path, seen)
        stack.extend(reversed(below))


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


class _Exclusion:
    """Patterns without a slash are asked of each name, those with one of the path below the linted folder.

    One that is an absolute path is asked of the absolute path.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._absolute = _compile([p.rstrip("/") for p in patterns if os.path.isabs(p)])
        patterns = [p for p in patterns if not os.path.isabs(p)]
        names = [p.strip("/") for p in patterns if "/" not in p.strip("/")]
        paths = [p.strip("/") for p in patterns if "/" in p.strip("/")]
        self._names = _compile(names)
        self._paths = _compile([*paths, *(f"*/{p}" for p in paths)])

    def covers(self, name: str, relative: str, path: str) -> bool:
        return bool(
            (self._names and self._names.match(name))
            or (self._paths and self._paths.match(relative))
            or (self._absolute and self._absolute.match(os.path.abspath(path)))
        )


def _compile(patterns: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(fnmatch.translate(p) for p in patterns)) if patterns else None


def importing(stems: Iterable[str]) -> re.Pattern[bytes]:
    """Import statements that name a module by the last part of its name."""
    either = b"|".join(re.escape(s.encode("utf-8", "surrogateescape")) for s in sorted(stems))
    return re.compile(rb"^[ \t]*(?:from|import)\b[^\n]*\b(?:" + either + rb")\b", re.MULTILINE)
