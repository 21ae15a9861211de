"""RC401: a rule on a function and types, none of which the package owns."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import entry_finding
from rulecheck.checks.samples import TRACED, diagonal
from rulecheck.finding import Finding, Severity
from rulecheck.model.model import Model

_RULE = """
@ad.adjoint(operator.matmul, {matrix}, ad.AbstractVector)
def matmul(A, x):
    dense, vector = ad.asarray(A), ad.asarray(x)
    return dense @ vector, lambda dy: (np.outer(dy, vector), dense.T @ dy)
"""
BAD = diagonal(TRACED, _RULE.format(matrix="ad.Matrix"))
GOOD = diagonal(_RULE.format(matrix="Diagonal"))


def run(model: Model) -> Iterable[Finding]:
    """One finding for each rule or opt-out of the project that changes what other packages' calls do."""
    for entry in model.entries():
        names = tuple(model.named_in(entry) or ()) if entry.owned else ()
        if not names or any(map(model.owns, names)):
            continue
        message = (
            f"the {entry.kind} {entry.signature} changes how everybody's calls are differentiated: "
            f"this project owns neither the function nor any of the types"
        )
        finding = entry_finding(CHECK, model, entry, message)
        if finding is not None:
            yield finding


CHECK = Check(
    code="RC401",
    name="rule-piracy",
    severity=Severity.WARNING,
    summary="A rule on a function and types, none of which the package owns.",
    what="""\
Finds a rule or opt-out for a function that another package defines, on types that are all defined elsewhere too.
""",
    why="""\
Whoever imports the package gets other gradients for code that has nothing to do with it, and two packages that do this
to one signature silently replace each other.
""",
    fix_safety="""\
No fix is offered: move the rule to the package that owns the function, or narrow it to a type of your own.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)
