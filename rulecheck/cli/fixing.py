"""`--fix`, `--unsafe-fixes` and `--diff`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from rulecheck.cli.output import emit_bytes, say
from rulecheck.finding import Finding, Result
from rulecheck.fix import FixOutcome, apply, diff, settle
from rulecheck.fix.apply import Reason
from rulecheck.report.base import count


class RepeatableLint(Protocol):
    """A lint that can be had again."""

    stdin: tuple[str, bytes] | None

    def __call__(self) -> Result:
        """Lint."""
        ...


def fixed(run: RepeatableLint, *, unsafe: bool, dry: bool) -> Result:
    """Apply the fixes, say what was done, and give the result of the last lint; `dry` only shows the difference."""
    if dry:
        return _shown(run, unsafe)
    if run.stdin is not None:
        return _filtered(run, unsafe)
    results: list[Result] = []

    def lint() -> Sequence[Finding]:
        results.append(run())
        return results[-1].findings

    settled = settle(lint, partial(apply, unsafe=unsafe))
    _tell(settled.outcome)
    if not settled.settled:
        say("note: fixes went on making work for each other and were stopped; please report this")
    return results[-1]


def _shown(run: RepeatableLint, unsafe: bool) -> Result:
    result = run()
    outcome = apply(result.findings, unsafe=unsafe, read=_reader(run), write=None)
    emit_bytes(diff(outcome))
    _tell(outcome, "would apply")
    return result


def _filtered(run: RepeatableLint, unsafe: bool) -> Result:
    """Fix the source on the standard input and print it; fixes that touch other files are left, and told."""
    assert run.stdin is not None
    name, data = run.stdin
    result = run()
    own = [f for f in result.findings if f.fix and all(edit.path == name for edit in f.fix.edits)]
    outcome = apply(own, unsafe=unsafe, read=_reader(run), write=None)
    emit_bytes(next((change.after.data for change in outcome.changes if change.path == name), data))
    _tell(outcome)
    for finding in result.findings:
        if finding.fix is not None and (unsafe or finding.fix.safe):
            elsewhere = sorted({edit.path for edit in finding.fix.edits} - {name})
            if elsewhere:
                say(f"note: the fix of {finding.code} is for {' and '.join(elsewhere)}: lint the folder to apply it")
    return replace(result, findings=tuple(f for f in result.findings if f not in outcome.applied))


def _reader(run: RepeatableLint) -> Callable[[str], bytes]:
    from rulecheck.fix.files import read_bytes

    def read(path: str) -> bytes:
        if run.stdin is not None and path == run.stdin[0]:
            return run.stdin[1]
        return read_bytes(path)

    return read


def _tell(outcome: FixOutcome, verb: str = "applied") -> None:
    """Say how many fixes there were, and of each that was not applied why, unless it waits to be asked for."""
    if outcome.applied:
        say(f"{verb} {count(len(outcome.applied), 'fix', 'fixes')} in {count(len(outcome.changes), 'file')}")
    for skipped in outcome.skipped:
        if skipped.reason is not Reason.UNSAFE:
            say(f"note: a fix of {skipped.finding.code} was not applied: {skipped.text}")
