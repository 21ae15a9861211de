"""One project under two environments: whose answer changes when what it depends on is upgraded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rulecheck.checks.reachability import obstacle, stale
from rulecheck.dispatch import Outcome
from rulecheck.finding import Party, UpgradeChange, UpgradeEffect
from rulecheck.model.entries import CallWalk, Entry, EntryKind
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Obstacle
from rulecheck.run.project import Project


@dataclass(frozen=True, slots=True)
class _CallOutcome:
    """What one environment makes of a call."""

    walk: CallWalk
    method: Entry
    is_shadowed: bool

    @property
    def is_ambiguous(self) -> bool:
        end = self.walk.end
        return end is not None and end.outcome is Outcome.AMBIGUOUS

    @property
    def answer(self) -> Party | None:
        end = self.walk.end
        if end is None or not end.entries:
            return None
        return Party(" | ".join(e.signature for e in end.entries), end.entries[0].place, end.layer)


def compare(before: Project, after: Project) -> tuple[UpgradeChange, ...]:
    """What changes for a project from one environment to another; what it is worse for comes first."""
    changes: list[UpgradeChange] = []
    earlier = {model.name: model for model in before.models}
    for model in after.models:
        old = earlier.get(model.name)
        if old is not None:
            changes += _of_calls(old, model)
            changes += _of_rules(old, model)
    return tuple(sorted(changes, key=lambda c: (not c.is_worse, c.what, c.subject.place or (), c.call)))


def _of_calls(before: Model, after: Model) -> Iterator[UpgradeChange]:
    """The calls of the project's methods that another one answers; each cause once."""
    old, new = _views(before), _views(after)
    causes: dict[tuple[object, ...], list[UpgradeChange]] = {}
    of_old, of_new = _by_method(old.values()), _by_method(new.values())
    for key in dict.fromkeys((*old, *new)):
        earlier, later = old.get(key), new.get(key)
        if later is None and earlier is not None:
            later = _likest(earlier, of_new)
        elif earlier is None and later is not None:
            earlier = _likest(later, of_old)
        change = _changed(key[1], earlier, later)
        if change is not None:
            cause = (change.what, change.subject, change.before, change.after)
            causes.setdefault(cause, []).append(change)
    for group in causes.values():
        first = group[0]
        yield UpgradeChange(
            first.what, first.subject, first.call, first.before, first.after, first.reason, calls=len(group)
        )


def _views(model: Model) -> dict[tuple[str, str], _CallOutcome]:
    views = {}
    for probe in model.probes():
        question = probe.question
        shadow = model.shadow(question)
        views[question.function, question.text] = _CallOutcome(model.walk(question), probe.method, shadow is not None)
    return views


def _by_method(views: Iterable[_CallOutcome]) -> dict[tuple[EntryKind, str, str], list[_CallOutcome]]:
    grouped: dict[tuple[EntryKind, str, str], list[_CallOutcome]] = {}
    for view in views:
        grouped.setdefault(_key(view.method), []).append(view)
    return grouped


def _likest(view: _CallOutcome, others: dict[tuple[EntryKind, str, str], list[_CallOutcome]]) -> _CallOutcome | None:
    """What became of a method whose call is not asked in the other environment, where other types stand in."""
    same = others.get(_key(view.method), [])
    alike = [v for v in same if (v.is_shadowed, v.is_ambiguous) == (view.is_shadowed, view.is_ambiguous)]
    layers = [v for v in alike if v.answer and view.answer and v.answer.layer == view.answer.layer]
    return next(iter((*layers, *alike, *same)), None)


def _changed(call: str, old: _CallOutcome | None, new: _CallOutcome | None) -> UpgradeChange | None:
    """What became of one call. One that only one environment is asked about has no rules in the other: it is traced."""
    view = new or old
    assert view is not None
    subject = _party(view.method)
    before = old.answer if old is not None else None
    after = new.answer if new is not None else None
    shadowed = (old is not None and old.is_shadowed, new is not None and new.is_shadowed)
    ambiguous = (old is not None and old.is_ambiguous, new is not None and new.is_ambiguous)
    if ambiguous == (False, True):
        return UpgradeChange(UpgradeEffect.AMBIGUOUS, subject, call, before, after)
    if shadowed == (False, True):
        return UpgradeChange(UpgradeEffect.SHADOWED, subject, call, before, after)
    if ambiguous == (True, False):
        return UpgradeChange(UpgradeEffect.DECIDED, subject, call, before, after)
    if shadowed == (True, False):
        return UpgradeChange(UpgradeEffect.TRACED, subject, call, before, after)
    if shadowed == (True, True) and before and after and before.layer != after.layer:
        return UpgradeChange(UpgradeEffect.ANOTHER, subject, call, before, after)
    return None


def _of_rules(before: Model, after: Model) -> Iterator[UpgradeChange]:
    """The project's own rules and opt-outs that calls reach in one environment only, or that lost their reason."""
    old = {_key(entry): entry for entry in before.entries() if entry.owned}
    for entry in after.entries():
        earlier = old.get(_key(entry))
        if not entry.owned or earlier is None:
            continue
        was, now = obstacle(before, earlier), obstacle(after, entry)
        subject = _party(entry)
        if was is None and now is not None:
            yield UpgradeChange(UpgradeEffect.DEAD, subject, "", None, _by(now), now.reason)
        elif was is not None and now is None:
            yield UpgradeChange(UpgradeEffect.ALIVE, subject, "", _by(was), None, was.reason)
        elif now is None and stale(before, earlier) is None and (why := stale(after, entry)) is not None:
            yield UpgradeChange(UpgradeEffect.STALE, subject, "", None, _by(why), why.reason)


def _key(entry: Entry) -> tuple[EntryKind, str, str]:
    return entry.kind, entry.signature, entry.place.at if entry.place is not None else ""


def _party(entry: Entry) -> Party:
    return Party(entry.signature, entry.place, entry.layer or None)


def _by(obstacle: Obstacle) -> Party | None:
    return _party(obstacle.by) if obstacle.by is not None else None
