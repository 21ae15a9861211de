"""What fixes change, as a unified diff that `git apply` and `patch -p1` take."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator

from rulecheck.fix.apply import FileChange, FixOutcome

_PATHS = 2


def diff(outcome: FixOutcome) -> bytes:
    """The unified diff of every changed file, in the order of the paths; empty where nothing changes.

    The lines of each file are in its own encoding: a patch is compared with what the file holds.
    """
    return b"".join(line for change in outcome.changes for line in _encoded(change))


def _encoded(change: FileChange) -> Iterator[bytes]:
    marked = change.after.encoding == "utf-8-sig"
    encoding = "utf-8" if marked else change.after.encoding
    for number, line in enumerate(_file(change, "\ufeff" if marked else "")):
        yield line.encode("utf-8", "surrogateescape") if number < _PATHS else line.encode(encoding)


def _file(change: FileChange, mark: str) -> Iterator[str]:
    path = change.path.replace(os.sep, "/").removeprefix("./")
    old, new = ("", "") if path.startswith(("/", "../")) else ("a/", "b/")
    before, after = _lines(mark + change.before.text), _lines(mark + change.after.text)
    for line in difflib.unified_diff(before, after, old + path, new + path):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines as diff counts them: only a line feed ends one."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + lines[-1:] * bool(lines[-1])
