"""RC203: the same signature registered twice: the last silently wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import entry_finding
from rulecheck.checks.samples import diagonal
from rulecheck.finding import Finding, Severity
from rulecheck.model.model import Model

_FIRST = """
@ad.adjoint(operator.matmul, Diagonal, ad.AbstractVector)
def matmul(A, x):
    y = A.entries * ad.asarray(x)
    return y, lambda dy: (ad.Tangent(entries=dy * ad.asarray(x)), A.entries * dy)
"""
BAD = diagonal(_FIRST, _FIRST.replace("def matmul", "def product"))
GOOD = diagonal(_FIRST)


def run(model: Model) -> Iterable[Finding]:
    """One finding for each registration that a later one replaces."""
    for earlier, later in model.replaced():
        at = f" at {later.place.at}" if later.place is not None else ""
        one_file = earlier.place is not None and later.place is not None and earlier.place.path == later.place.path
        message = (
            f"the {earlier.kind} {earlier.signature} never answers: "
            f"the {later.kind}{at} has the same signature and silently replaces it"
            if one_file
            else f"the {earlier.kind} {earlier.signature} and the {later.kind}{at} have the same signature: "
            "whichever is imported last silently replaces the other"
        )
        removal = model.removal(earlier)
        fix = replace(removal, safe=False) if removal is not None else None
        finding = entry_finding(CHECK, model, earlier, message, other=later, hides=True, fix=fix)
        if finding is not None:
            yield finding


CHECK = Check(
    code="RC203",
    name="replaced-rule",
    severity=Severity.WARNING,
    summary="The same signature is registered twice; the last one silently wins.",
    what="""\
Finds a rule or opt-out whose function and types are registered again later. Registrations that only happen under a
condition are left alone.
""",
    why="""\
Only the last one counts, and which is last can hang on the order of imports. A rule that looks alive is not.
""",
    fix_safety="""\
Unsafe: removing the earlier registration changes nothing as long as the order of registration stays, but only you know
which of the two was meant.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)
