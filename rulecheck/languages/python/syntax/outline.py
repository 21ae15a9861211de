"""Which functions' bodies are left for later: what a file brings into the world is told by the rest of it.

A body that can say more than what the function itself calls, gives and stores is never left: one with a class inside,
with what may register something, or with what is assigned to attributes of anything but the method's own instance.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from rulecheck.languages.python.syntax.definitions import Later
from rulecheck.languages.python.syntax.wanted_bodies import NOTHING, STRING, Wanted, holds

Keeps = Callable[[int, int], bool]
"""Whether the body between two offsets must be read with its file."""
Cut = tuple[int, int, int]
"""A body: its first line, and the offsets at which it starts and ends."""

# What may hold anything, and line ends that end nothing.
_MASK = re.compile(rf"{STRING}|#[^\n]*|\\\n", re.DOTALL)
_HEADER = re.compile(rf"{STRING}|#[^\n]*|\\\n|[()\[\]{{}}:]", re.DOTALL)
_CLASS = re.compile(r"class[ ]+\w+[ ]*[:(\[\\]")
_DEF = re.compile(r"def[ ]+\w")
_UNEVEN = re.compile(r"^ *\t|\f|\r", re.MULTILINE)
# Where attributes are given a value: by themselves, as the first of several, and in the heads of statements. Patterns
# that begin with plain letters are found fastest.
_TARGET = re.compile(r"\.\w++ *+(?:(?:[-+*%@&|^]|//?|\*\*|<<|>>)?=(?!=)|:[^=\n]*+=(?!=))")
_FIRST = re.compile(r"\n *\w++(?:\.\w++)++ *+,[^()\n]*=(?!=)")
_NAMES = r" ++(?:(?!in\b)\w++[ ,]++)*+(?!in\b)\w++\.\w"
_HEADS = (re.compile(r"for(?<!\wfor)" + _NAMES), re.compile(r"as(?<!\was)" + _NAMES))
_CHAIN = re.compile(r"[\w.]*+\Z")


def keeper(text: str, registrars: Iterable[str]) -> Keeps:
    """Says which bodies of a text must be read with their file."""
    words = ("setattr", "nonlocal", *registrars)
    patterns = [_whole(word) for word in words if word in text]
    patterns += [p for p in (_CLASS, _FIRST, *_HEADS) if p.search(text) is not None]

    def keeps(start: int, end: int) -> bool:
        # From the line end on with which the line before ends.
        return any(p.search(text, start - 1, end) for p in patterns) or _gives_attributes(text, start, end)

    return keeps


@lru_cache(None)
def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(word)}\b(?<!\w{re.escape(word)})")


def _gives_attributes(text: str, start: int, end: int) -> bool:
    """Whether attributes of anything but `self` may be assigned."""
    for match in _TARGET.finditer(text, start, end):
        line = text.rfind("\n", 0, match.start()) + 1
        chain = _CHAIN.search(text, line, match.start())
        if chain is None or chain.group().partition(".")[0] != "self":
            return True
    return False


def later(text: str, keeps: Keeps, wanted: Wanted) -> Later:
    """Says where the body stands of a function of the text that is left for later, and whether it is wanted now."""
    starts = [0, *(m.end() for m in re.finditer("\n", text)), len(text)]

    def cut(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Cut, bool] | None:
        body = node.body[1:] if _is_text(node.body[0]) else node.body
        if not body or node.end_lineno is None:
            return None
        line = min([body[0].lineno, *(d.lineno for d in getattr(body[0], "decorator_list", ()))])
        start, end = starts[line - 1], starts[min(node.end_lineno, len(starts) - 1)]
        if text[start : start + body[0].col_offset].strip(" \t@") or keeps(start, end):
            return None
        return (line, start, end), wanted != NOTHING and holds(text[start:end].encode("utf-8", "replace"), wanted)

    return cut


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@dataclass(frozen=True, slots=True)
class Outline:
    """A text without the bodies that are left for later, line for line; what was cut, and where it ended.

    Both tables go by the line on which a body began.
    """

    text: str
    bodies: dict[int, Cut]
    ends: dict[int, tuple[int, int]]

    def at(self, line: int) -> tuple[Cut, bool] | None:
        """The body that began on a line; none is read now."""
        found = self.bodies.get(line)
        return (found, False) if found is not None else None


def outline(text: str, keeps: Keeps) -> Outline | None:
    """The outline of a text; None where its lines cannot be told apart without a parser.

    What is cut is found by its indentation. Where that is wrong, what is left, or the body itself, is no Python.
    """
    if _UNEVEN.search(text):
        return None
    masks = [m.span() for m in _MASK.finditer(text)]
    begins = [start for start, _ in masks]

    def masked(at: int) -> int:
        """The end of what hides an offset; 0 where nothing does."""
        i = bisect_right(begins, at) - 1
        return masks[i][1] if i >= 0 and masks[i][1] > at else 0

    def last(start: int, end: int) -> int:
        """Where the last statement between two offsets ends."""
        while True:
            end = start + len(text[start:end].rstrip(" \n"))
            i = bisect_right(begins, end - 1) - 1
            if i < 0 or masks[i][1] < end or text[begins[i]] != "#":
                return end
            end = begins[i]

    pieces: list[str] = []
    bodies: dict[int, Cut] = {}
    ends: dict[int, tuple[int, int]] = {}
    done = at = counted = 0
    line = 1
    while (match := _DEF.search(text, at)) is not None:
        at = match.end()
        hidden = masked(match.start())
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if hidden or before.strip() not in ("", "async"):
            at = max(at, hidden)
            continue
        start = _after_header(text, at)
        if start is None:
            continue
        indent = len(before) - len(before.lstrip(" "))
        end = _dedent(text, start, indent, masked)
        at = end
        first = _after_docstring(text, start, end, masked)
        stop = last(first, end)
        # Whether a last semicolon is part of a function is for the parser to say.
        if stop <= first or text[stop - 1] == ";" or keeps(first, end):
            continue
        line += text.count("\n", counted, start)
        counted = start
        count = text.count("\n", start, end)
        bodies[line] = (line + text.count("\n", start, first), first, end)
        ends[line] = (line + text.count("\n", start, stop), stop - text.rfind("\n", 0, stop) - 1)
        pieces += (text[done:start], " " * (indent + 1), "0", "\n" * count)
        done = end
    pieces.append(text[done:])
    return Outline("".join(pieces), bodies, ends)


def _after_header(text: str, at: int) -> int | None:
    """The first line of a body, behind a header; None where the body stands on the header's line."""
    depth = 0
    for token in _HEADER.finditer(text, at):
        mark = token.group()
        if mark in ("(", "[", "{"):
            depth += 1
        elif mark in (")", "]", "}"):
            depth -= 1
        elif mark == ":" and not depth:
            end = text.find("\n", token.end())
            rest = text[token.end() : end].lstrip()
            return None if end < 0 or (rest and rest[0] != "#") else end + 1
    return None


def _after_docstring(text: str, start: int, end: int, masked: Callable[[int], int]) -> int:
    """The first line behind the documentation of a body, if it has such."""
    first = start + len(text[start:end]) - len(text[start:end].lstrip())
    if not text.startswith(('"""', "'''"), first):
        return start
    behind = text.find("\n", masked(first)) + 1
    return behind if behind and not text[masked(first) : behind].strip() else start


def _dedent(text: str, start: int, indent: int, masked: Callable[[int], int]) -> int:
    """The start of the first line that belongs no more to a body, by its indentation."""
    pattern = _dedented(indent)
    at = start - 1
    while (match := pattern.search(text, at)) is not None:
        at = masked(match.start())
        if not at:
            return match.start() + 1
    return len(text)


@lru_cache(None)
def _dedented(indent: int) -> re.Pattern[str]:
    return re.compile(rf"\n {{0,{indent}}}(?=[^ \n#])")
