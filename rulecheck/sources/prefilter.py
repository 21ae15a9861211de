"""A look at bytes before anything is parsed: which files matter, by their words and the headers of their classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

_HEADER = re.compile(rb"^[ \t]*class[ \t]+(\w+)[ \t]*(?:\(([^)]*)\))?[ \t\\]*:", re.MULTILINE)
_BASE = re.compile(rb"(\w+)[ \t\r\n]*(?:\[[^\]]*\])?[ \t\r\n]*(?=,|$)")

Header = tuple[bytes, tuple[bytes, ...], int]
"""A class by its name, the last parts of its bases' names, and which of the patterns occur between it and the next
class: the lowest bit stands for the tokens, the others for the marks in their order."""

Look = tuple[int, bool, tuple[Header, ...]]
"""A file by its number of lines, whether a token occurs in it, and its classes."""

Patterns = Sequence[re.Pattern[bytes]]


def pattern_of(tokens: Iterable[bytes]) -> re.Pattern[bytes]:
    """One pattern for all tokens."""
    return re.compile(b"|".join(b"(?:" + token + b")" for token in tokens) or b"(?!)")


def look(data: bytes, patterns: Patterns) -> Look:
    """What the bytes of a file say; the first pattern is that of the tokens."""
    starts = [(m.start(), m.group(1), m.group(2) or b"") for m in _HEADER.finditer(data)]
    ends = [s[0] for s in starts[1:]] + [len(data)] * bool(starts)
    hit = patterns[0].search(data) is not None
    found = [(1 << i, p) for i, p in enumerate(patterns) if (hit if i == 0 else starts and p.search(data))]
    headers = tuple(
        (name, tuple(_BASE.findall(bases)), sum([bit for bit, p in found if p.search(data, start, end)]))
        for (start, name, bases), end in zip(starts, ends, strict=True)
    )
    lines = data.count(b"\n") + (data[-1:] not in (b"", b"\n"))
    return (lines, hit, headers)


def chosen(looks: Mapping[str, Look], marks: Iterable[Sequence[int]] = ()) -> set[str]:
    """The files that matter: those in which a token occurs, those with subclasses of a class in which one does, and
    those with classes that have each of some marks, given by their bits, themselves or by their bases.

    The last of the marks has to be seen; a base that is not among the files may bring the others.
    """
    files = {path for path, (_, hit, _) in looks.items() if hit}
    derived = _derived(looks)
    files.update(_below(derived, {name for path in files for name, _, seen in looks[path][2] if seen & 1})[1])
    classes = [(name, bases, seen, path) for path, (_, _, headers) in looks.items() for name, bases, seen in headers]
    known = {name for name, *_ in classes}
    for bits in marks:
        marked: set[bytes] | None = None
        for bit in bits:
            own = {n for n, bases, seen, _ in classes if seen & bit}
            own |= {n for n, bases, seen, _ in classes if seen & bits[-1] and not known.issuperset(bases)}
            heirs = _below(derived, own)[0]
            marked = heirs if marked is None else marked & heirs
        files.update(path for name, _, _, path in classes if name in (marked or ()))
    return files


def _derived(looks: Mapping[str, Look]) -> dict[bytes, list[tuple[bytes, str]]]:
    derived: dict[bytes, list[tuple[bytes, str]]] = {}
    for path, (_, _, headers) in looks.items():
        for name, bases, _ in headers:
            for base in bases:
                derived.setdefault(base, []).append((name, path))
    return derived


def below(looks: Mapping[str, Look], names: Iterable[bytes]) -> set[str]:
    """The files with subclasses, direct and indirect, of classes of these names."""
    return _below(_derived(looks), names)[1]


def _below(derived: Mapping[bytes, list[tuple[bytes, str]]], names: Iterable[bytes]) -> tuple[set[bytes], set[str]]:
    """The names with those of all subclasses, and the files of the subclasses."""
    files: set[str] = set()
    seen = set(names)
    stack = list(seen)
    while stack:
        for name, path in derived.get(stack.pop(), ()):
            files.add(path)
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return seen, files


def importing(stems: Iterable[str]) -> re.Pattern[bytes]:
    """Import statements that name a module by the last part of its name."""
    either = b"|".join(re.escape(s.encode()) for s in sorted(stems))
    return re.compile(rb"^[ \t]*(?:from|import)\b[^\n]*\b(?:" + either + rb")\b", re.MULTILINE)


def mentioning(names: Iterable[str]) -> re.Pattern[bytes]:
    """Any of some names as a whole word."""
    either = b"|".join(re.escape(n.encode()) for n in sorted(names))
    return re.compile(rb"\b(?:" + either + rb")\b") if either else re.compile(b"(?!)")


def taking(names: Iterable[str]) -> re.Pattern[bytes]:
    """Any of some names where another module's can stand: behind a dot, in a list of imports, or behind a star."""
    either = b"|".join(re.escape(n.encode()) for n in sorted(names))
    listed = rb"^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]*(?:\([^)]*|[^\n(]*)\b(?:" + either + rb")\b"
    return re.compile(rb"\.(?:" + either + rb")\b|" + listed + rb"|^[ \t]*from[^\n]*import[ \t]*\*", re.MULTILINE)
