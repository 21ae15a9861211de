"""Every selected check asked, and what is suppressed or in the baseline taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rulecheck import config as configuration
from rulecheck.checks import all_checks, known
from rulecheck.config import Config
from rulecheck.finding import Finding, Fix, FixKind, Result, Summary, number_occurrences
from rulecheck.garbage_collection import uncollected
from rulecheck.run import baseline, suppress
from rulecheck.run.project import Paths, Progress, Project, listed, open_project


@uncollected()
def lint(
    paths: Paths = (".",),
    *,
    config: Config | None = None,
    stdin: tuple[str, bytes] | None = None,
    progress: Progress | None = None,
    kind: FixKind | None = None,
    **overrides: object,
) -> Result:
    """Read, ask every selected check, and take out what is suppressed or in the baseline.

    `kind` is the kind of override to write where a system has several; `overrides` are fields of `Config` by name,
    such as `select=("RC101",)`. Nothing that is read is ever imported.
    Raises `config.UsageError` and `sources.SourceError`.
    """
    if config is None:
        config = configuration.load(Path(str(listed(paths)[0]) if paths else "."))
    config = config.override(**overrides) if overrides else config
    codes = configuration.select(config, known())
    project = open_project(paths, config=config, stdin=stdin, progress=progress, recall=True, around=True, verify=True)
    for model in project.models:
        model.preferred = kind
    found = number_occurrences(sorted(_ask(project, codes), key=_order))
    settled = suppress.settle(found, project.suppressions, config, known(), codes, project.text)
    findings, held_back = [f for f in settled.findings if f.place.path not in project.beside], 0
    stale: tuple[str, ...] = ()
    if config.baseline is not None:
        subtracted = baseline.subtract(
            findings,
            Path(config.baseline),
            paths=project.paths,
            codes=codes,
            systems=[s.name for s in project.systems],
        )
        findings, held_back = subtracted.findings, subtracted.baselined
        stale = tuple(row.fingerprint for row in subtracted.stale)
    stats = [source.program.stats for source in project.sources.values()]
    summary = Summary(
        files=sum(s.files for s in stats),
        lines=sum(s.lines for s in stats),
        calls=sum(s.calls for s in stats),
        unresolved_calls=len(project.unresolved),
        unreadable=len(project.unreadable),
        suppressed=settled.suppressed,
        baselined=held_back,
        environments=project.environments,
    )
    result = Result(
        findings=tuple(sorted(findings, key=_order)),
        summary=summary,
        unresolved=tuple(Counter(project.unresolved.values()).most_common()),
        unknown=tuple(row for source in project.sources.values() for row in source.unknown),
        unfollowed=project.unfollowed,
        skipped=sum(s.skipped for s in stats),
        notes=tuple(note for source in project.sources.values() for note in source.told),
        stale=stale,
        paths=project.paths,
        text=project.text,
    )
    for source in project.sources.values():
        source.keep()
    return result


def overrides(paths: Paths = (".",), **options: Any) -> list[tuple[Finding, Fix]]:
    """The override that ends each shadow found, with the finding that it answers; options as for `lint`.

    With `kind=FixKind.FORWARD` it is a rule that hands the call on to the specialised code, in place of an opt-out.
    """
    found = lint(paths, **options).findings
    return [(f, f.fix) for f in found if f.fix is not None and f.fix.kind in (FixKind.OPT_OUT, FixKind.FORWARD)]


def _ask(project: Project, codes: frozenset[str]) -> Iterator[Finding]:
    checks = [check for check in all_checks() if check.code in codes]
    models = [model for model in project.models if model.takes_part]
    total = len(checks) * len(models)
    done = 0
    for model in models:
        for check in checks:
            yield from model.findings(check.code, check.run)
            done += 1
            if project.progress is not None:
                project.progress("checking", done, total)
    for check in checks:
        yield from check.read(project.unreadable)


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.place.path, finding.place.line, finding.place.column, finding.code, finding.message
