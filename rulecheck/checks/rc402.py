"""RC402: a rule whose signature captures foreign types that its body cannot serve."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import entry_finding
from rulecheck.checks.samples import TRACED, diagonal_and_signal
from rulecheck.finding import Finding, Severity
from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model

_RULE = """
@ad.adjoint(np.linalg.solve, {matrix}, Signal)
def solve(A, b):
    x = b.samples / A.entries

    def pullback(dx):
        db = dx / A.entries
        return ad.Tangent(entries=-db * x), ad.Tangent(samples=db)

    return x, pullback
"""
BAD = diagonal_and_signal(TRACED, _RULE.format(matrix="ad.AbstractMatrix"))
GOOD = diagonal_and_signal(TRACED, _RULE.format(matrix="Diagonal"))


def run(model: Model) -> Iterable[Finding]:
    """One finding for each rule that takes types whose attributes its body then misses."""
    for entry in model.entries():
        if not (entry.owned and entry.kind is EntryKind.RULE):
            continue
        reach = model.overreach(entry)
        if reach is None:
            continue
        missing = " and ".join(f"`.{name}`" for name in reach.missing)
        why = reach.why or f"but its body needs {missing}, which {reach.captured} does not have"
        message = f"the rule {entry.signature} captures every {reach.captured} as argument {reach.position + 1}, {why}"
        finding = entry_finding(CHECK, model, entry, message, fix=reach.fix)
        if finding is not None:
            yield finding


CHECK = Check(
    code="RC402",
    name="overbroad-rule",
    severity=Severity.ERROR,
    summary="A rule whose signature captures foreign types that its body cannot serve.",
    what="""\
Finds a rule of the project that is registered for a type it does not own, such as `object` or an abstract array, while
its body reads attributes that this type does not have.
""",
    why="""\
Rules are asked before anything is traced. Every call on such a type, in anybody's code, now ends in an AttributeError
although it could be differentiated before.
""",
    fix_safety="""\
Unsafe: the narrower signature names the type whose attributes the body reads; check that no other type was meant.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)
