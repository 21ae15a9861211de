"""Edits of one text, brought together: what overlaps, what is said twice, and the text that comes out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rulecheck.finding import Edit
from rulecheck.fix.source import SourceFile

_IMPORT = re.compile(r"(import|from)\s")


def fit(edits: Iterable[Edit], length: int) -> str | None:
    """Why these edits cannot be those of one fix in a text of that length; None where they can."""
    last = 0
    for edit in sorted(set(edits), key=_order):
        if not 0 <= edit.start <= edit.end <= length:
            return f"an edit spans characters {edit.start} to {edit.end} of {length}"
        if edit.start < last:
            return "two of its own edits overlap"
        last = edit.end
    return None


def clash(new: Iterable[Edit], accepted: Iterable[Edit]) -> bool:
    """Whether an edit touches what another, different one replaces. Insertions at one place stand side by side."""
    taken = list(accepted)
    return any(edit != other and _overlap(edit, other) for edit in new for other in taken)


def _overlap(a: Edit, b: Edit) -> bool:
    if a.start == a.end and b.start == b.end:
        return False
    if a.start == a.end:
        return b.start < a.start < b.end
    if b.start == b.end:
        return a.start < b.start < a.end
    return a.start < b.end and b.start < a.end


def edited(source: SourceFile, edits: Sequence[Edit]) -> str:
    """The text after all edits, which do not clash. Of insertions at one place, the earlier in `edits` stands first.

    An edit said twice is done once, and an import line that several insertions bring to one place is written once.
    New lines end as the lines around them do, and a file that ends without a line end still does.
    """
    text = source.text
    pieces: list[str] = []
    at = 0
    imported: set[tuple[int, str]] = set()
    before: Edit | None = None
    for edit in sorted(dict.fromkeys(edits), key=_order):
        pieces.append(text[at : edit.start])
        new = _without_repeats(edit, imported)
        if before is not None and before.end == edit.start == edit.end and _is_line(before) and _is_line(edit):
            new = new.lstrip("\r\n")
        if edit.start == edit.end == len(text):
            new = _at_the_end(new, "".join(pieces))
        pieces.append(source.line_end(edit.start).join(re.split(r"\r\n|\r|\n", new)))
        at, before = edit.end, edit
    pieces.append(text[at:])
    return "".join(pieces)


def _order(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end


def _without_repeats(edit: Edit, imported: set[tuple[int, str]]) -> str:
    """The text of an edit without the import lines that an insertion at the same place already brought."""
    lines = edit.text.splitlines(keepends=True)
    bare = [line.strip() for line in lines]
    if edit.start != edit.end or not any(bare) or not all(_IMPORT.match(line) for line in bare if line):
        return edit.text
    fresh = [line for line, name in zip(lines, bare, strict=True) if not name or (edit.start, name) not in imported]
    imported.update((edit.start, name) for name in bare if name)
    return "".join(fresh) if any(line.strip() for line in fresh) else ""


def _is_line(edit: Edit) -> bool:
    """Whether whole lines of plain statements are inserted: several such need no blank lines between them."""
    definition = edit.text.lstrip().startswith(("@", "def ", "class ", "async "))
    return edit.start == edit.end and edit.text.endswith("\n") and not definition


def _at_the_end(new: str, before: str) -> str:
    """Whole lines that are added behind a last line without an end: the missing line end moves behind them."""
    if not before or before[-1] in "\r\n" or not new.endswith("\n"):
        return new
    return ("" if new[0] in "\r\n" else "\n") + new.removesuffix("\n").removesuffix("\r")
