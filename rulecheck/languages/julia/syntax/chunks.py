"""Cuts a file into top-level statements by its layout, for files whose whole the grammar cannot parse.

A statement begins on a line that is indented as the module's first line is, and is not a continuation (`end`, `else`,
a closing bracket). Text in triple quotes and block comments is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MODULE = re.compile(rb"(baremodule|module)[ \t]+([\w!]+)[ \t]*(?:#.*)?$")
TOKEN = re.compile(
    rb"(?<![\w.:!@])(?:"
    rb"(?P<opener>begin|function|macro|struct|for|if|let|quote|while|try|do|module|baremodule|abstract|primitive)"
    rb"|(?P<closer>end))\b|(?P<left>[(\[{])|(?P<right>[)\]}])"
)
CLOSER = re.compile(rb"end\b")
CONTINUES = re.compile(rb"(end|else|elseif|catch|finally)\b|[)\]}]|#|$")
STRINGS = re.compile(rb"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])'|#[^=].*$")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A statement's bytes; or, where `module` is set, the opening of a module; where `closes`, its end."""

    start: int
    end: int
    line: int
    module: str = ""
    bare: bool = False
    closes: bool = False


@lru_cache(maxsize=2)
def chunks(source: bytes) -> tuple[Chunk, ...]:
    """The statements of a file in order, with the openings and ends of the modules around them.

    Kept for the last files: who edits one asks again.
    """
    return tuple(_cut(source))


def _cut(source: bytes) -> Iterator[Chunk]:
    levels: list[bytes | None] = [b""]
    begin: tuple[int, int] | None = None
    depth = brackets = offset = 0
    quoted = False
    for number, line in enumerate(source.split(b"\n"), 1):
        start, offset = offset, offset + len(line) + 1
        was_quoted = quoted
        if line.count(b'"""') % 2:
            quoted = not quoted
        if was_quoted:
            continue
        stripped = line.lstrip(b" \t")
        if not stripped or stripped.startswith(b"#"):
            continue
        indent = line[: len(line) - len(stripped)]
        if levels[-1] is None:
            levels[-1] = indent
        at_level = indent == levels[-1]
        if (
            CONTINUES.match(stripped)
            and CLOSER.match(stripped)
            and depth <= 0
            and len(levels) > 1
            and len(indent) <= len(levels[-1] or b"")
        ):
            if begin is not None:
                yield Chunk(begin[0], start, begin[1])
                begin = None
            levels.pop()
            depth = 0
            yield Chunk(start, offset, number, closes=True)
            continue
        opened = MODULE.match(stripped)
        if opened is not None and at_level:
            if begin is not None:
                yield Chunk(begin[0], start, begin[1])
                begin = None
            yield Chunk(start, offset, number, opened[2].decode(), opened[1] == b"baremodule")
            levels.append(None)
            depth = 0
            continue
        if at_level and not CONTINUES.match(stripped):
            if begin is not None:
                yield Chunk(begin[0], start, begin[1])
            begin = (start, number)
            depth = brackets = 0
        depth, brackets = _balance(STRINGS.sub(b"", line), depth, brackets)
    if begin is not None:
        yield Chunk(begin[0], len(source), begin[1])


def _balance(line: bytes, depth: int, brackets: int) -> tuple[int, int]:
    """Open blocks and brackets after a line; inside brackets `end` is an index and `for` a comprehension."""
    for found in TOKEN.finditer(line):
        kind = found.lastgroup
        if kind == "left":
            brackets += 1
        elif kind == "right":
            brackets = max(0, brackets - 1)
        elif not brackets:
            depth += 1 if kind == "opener" else -1
    return depth, brackets
