"""Findings made up for tests of fixes."""

from __future__ import annotations

from collections.abc import Sequence

from rulecheck.finding import Edit, Finding, Fix, FixKind, Severity
from rulecheck.place import Place


def finding(
    edits: Sequence[Edit], *, line: int = 1, safe: bool = True, path: str = "a.py", code: str = "RC101"
) -> Finding:
    """A finding whose fix has these edits."""
    fix = Fix(FixKind.OPT_OUT, safe, "text", tuple(edits))
    return Finding(
        code, "shadowed-method", "engine", Severity.WARNING, Place(path, line), "a message", "module.f", fix=fix
    )


def replacing(path: str, text: str, old: str, new: str, **more: int) -> Finding:
    """A finding whose fix replaces the only occurrence of a piece of text."""
    assert text.count(old) == 1
    start = text.index(old)
    return finding(
        [Edit(path, start, start + len(old), new)], path=path, line=more.get("line", text[:start].count("\n") + 1)
    )
