"""A look at bytes before anything is parsed: which files matter, by their words and the headers of their classes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

# A pattern that begins with plain letters is looked for ten times as fast as one that may begin anywhere.
_HEADER = re.compile(rb"class[ \t]+(\w+)[ \t]*(?:\(([^)]*)\))?[ \t\\]*:")
# Another name for a class, of a module or in the body of a class: what derives from it derives from the class.
_ALIAS = re.compile(
    rb"\n[ \t]*+([A-Z]\w*+)[ \t]*+(?::[ \t]*+[\w.]*TypeAlias[ \t]*+)?"
    rb"=[ \t]*+(?:\w++\.)*+([A-Z]\w*+)(?:\[.*\])?[ \t\r]*+(?:#.*+)?(?=\n)"
)
_BASE = re.compile(rb"(\w+)[ \t\r\n]*(?:\[[^\]]*\])?[ \t\r\n]*(?=,|$)")


class Header(NamedTuple):
    """A class by its name, the last parts of its bases' names, and which of the patterns occur between it and the next
    class: the lowest bit stands for the tokens, the others for the marks in their order.
    """

    name: bytes
    bases: tuple[bytes, ...]
    bits: int


class Look(NamedTuple):
    """A file by its number of lines, whether a token occurs in it, its classes, and other names for classes."""

    lines: int
    has_token: bool
    headers: tuple[Header, ...]
    aliases: tuple[tuple[bytes, bytes], ...]


class Sought:
    """Regular expressions of which any may occur; those that are plain words are looked for as such."""

    def __init__(self, patterns: Iterable[bytes], word: bytes = b"") -> None:
        patterns = list(patterns)
        # What occurs in whatever is sought.
        self._word = word
        self._plain = [p for p in patterns if re.escape(p) == p]
        self._patterns = [re.compile(p, re.MULTILINE) for p in patterns if re.escape(p) != p]

    def occurs(self, data: bytes, start: int = 0, end: int = sys.maxsize) -> bool:
        """Whether any of them does, between two offsets."""
        if data.find(self._word, start, end) < 0:
            return False
        for plain in self._plain:
            if data.find(plain, start, end) >= 0:
                return True
        return any(p.search(data, start, end) is not None for p in self._patterns)


def look(data: bytes, patterns: Sequence[Sought]) -> Look:
    """What the bytes of a file say; the first pattern is that of the tokens."""
    starts = [(m.start(), m.group(1), m.group(2) or b"") for m in _HEADER.finditer(data) if _begins(data, m.start())]
    ends = [s[0] for s in starts[1:]] + [len(data)] * bool(starts)
    hit = patterns[0].occurs(data)
    found = [(1 << i, p) for i, p in enumerate(patterns) if (hit if i == 0 else starts and p.occurs(data))]
    headers = tuple(
        Header(name, tuple(_BASE.findall(bases)), sum([bit for bit, p in found if p.occurs(data, start, end)]))
        for (start, name, bases), end in zip(starts, ends, strict=True)
    )
    aliases = tuple(pair for pair in _ALIAS.findall(data) if pair[0] != pair[1])
    lines = data.count(b"\n") + (data[-1:] not in (b"", b"\n"))
    return Look(lines, hit, headers, aliases)


def _begins(data: bytes, at: int) -> bool:
    """Whether nothing but space stands before an offset on its line."""
    return not data[data.rfind(b"\n", 0, at) + 1 : at].strip(b" \t")


def chosen(looks: Mapping[str, Look], marks: Iterable[Sequence[int]] = ()) -> set[str]:
    """The files that matter: those in which a token occurs, those with subclasses of a class in which one does, and
    those with classes that have each of some marks, given by their bits, themselves or by their bases.

    The last of the marks has to be seen; a base that is not among the files may bring the others.
    """
    files = {path for path, look in looks.items() if look.has_token}
    derived = Derived(looks)
    files.update(derived.below({h.name for path in files for h in looks[path].headers if h.bits & 1})[1])
    classes = [(header, path) for path, look in looks.items() for header in look.headers]
    known = {header.name for header, _ in classes}
    for bits in marks:
        marked: set[bytes] | None = None
        for bit in bits:
            own = {h.name for h, _ in classes if h.bits & bit}
            own |= {h.name for h, _ in classes if h.bits & bits[-1] and not known.issuperset(h.bases)}
            heirs = derived.below(own)[0]
            marked = heirs if marked is None else marked & heirs
        files.update(path for header, path in classes if header.name in (marked or ()))
    return files


class Derived:
    """The classes of some files by the names of their bases."""

    def __init__(self, looks: Mapping[str, Look]) -> None:
        self._derived: dict[bytes, list[tuple[bytes, str]]] = {}
        for path, look in looks.items():
            for header in look.headers:
                for base in header.bases:
                    self._derived.setdefault(base, []).append((header.name, path))
            for name, base in look.aliases:
                self._derived.setdefault(base, []).append((name, path))

    def below(self, names: Iterable[bytes]) -> tuple[set[bytes], set[str]]:
        """The names with those of all subclasses, direct and indirect, and the files of the subclasses."""
        files: set[str] = set()
        seen = set(names)
        stack = list(seen)
        while stack:
            for name, path in self._derived.get(stack.pop(), ()):
                files.add(path)
                if name not in seen:
                    seen.add(name)
                    stack.append(name)
        return seen, files
