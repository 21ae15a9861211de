"""A walk, layer by layer: for people, and as the plain data that `which` answers with."""

from __future__ import annotations

from typing import Any

from rulecheck.dispatch import Outcome
from rulecheck.model.entries import CallWalk, Entry
from rulecheck.report.paint import Paint

_COLOURS = {Outcome.CLAIMS: "green", Outcome.DECLINES: "dim", Outcome.AMBIGUOUS: "red"}


def walk_data(function: str, arguments: list[str], walk: CallWalk, primal: Entry | None) -> dict[str, Any]:
    """The answer of `which --batch`: the walk's last step fires; one that cannot choose as layer "ambiguous"."""
    end = walk.end
    fires = None
    if end is not None:
        signature, at = _joined(end.entries)
        layer = "ambiguous" if end.outcome is Outcome.AMBIGUOUS else end.layer
        fires = {"layer": layer, "signature": signature, "at": at}
    steps = [
        {"layer": step.layer, "outcome": step.outcome.value, "signature": signature, "at": at}
        for step in walk.steps
        for signature, at in [_joined(step.entries)]
    ]
    return {"function": function, "args": arguments, "primal": _reported(primal), "fires": fires, "walk": steps}


def walk_text(
    text: str, system: str, walk: CallWalk, primal: Entry | None, environment: str | None = None, *, colour: bool
) -> str:
    """The walk as a small table, and what came of it in a sentence."""
    paint = Paint(colour)
    lines = [f"{paint(text, 'bold')}  {paint(f'(system {system})', 'dim')}"]
    width = max([len(step.layer) for step in walk.steps], default=0)
    for number, step in enumerate(walk.steps, 1):
        said = paint(f"{step.outcome.value:<9}", _COLOURS[step.outcome])
        lines.append(f"  {number}. {step.layer:<{width}}  {said}  {_what(step.entries, step.reason)}".rstrip())
        lines += [f"{'':{width + 18}}{_one(entry)}" for entry in step.entries[1:]]
    lines.append(f"  {paint(_verdict(walk), 'bold')}")
    if primal is not None and (walk.winner is None or primal.place != walk.winner.place):
        lines.append(f"  Without any rule, {_one(primal)} would run.")
    if environment:
        lines.append(paint(f"  Environment: {environment}.", "dim"))
    return "\n".join(lines) + "\n"


def _verdict(walk: CallWalk) -> str:
    end, winner = walk.end, walk.winner
    if end is None:
        return "Nobody answers this call."
    if winner is None and end.outcome is Outcome.CLAIMS:
        return f"The walk ends at layer {end.layer}."
    if winner is None:
        return f"The walk ends at layer {end.layer}, which cannot choose: the call is ambiguous."
    return f"{winner.signature} answers, in layer {end.layer}."


def _what(entries: tuple[Entry, ...], reason: str) -> str:
    first = _one(entries[0]) if entries else ""
    return f"{first}: {reason}" if first and reason else first or reason


def _one(entry: Entry) -> str:
    at = _at(entry)
    return f"{entry.signature} ({at})" if at else entry.signature


def _at(entry: Entry | None) -> str | None:
    return entry.place.at if entry is not None and entry.place is not None else None


def _reported(entry: Entry | None) -> str | None:
    """The place for other programs: the one that the language's own tools give."""
    return entry.reported.at if entry is not None and entry.reported is not None else _at(entry)


def _joined(entries: tuple[Entry, ...]) -> tuple[str | None, str | None]:
    """Signatures and places; more than one only where the layer is ambiguous among them."""
    signatures = " | ".join(e.signature for e in entries)
    places = " | ".join(_reported(e) or "?" for e in entries)
    return signatures or None, (places if places.strip("? |") else None)
