"""What a lint found out, kept for the next run of the very same project: then nothing is read, and no check asked.

Answers are one record under all that they can depend on: every linted file, every other file that was read, the
listing of every folder that was looked into (what was not found there counts as well), the settings, the checks that
were asked, and this package itself. Suppressions and baselines are no part of it: they are taken out every time.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

from rulecheck import plugins
from rulecheck.checks import all_checks
from rulecheck.facts import Suppression
from rulecheck.finding import Finding, FixKind, Summary, number_occurrences
from rulecheck.languages.store.records import Store, listing, own_code
from rulecheck.languages.store.schema import maker
from rulecheck.run.project import Plan, Project

# How a run is gone about changes nothing of what it finds.
_UNIMPORTANT = ("store", "jobs", "progress", "stdin")

Counted = tuple[tuple[str, int], ...]
State = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Answers:
    """All that a project and the checks told: findings in order, as they are before any is suppressed."""

    findings: tuple[Finding, ...]
    summary: Summary
    suppressions: tuple[Suppression, ...]
    paths: tuple[str, ...]
    beside: frozenset[str]
    systems: tuple[str, ...]
    unresolved: Counted
    unknown: Counted
    unfollowed: Counted
    skipped: int
    notes: tuple[str, ...]


class _Record(NamedTuple):
    linted: State
    read: State
    listed: State
    answers: Answers


def answers(plan: Plan, codes: frozenset[str], kind: FixKind | None) -> Answers:
    """What the checks of these codes say of a project, from the last run if nothing has changed since.

    `kind` is the kind of override to write where a system has several.
    """
    name = _name(plan, codes, kind)
    # Of a plugin's code nothing is known to be the same as in the last run.
    texts, store = plan.texts, Store() if plugins.enabled() else plan.settings.store
    linted = {path: texts.state(path) for found in plan.found.values() for path in found.files}
    known: _Record | None = store.get("answers", name, maker(_Record))
    if (
        known is not None
        and known.linted == linted
        and all(listing(folder) == seen for folder, seen in known.listed.items())
        and all(texts.state(path) == seen for path, seen in known.read.items())
    ):
        return known.answers
    project = plan.opened()
    for model in project.models:
        model.preferred = kind
    made = _told(project, codes)
    consulted = [source.consulted for source in project.sources.values()]
    read = {path: seen for each in consulted for path, seen in each.files.items()}
    listed = {folder: seen for each in consulted for folder, seen in each.folders.items()}
    for source in project.sources.values():
        source.keep()
    store.put("answers", name, _Record(linted, read, listed, made))
    return made


def _name(plan: Plan, codes: frozenset[str], kind: FixKind | None) -> tuple[bytes, ...]:
    """All that answers depend on and that is known before anything is read."""
    from rulecheck.languages.by_suffix import surroundings

    settings = [(f.name, getattr(plan.settings, f.name)) for f in fields(plan.settings) if f.name not in _UNIMPORTANT]
    chosen = [(name, sorted(value) if isinstance(value, frozenset) else value) for name, value in settings]
    found = [(s, f.files, sorted(f.beside), f.folders, f.unreadable) for s, f in plan.found.items()]
    systems = [system.name for system in plan.systems]
    parts = (chosen, found, systems, sorted(codes), kind, plan.settings.roots(), os.getcwd(), sys.version)
    told = repr((parts, surroundings(plan.found, plan.settings)))
    return own_code(), told.encode("utf-8", "surrogateescape")


def _told(project: Project, codes: frozenset[str]) -> Answers:
    found = number_occurrences(sorted(_ask(project, codes), key=order))
    sources = project.sources.values()
    # Asked for last: what is read on demand counts as well.
    unresolved = Counter(project.unresolved.values())
    stats = [source.program.stats for source in sources]
    return Answers(
        findings=tuple(found),
        summary=Summary(
            files=sum(s.files for s in stats),
            lines=sum(s.lines for s in stats),
            calls=sum(s.calls for s in stats),
            unresolved_calls=len(project.unresolved),
            unreadable=len(project.unreadable),
            environments=project.environments,
        ),
        suppressions=project.suppressions,
        paths=project.paths,
        beside=project.beside,
        systems=tuple(s.name for s in project.systems),
        unresolved=tuple(unresolved.most_common()),
        unknown=tuple(row for source in sources for row in source.unknown),
        unfollowed=project.unfollowed,
        skipped=sum(s.skipped for s in stats),
        notes=tuple(note for source in sources for note in source.notes),
    )


def _ask(project: Project, codes: frozenset[str]) -> Iterator[Finding]:
    checks = [check for check in all_checks() if check.code in codes]
    models = [model for model in project.models if model.takes_part]
    total = len(checks) * len(models)
    done = 0
    for model in models:
        for check in checks:
            yield from check.run(model)
            done += 1
            if project.progress is not None:
                project.progress("checking", done, total)
    for check in checks:
        yield from check.read(project.unreadable)


def order(finding: Finding) -> tuple[str, int, int, str, str]:
    """Where findings stand among each other."""
    return finding.place.path, finding.place.line, finding.place.column, finding.code, finding.message
