"""What an upgrade changes for a project: for people, and as plain data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rulecheck.finding import Party, UpgradeChange, UpgradeEffect
from rulecheck.report.base import count, party_text
from rulecheck.report.paint import Paint

VERSION = 1

_SAID = {
    UpgradeEffect.SHADOWED: "a rule appears: {subject} is no longer traced",
    UpgradeEffect.AMBIGUOUS: "an ambiguity appears: calls of {subject} cannot choose",
    UpgradeEffect.DEAD: "{subject} goes dead",
    UpgradeEffect.STALE: "{subject} is needed no longer",
    UpgradeEffect.TRACED: "a rule goes: {subject} is traced again",
    UpgradeEffect.DECIDED: "an ambiguity goes: calls of {subject} are decided",
    UpgradeEffect.ALIVE: "{subject} is reached again",
    UpgradeEffect.ANOTHER: "another rule answers in the place of {subject}",
}


def changes_text(changes: Sequence[UpgradeChange], before: str, after: str, *, colour: bool) -> str:
    """A block for each change, and a verdict."""
    paint = Paint(colour)
    lines = [paint(f"from {before} to {after}", "bold"), ""]
    for change in changes:
        said = _SAID[change.what].format(subject=change.subject.signature)
        lines.append(paint(f"{'worse' if change.is_worse else 'note '}: {said}", *_style(change)))
        if change.subject.place is not None:
            lines.append(f"  at:     {change.subject.place.at}")
        if change.call:
            more = f" and {change.calls - 1} more" if change.calls > 1 else ""
            lines.append(f"  call:   {change.call}{more}")
        lines += [f"  {label}{party_text(party)}" for label, party in _sides(change) if party is not None]
        if change.reason:
            lines.append(f"  reason: {change.reason}")
        lines.append("")
    worse = sum(c.is_worse for c in changes)
    if not changes:
        lines.append("Nothing changes for this project.")
    else:
        lines.append(f"{count(len(changes), 'change')}, {worse:,} for the worse.")
    return "\n".join(lines) + "\n"


def changes_data(changes: Sequence[UpgradeChange], before: str, after: str) -> str:
    """One JSON object with the changes and their numbers; every key is always there."""
    worse = sum(c.is_worse for c in changes)
    data = {
        "version": VERSION,
        "from": before,
        "to": after,
        "changes": [_data(change) for change in changes],
        "summary": {"changes": len(changes), "worse": worse},
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _sides(change: UpgradeChange) -> list[tuple[str, Party | None]]:
    return [("before: ", change.before), ("after:  ", change.after)]


def _style(change: UpgradeChange) -> tuple[str, ...]:
    return ("bold", "red") if change.is_worse else ("bold",)


def _data(change: UpgradeChange) -> dict[str, Any]:
    return {
        "change": change.what.value,
        "worse": change.is_worse,
        "subject": _party(change.subject),
        "call": change.call or None,
        "calls": change.calls if change.call else 0,
        "before": _party(change.before),
        "after": _party(change.after),
        "reason": change.reason or None,
    }


def _party(party: Party | None) -> dict[str, Any] | None:
    if party is None:
        return None
    place = party.place
    return {
        "layer": party.layer,
        "signature": party.signature,
        "path": place.path if place else None,
        "line": place.line if place else None,
    }
