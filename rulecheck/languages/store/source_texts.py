"""The text of files, decoded when a report or a fix asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress

from rulecheck.languages.store.decode import Undecodable, decode, line_starts
from rulecheck.languages.store.records import digest
from rulecheck.place import Place


def state_of(path: str) -> bytes:
    """The digest of a file that nobody read before; nothing for one that cannot be read."""
    return SourceTexts({}).state(path)


class SourceTexts:
    """LanguageSource by path. What was given in memory (standard input) comes before what is on disk."""

    def __init__(self, given: Mapping[str, bytes]) -> None:
        self._given = dict(given)
        self._keys: dict[str, bytes] = {}
        self._texts: dict[str, str] = {}
        self._lines: dict[str, list[int]] = {}

    def content(self, path: str) -> bytes:
        """The file's bytes as the run read them. Raises OSError."""
        known = self._given.get(path)
        if known is not None:
            return known
        with open(path, "rb") as file:
            return file.read()

    def keep(self, path: str) -> bytes:
        """The same, kept for the rest of the run: what is reported is what was read. Raises OSError."""
        data = self._given[path] = self.content(path)
        return data

    def key(self, path: str) -> bytes:
        """The digest of the bytes, which are kept. Raises OSError."""
        known = self._keys.get(path)
        if known is None:
            known = self._keys[path] = digest(self.keep(path))
        return known

    def kept(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes of those files that can be read."""
        found = {}
        for path in paths:
            with suppress(OSError):
                found[path] = self.keep(path)
        return found

    def state(self, path: str) -> bytes:
        """The digest of a file; nothing for one that cannot be read."""
        try:
            return self.key(path)
        except OSError:
            return b""

    def text(self, path: str) -> str:
        """The decoded source; empty where it cannot be read."""
        known = self._texts.get(path)
        if known is None:
            known = ""
            if path in self._given or os.path.isfile(path):  # to open a pipe would wait for one who writes
                with suppress(OSError, Undecodable):
                    known = decode(self.content(os.fspath(path)))
            self._texts[path] = known
        return known

    def shown(self, path: str) -> str | None:
        """The source that a report quotes; None where there is none."""
        if path.endswith(".jl"):
            with suppress(OSError):
                return self.content(path).decode("utf-8", "replace")
            return None
        return self.text(path) or ("" if path in self._given else None)

    def span(self, place: Place) -> tuple[int, int]:
        """A place as offsets into the text."""
        starts = self._starts(place.path)
        last = len(starts) - 1
        end_line = place.end_line or place.line
        start = starts[min(place.line - 1, last)] + place.column - 1
        end = starts[min(end_line - 1, last)] + (place.end_column or place.column) - 1
        return start, max(start, end)

    def excerpt(self, place: Place) -> str:
        """The source at a place, on one line."""
        start, end = self.span(place)
        text = self.text(place.path)[start:end]
        return " ".join(text.split()) if "\n" in text or "\r" in text else text

    def _starts(self, path: str) -> list[int]:
        known = self._lines.get(path)
        if known is None:
            known = self._lines[path] = line_starts(self.text(path))
        return known
