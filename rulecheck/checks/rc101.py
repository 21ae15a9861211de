"""RC101: a generic rule answers where the user's more specific method would have been traced."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import causes, cost_clause, shadow_finding
from rulecheck.checks.samples import TRACED, diagonal
from rulecheck.finding import Finding, Severity
from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Shadow

_CALL = """
def energy(A: Diagonal, x: ad.AbstractVector):
    return np.sum(A @ x)
"""
BAD = diagonal(_CALL)
GOOD = diagonal(TRACED, _CALL)


def run(model: Model) -> Iterable[Finding]:
    """One finding for each rule and method that it hides, at the first call that meets them."""

    def wanted(shadow: Shadow) -> bool:
        return shadow.fires.kind is EntryKind.RULE and len(shadow.path) == 1

    for cause in causes(model, wanted, lambda shadow: (shadow.fires, shadow.hides)):
        shadow = cause.shadow
        message = (
            f"the generic rule {shadow.fires.signature} answers `{cause.call}`, "
            f"so {shadow.hides.signature} is never traced{cost_clause(model, shadow)}"
        )
        finding = shadow_finding(CHECK, model, cause, message, ())
        if finding is not None:
            yield finding


CHECK = Check(
    code="RC101",
    name="shadowed-method",
    severity=Severity.WARNING,
    summary="A generic rule answers where a more specific method would have been traced.",
    what="""\
Finds a method of a structured type that differentiation never reaches, because a generic rule is applicable to the
call and rules are asked first. Every specialised method is asked about with its own signature, and every call whose
operands' types can be told from source. The finding stands at the first such call, or at the method where the project
makes none.
""",
    why="""\
The rule was written for dense arrays. It computes a dense cotangent that nobody asked for, at a cost that can be
hundreds of times that of the method, and it may fail or answer in a representation that the type does not know. The
program still runs, so nobody sees it.
""",
    fix_safety="""\
Safe: the opt-out says "differentiate the code that this call runs" for exactly the types at which the rule and the
method meet. The value is computed by the same method as before; the gradient agrees to rounding. In Julia unsafe:
Zygote cannot trace everything, and gradients become structured; run them again.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)
