"""Every selected check asked, and what is suppressed or in the baseline taken out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from rulecheck import config as configuration
from rulecheck.checks import known
from rulecheck.config import Config
from rulecheck.finding import Finding, Fix, FixKind, Result
from rulecheck.garbage_collection import uncollected
from rulecheck.run import baseline, suppress
from rulecheck.run.answers import Answers, answers, order
from rulecheck.run.project import Paths, Progress, listed
from rulecheck.run.project import plan as planned


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
    plan = planned(paths, config=config, stdin=stdin, progress=progress, around=True, verify=True)
    told = answers(plan, codes, kind)

    def text(path: str) -> str | None:
        """Of Julia, places that were not read may have the names of other files."""
        return plan.texts.shown(path) if path in told.paths or not path.endswith(".jl") else None

    settled = suppress.settle(told.findings, told.suppressions, config, known(), codes, text)
    findings = [f for f in settled.findings if f.place.path not in told.beside]
    rest = _beside_baseline(findings, told, config, codes)
    return Result(
        findings=tuple(sorted(rest.findings, key=order)),
        summary=replace(told.summary, suppressed=settled.suppressed, baselined=rest.baselined),
        unresolved=told.unresolved,
        unknown=told.unknown,
        unfollowed=told.unfollowed,
        skipped=told.skipped,
        notes=(*told.notes, *plan.settings.store.notes),
        stale=tuple(row.fingerprint for row in rest.stale),
        paths=told.paths,
        text=text,
    )


def _beside_baseline(
    findings: list[Finding], told: Answers, config: Config, codes: frozenset[str]
) -> baseline.Subtracted:
    """The findings that the baseline does not hold, where there is one."""
    if config.baseline is None:
        return baseline.Subtracted(findings, 0, ())
    path = Path(config.baseline)
    return baseline.subtract(findings, path, paths=told.paths, codes=codes, systems=told.systems)


def overrides(paths: Paths = (".",), **options: Any) -> list[tuple[Finding, Fix]]:
    """The override that ends each shadow found, with the finding that it answers; options as for `lint`.

    With `kind=FixKind.FORWARD` it is a rule that hands the call on to the specialised code, in place of an opt-out.
    """
    found = lint(paths, **options).findings
    return [(f, f.fix) for f in found if f.fix is not None and f.fix.kind in (FixKind.OPT_OUT, FixKind.FORWARD)]
