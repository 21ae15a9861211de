"""Fixing until nothing is left to fix: lint, apply, lint again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rulecheck.finding import Finding
from rulecheck.fix.apply import FileChange, FixOutcome, Skipped, apply
from rulecheck.fix.source import SourceFile

ROUNDS = 10


@dataclass(frozen=True, slots=True)
class AfterFixing:
    """What fixing came to: everything applied, what the last lint still found, and what was not applied of that.

    `settled` is False where fixes went on making work for each other, and were stopped.
    """

    outcome: FixOutcome
    remaining: tuple[Finding, ...]
    rounds: int
    settled: bool


def settle(
    lint: Callable[[], Sequence[Finding]],
    apply_once: Callable[[Sequence[Finding]], FixOutcome] = apply,
    rounds: int = ROUNDS,
) -> AfterFixing:
    """Lint and apply until no fix changes anything, at most `rounds` times and never back to an earlier state.

    `lint` sees what `apply_once` has written. The last lint is the one that counts: its findings remain.
    """
    applied: list[Finding] = []
    skipped: tuple[Skipped, ...] = ()
    changes: dict[str, FileChange] = {}
    seen: set[tuple[tuple[str, str], ...]] = set()
    findings = lint()
    for done in range(rounds):
        outcome = apply_once(findings)
        skipped = outcome.skipped
        if not outcome.changes:
            return AfterFixing(_sum(applied, skipped, changes), tuple(findings), done, True)
        applied += outcome.applied
        for change in outcome.changes:
            first: SourceFile = changes[change.path].before if change.path in changes else change.before
            changes[change.path] = FileChange(change.path, first, change.after)
        findings = lint()
        state = tuple(sorted((path, change.after.text) for path, change in changes.items()))
        if state in seen or all(change.before == change.after for change in changes.values()):
            return AfterFixing(_sum(applied, skipped, changes), tuple(findings), done + 1, False)
        seen.add(state)
    return AfterFixing(_sum(applied, skipped, changes), tuple(findings), rounds, False)


def _sum(applied: Sequence[Finding], skipped: tuple[Skipped, ...], changes: Mapping[str, FileChange]) -> FixOutcome:
    changed = tuple(changes[path] for path in sorted(changes) if changes[path].before != changes[path].after)
    return FixOutcome(tuple(applied), skipped, changed)
