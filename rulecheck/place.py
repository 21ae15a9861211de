"""Where something stands in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A span of a file; lines and columns count from 1, the end column is one past the last character."""

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    @property
    def at(self) -> str:
        """`path:line`, as errors and walks show it."""
        return f"{self.path}:{self.line}"


def utf8(text: str) -> bytes:
    """Text that may hold paths as UTF-8: names of files are the bytes that they are on disk, where these are UTF-8."""
    try:
        data = text.encode("utf-8", "surrogateescape")
        data.decode()
    except UnicodeError:
        return text.encode("utf-8", "backslashreplace")
    return data
