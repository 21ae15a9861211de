"""RC204: an override whose reason is gone: the rule that it overrode no longer claims the call."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import needless
from rulecheck.checks.reachability import stale
from rulecheck.checks.samples import TRACED, diagonal_and_signal
from rulecheck.finding import Finding, Severity
from rulecheck.model.model import Model

BAD = diagonal_and_signal(TRACED, "ad.opt_out(operator.matmul, Diagonal, Signal)")
GOOD = diagonal_and_signal(TRACED)


def run(model: Model) -> Iterable[Finding]:
    """One finding for each override that calls reach and nobody needs."""
    return needless(CHECK, model, stale, "the override {signature} is needed no longer", hides=False)


CHECK = Check(
    code="RC204",
    name="stale-override",
    severity=Severity.NOTE,
    summary="An override whose reason is gone: no rule claims the call without it.",
    what="""\
Finds an opt-out or a forwarding rule that still answers calls, but without which they would be traced all the same.
One for a subclass with a method of its own is left alone, though an override of the base class covers it.
""",
    why="""\
An override is a standing exception. One that no longer guards against anything hides the rule that it once named, and
will silently take effect again on a rule that nobody meant.
""",
    fix_safety="""\
Safe: without it, the same calls are traced through the same code.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)
