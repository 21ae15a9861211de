"""A look at bytes before anything is parsed: which files matter, by their words and the headers of their classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_HEADER = re.compile(rb"^[ \t]*class[ \t]+(\w+)[ \t]*(?:\(([^)]*)\))?[ \t\\]*:", re.MULTILINE)
_BASE = re.compile(rb"(\w+)[ \t\r\n]*(?:\[[^\]]*\])?[ \t\r\n]*(?=,|$)")

Header = tuple[bytes, tuple[bytes, ...], bool]
"""A class by its name, the last parts of its bases' names, and whether a token occurs between it and the next class."""

Look = tuple[int, bool, tuple[Header, ...]]
"""A file by its number of lines, whether a token occurs in it, and its classes."""


def pattern_of(tokens: Iterable[bytes]) -> re.Pattern[bytes]:
    """One pattern for all tokens."""
    return re.compile(b"|".join(b"(?:" + token + b")" for token in tokens) or b"(?!)")


def look(data: bytes, tokens: re.Pattern[bytes]) -> Look:
    """What the bytes of a file say."""
    starts = [(m.start(), m.group(1), m.group(2) or b"") for m in _HEADER.finditer(data)]
    ends = [s[0] for s in starts[1:]] + [len(data)] * bool(starts)
    hit = tokens.search(data) is not None
    headers = tuple(
        (name, tuple(_BASE.findall(bases)), hit and tokens.search(data, start, end) is not None)
        for (start, name, bases), end in zip(starts, ends, strict=True)
    )
    lines = data.count(b"\n") + (data[-1:] not in (b"", b"\n"))
    return (lines, hit, headers)


def chosen(looks: Mapping[str, Look]) -> set[str]:
    """The files that matter: those in which a token occurs, and those with subclasses of a class in which one does."""
    files = {path for path, (_, hit, _) in looks.items() if hit}
    names = {name for path in files for name, _, inside in looks[path][2] if inside}
    files.update(below(looks, names))
    return files


def below(looks: Mapping[str, Look], names: Iterable[bytes]) -> set[str]:
    """The files with subclasses, direct and indirect, of classes of these names."""
    derived: dict[bytes, list[tuple[bytes, str]]] = {}
    for path, (_, _, headers) in looks.items():
        for name, bases, _ in headers:
            for base in bases:
                derived.setdefault(base, []).append((name, path))
    files: set[str] = set()
    seen = set(names)
    stack = list(seen)
    while stack:
        for name, path in derived.get(stack.pop(), ()):
            files.add(path)
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return files


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
