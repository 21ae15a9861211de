"""RC102: the rule answers a call whose own primal would reach specialised code further down."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import causes, cost_clause, shadow_finding
from rulecheck.checks.samples import TRACED, diagonal_and_signal
from rulecheck.finding import Finding, Severity
from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Shadow

_CALL = """
def project(A: Diagonal, b: Signal):
    return np.sum(b.T @ A)
"""
BAD = diagonal_and_signal(TRACED, _CALL)
GOOD = diagonal_and_signal(TRACED, "ad.opt_out(operator.matmul, ad.Transpose[Signal], Diagonal)", _CALL)


def run(model: Model) -> Iterable[Finding]:
    """One finding for each rule, hidden method and types of the call that leads there."""

    def wanted(shadow: Shadow) -> bool:
        return shadow.fires.kind is EntryKind.RULE and len(shadow.path) > 1 and not shadow.consequence

    for cause in causes(model, wanted, lambda shadow: (shadow.fires, shadow.hides, shadow.walk.call.types)):
        shadow = cause.shadow
        through = ", then ".join(f"`{question.text}`" for question in shadow.path[1:])
        message = (
            f"the generic rule {shadow.fires.signature} answers `{cause.call}`, whose own code goes on to {through} "
            f"and so to {shadow.hides.signature}, which is never traced{cost_clause(model, shadow)}"
        )
        finding = shadow_finding(CHECK, model, cause, message, tuple(map(str, shadow.walk.call.types)))
        if finding is not None:
            yield finding


CHECK = Check(
    code="RC102",
    name="shadowed-behind-call",
    severity=Severity.WARNING,
    summary="A generic rule answers a call whose own code would reach a specialised method further down.",
    what="""\
Follows the code that a call would run without the rule. `x.T @ A` names no method of A, but the library computes it
as `(A.T @ x).T`, and there the specialised method waits. A rule for `matrix @ matrix` that answers the outer call
hides it.
""",
    why="""\
The call never names the specialised code, so reading it shows nothing wrong; and an override of the method's own
signature does not help, because the rule that fires belongs to another pair of types.
""",
    fix_safety="""\
Safe: the opt-out names exactly the types of the call. What is differentiated instead is the library's own code for the
call, which computes the same value. In Julia the fix is an adjoint that forwards to the turned product, and unsafe: the
gradient of a wrapped operand becomes that of the wrapper's field, where it was an array.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)
