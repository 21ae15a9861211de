"""What is asked of the body of a function, and whether its bytes may hold that: a look before it is parsed."""

from __future__ import annotations

import re
from functools import lru_cache

Wanted = tuple[frozenset[bytes], tuple[bytes, ...]]
"""What a body may hold that is asked for: a call of one of some names, or one of some binary operators."""

NOTHING: Wanted = (frozenset(), ())

STRING = (
    r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'"
)
# Letters beyond ASCII are parts of words as well.
_SPACED = bytes(c if c > 127 or chr(c).isalnum() or c == ord("_") else ord(" ") for c in range(256))
_SILENT = re.compile(rf"([A-Za-z]*)({STRING})|#[^\n]*".encode(), re.DOTALL)
_CALLED = re.compile(rb"(\w+)[\s\\]*\(")
_GIVEN = re.compile(rb"(?:=|\bimport\b|\bin\b)([^=\n(]*)")


def words(data: bytes) -> frozenset[bytes]:
    """Every word in a file."""
    return frozenset(data.translate(_SPACED).split())


@lru_cache(None)
def spoken(word: bytes) -> re.Pattern[bytes]:
    """Finds a word in a file."""
    part = rb"[\w\x80-\xff]"
    plain = re.escape(word)
    return re.compile(plain + rb"(?<!" + part + plain + rb")(?!" + part + rb")")


def holds(body: bytes, wanted: Wanted) -> bool:
    """Whether a body may hold what is wanted; comments and strings do not count, but for those that hold code."""
    named, operators = wanted
    said = bool(named) and not named.isdisjoint(words(body))
    if not said and not any(operator in body for operator in operators):
        return False
    code = _SILENT.sub(_spoken, body)
    if operators and _between(operators).search(code) is not None:
        return True
    if not said or not named.isdisjoint(_CALLED.findall(code)):
        return said
    # It may be given another name by which it is called.
    return not named.isdisjoint(words(b" ".join(_GIVEN.findall(code))))


def _spoken(match: re.Match[bytes]) -> bytes:
    """What of a string or comment is code: all of a formatted string; any other stands for an operand."""
    if match.group(2) is None:
        return b""
    return match.group() if b"f" in match.group(1).lower() else b'""'


@lru_cache(16)
def _between(operators: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """An operator between what may be operands, or in an assignment."""
    either = b"|".join(re.escape(o) for o in operators)
    return re.compile(rb"[\w)\]}\"'][\s\\]*(?:" + either + rb")(?:=|[\s\\]*[\w(\[{~+\-.\"'])")
