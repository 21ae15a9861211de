"""What fixes change, as a unified diff that `git apply` and `patch -p1` take."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator

from rulecheck.fix.apply import Change, Outcome


def diff(outcome: Outcome) -> str:
    """The unified diff of every changed file, in the order of the paths; empty where nothing changes."""
    return "".join(line for change in outcome.changes for line in _file(change))


def _file(change: Change) -> Iterator[str]:
    path = change.path.replace(os.sep, "/").removeprefix("./")
    old, new = ("", "") if path.startswith(("/", "../")) else ("a/", "b/")
    lines = difflib.unified_diff(_lines(change.before.text), _lines(change.after.text), old + path, new + path)
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines as diff counts them: only a line feed ends one."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + lines[-1:] * bool(lines[-1])
