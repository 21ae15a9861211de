"""RC201: a registered rule that no call can reach."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import needless
from rulecheck.checks.reachability import obstacle
from rulecheck.checks.samples import TRACED, diagonal
from rulecheck.finding import Finding, Severity
from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model

_RULE = """
@ad.adjoint(operator.matmul, {types})
def matmul(A, x):
    y = A.entries * ad.asarray(x)
    return y, lambda dy: (ad.Tangent(entries=dy * ad.asarray(x)), A.entries * dy)
"""
_PLAIN = """
class Scaling:
    def __init__(self, entries: np.ndarray) -> None:
        self.entries = entries

    def __matmul__(self, x: np.ndarray) -> np.ndarray:
        return self.entries * x
"""
BAD = diagonal(TRACED, _PLAIN, _RULE.format(types="Scaling, Scaling"))
GOOD = diagonal(_RULE.format(types="Diagonal, ad.AbstractVector"))


def run(model: Model) -> Iterable[Finding]:
    """One finding for each rule of the project that no walk can end at."""
    return needless(CHECK, model, obstacle, "no call can reach the rule {signature}", (EntryKind.RULE,))


CHECK = Check(
    code="RC201",
    name="dead-rule",
    severity=Severity.WARNING,
    summary="A registered rule that no call can reach.",
    what="""\
Finds a rule of the project at which no walk can end: the system never asks for its function or its types, or an earlier
answer is always there.
""",
    why="""\
Somebody wrote the rule because it matters, and believes that it works. Something else answers in its place.
""",
    fix_safety="""\
Unsafe: removing the rule changes no result today, but the rule was meant to be reached. Look at why it is not first.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)
