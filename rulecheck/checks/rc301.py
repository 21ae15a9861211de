"""RC301: two rules claim the same call, neither more specific."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import entry_finding
from rulecheck.checks.meetings import meetings
from rulecheck.checks.samples import diagonal_and_signal
from rulecheck.finding import Finding, Severity
from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model

_RULES = """
@ad.adjoint(operator.matmul, Diagonal, ad.AbstractVector)
def scale(A, x):
    y = A.entries * ad.asarray(x)
    return y, lambda dy: (ad.Tangent(entries=dy * ad.asarray(x)), A.entries * dy)


@ad.adjoint(operator.matmul, {matrix}, Signal)
def apply(A, x):
    dense, samples = ad.asarray(A), x.samples
    return dense @ samples, lambda dy: (np.outer(dy, samples), ad.Tangent(samples=dense.T @ dy))
"""
BAD = diagonal_and_signal(_RULES.format(matrix="ad.AbstractMatrix"))
GOOD = diagonal_and_signal(_RULES.format(matrix="ad.Matrix"))


def run(model: Model) -> Iterable[Finding]:
    """One finding for each pair of rules, one of them the project's own, that a call cannot choose between."""
    for meeting in meetings(model):
        if not (meeting.first.kind is EntryKind.RULE and meeting.second.kind is EntryKind.RULE):
            continue
        own, other = meeting.first, meeting.second
        if not own.owned:
            own, other = other, own
        at = f" ({other.place.at})" if other.place is not None else ""
        call = meeting.site.text if meeting.site is not None else meeting.walk.call.text
        message = (
            f"the rules {own.signature} and {other.signature}{at} both claim `{call}` "
            f"and neither is more specific, so the call raises when it is differentiated"
        )
        finding = entry_finding(CHECK, model, own, message, other=other, sites=meeting.sites, fix=meeting.fix)
        if finding is not None:
            yield finding


CHECK = Check(
    code="RC301",
    name="ambiguous-rules",
    severity=Severity.ERROR,
    summary="Two rules claim the same call, and neither is more specific.",
    what="""\
Asks, for every two rules of which the project owns one, whether a call exists that both claim: one in source, or one
made of types that are known. Where neither rule is more specific, there is no answer.
""",
    why="""\
The call raises, or whichever rule was registered first wins. Either way it shows only when the two types meet for the
first time, often in somebody else's program.
""",
    fix_safety="""\
Unsafe: the rule that is missing is a third one for the types at which the two meet, and only you know what it should
compute.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)
