"""How a suppression is written: `# rulecheck: ignore[RC101, shadowed-method] -- reason`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"#\s*rulecheck:")
_WRITTEN = re.compile(r"#\s*rulecheck:\s*ignore(?:\[([^\]]*)\]\s*(?:--|:)?|\s*(?:--|:|$))\s*(.*)")
# The end, or another tool's comment: a number sign before a word.
_OTHER = re.compile(r"\s+#\s*[A-Za-z]|\s*$")


@dataclass(frozen=True, slots=True)
class Comment:
    """A suppression, and where it stands in the text that it was found in; no codes where all are meant."""

    start: int
    end: int
    codes: tuple[str, ...]
    reason: str | None


def comment_in(text: str) -> Comment | None:
    """The suppression in a comment, or in a line of source that ends with one."""
    marks = [found.start() for found in _MARK.finditer(text)]
    if not marks:
        return None
    start = marks[-1]
    other = _OTHER.search(text, start)
    end = other.start() if other is not None else len(text)
    found = _WRITTEN.fullmatch(text, start, end)
    if found is None:
        return None
    codes = tuple(c.strip() for c in (found[1] or "").split(",") if c.strip())
    return Comment(start, end, codes, found[2].strip() or None)
