"""RC202: an opt-out that no call can reach, or that fits no rule."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import needless
from rulecheck.checks.reachability import obstacle
from rulecheck.checks.samples import TRACED, diagonal
from rulecheck.finding import Finding, Severity
from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model

BAD = diagonal(TRACED, "ad.opt_out(operator.matmul, Diagonal, float)")
GOOD = diagonal(TRACED)


def run(model: Model) -> Iterable[Finding]:
    """One finding for each opt-out of the project that switches nothing off."""
    return needless(CHECK, model, obstacle, "the opt-out {signature} switches nothing off", (EntryKind.OPT_OUT,))


CHECK = Check(
    code="RC202",
    name="dead-opt-out",
    severity=Severity.WARNING,
    summary="An opt-out that no call can reach, or that fits no rule.",
    what="""\
Finds an opt-out of the project that changes no walk: there is no rule for its function that any call could share with
it, or a more specific rule always answers first.
""",
    why="""\
The opt-out stands for a belief that some rule is switched off. Either the rule went away, or it still fires for the
calls that the opt-out was written for.
""",
    fix_safety="""\
Safe: no call is answered otherwise without it.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)
