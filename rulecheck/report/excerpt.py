"""The lines of source that a place stands on, with its span marked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rulecheck.place import Place

_LINE_END = re.compile(r"\r\n|\r|\n")
_TAB = 4
# A span of more lines than this is a definition, told by its first line.
_LONGEST = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an excerpt: its number (None for a gap), its text, and the marked part as columns from 0."""

    number: int | None
    text: str
    start: int = 0
    end: int = 0

    @property
    def parts(self) -> tuple[str, str, str]:
        """What stands before, in and after the mark."""
        return self.text[: self.start], self.text[self.start : self.end], self.text[self.end :]

    @property
    def carets(self) -> str:
        """A line of carets below the mark, as wide as a terminal shows it; empty where nothing is marked."""
        before, marked, _ = self.parts
        if self.start == self.end:
            return ""
        return " " * _width(before) + "^" * max(1, _width(marked))


def excerpt(place: Place, text: str | None, before: int = 1) -> list[Line]:
    """The place's lines, after up to `before` lines that are not blank; nothing where the text has no such lines."""
    lines = _lines(text) if text is not None else ()
    last = max(place.line, place.end_line)
    if not 1 <= place.line <= last <= len(lines) or not lines[place.line - 1].strip():
        return []
    above = range(max(1, place.line - before), place.line)
    shown = [Line(number, _untabbed(lines[number - 1])) for number in above if lines[number - 1].strip()]
    marked = [_marked(number, lines[number - 1], place, last) for number in range(place.line, last + 1)]
    if len(marked) > _LONGEST:
        marked = [marked[0], Line(None, "...")]
    return shown + marked


@lru_cache(maxsize=4)
def _lines(text: str) -> tuple[str, ...]:
    """The lines of a file; kept, as findings of one file follow each other."""
    return tuple(_LINE_END.split(text))


def _marked(number: int, text: str, place: Place, last: int) -> Line:
    """One line of the span; indentation is never marked."""
    start = place.column - 1 if number == place.line else len(text) - len(text.lstrip())
    if number == last and place.end_column:
        end = place.end_column - 1
    else:
        end = len(text) if place.end_line else start + 1
    start = min(max(start, 0), len(text))
    end = min(max(end, start), len(text))
    if start == end:  # a caret past the end of the line, as for what is missing there
        text, end = text + " ", end + 1
    return Line(number, _untabbed(text), len(_untabbed(text[:start])), len(_untabbed(text[:end])))


def _untabbed(text: str) -> str:
    return text.replace("\t", " " * _TAB)


def _width(text: str) -> int:
    """How many cells a terminal gives a text."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
