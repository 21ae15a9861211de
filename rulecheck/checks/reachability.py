"""Whether calls end at a registration, and whether it is needed: verdicts about walks, the same for every system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from rulecheck.dispatch.walk import Outcome
from rulecheck.model.entries import CallWalk, Entry, EntryKind, Question
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Obstacle


def obstacle(model: Model, entry: Entry) -> Obstacle | None:
    """Why no call can end at a rule, or why an opt-out switches nothing off; None where one can, or cannot be told."""
    told = model.hindrance(entry)
    if told is not None or not model.is_judged(entry):
        return told
    rules = tuple(r for r in model.rivals(entry) if r.kind is EntryKind.RULE) if entry.kind is EntryKind.OPT_OUT else ()
    walks = []
    for call in _shared(model, entry, rules) if _hangs_on_rules(model, entry) else model.witnesses(entry):
        walk = model.walk(call)
        if is_undecided(walk) or model.is_met(walk, entry):
            return None
        walks.append(walk)
    if walks:
        return model.outdone(entry, walks)
    return _without_calls(model, entry, rules) if entry.kind is EntryKind.OPT_OUT else None


def _hangs_on_rules(model: Model, entry: Entry) -> bool:
    return entry.kind is EntryKind.OPT_OUT and model.needs_rules


def _without_calls(model: Model, opt_out: Entry, rules: tuple[Entry, ...]) -> Obstacle | None:
    """Why an opt-out switches nothing off for which no call could be made up."""
    name = opt_out.function.rpartition(".")[2].rstrip("_")
    if not rules:
        return Obstacle(f"there is no rule for {name} that it could switch off")
    return Obstacle(f"no rule for {name} applies to these types") if model.needs_rules else None


def stale(model: Model, entry: Entry) -> Obstacle | None:
    """Why an override that calls do reach is needed no longer: without it they are traced all the same."""
    if not model.is_override(entry) or not model.is_judged(entry) or obstacle(model, entry) is not None:
        return None
    without = model.walker.without(entry)
    reached, wider = False, None
    for call in chain(_shared(model, entry, model.rivals(entry)), model.witnesses(entry)):
        if not model.is_met(model.walk(call), entry):
            continue
        reached, walk = True, without.walk(call)
        winner = walk.winner
        if is_undecided(walk) or (winner is not None and winner.kind is EntryKind.RULE):
            return None
        wider = wider or next((e for step in walk.steps for e in step.entries if e.kind is EntryKind.OPT_OUT), None)
    if not reached or (wider is not None and model.is_needed(entry, wider)):
        return None
    if wider is None:
        return Obstacle("no rule claims these calls without it")
    return Obstacle(f"{wider.signature} already opts out of every rule that would answer", by=wider)


def is_undecided(walk: CallWalk) -> bool:
    """Whether a walk ends between rules, neither of them more specific."""
    end = walk.end
    return (
        end is not None
        and end.outcome is Outcome.AMBIGUOUS
        and any(e.kind is not EntryKind.METHOD for e in end.entries)
    )


def _shared(model: Model, entry: Entry, others: Iterable[Entry]) -> Iterator[Question]:
    """The calls that an entry shares with each of some others."""
    return chain.from_iterable(model.witnesses(entry, other) for other in others)
