"""The check EX101: a rule of the project that takes anything at all."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import entry_finding
from rulecheck.finding import Finding, Severity
from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model

_RULE = """\
import operator

import numpy as np

from rulecheck import ad


class Diagonal(ad.AbstractMatrix): ...


@ad.adjoint(operator.matmul, Diagonal, {other})
def matmul(A, x):
    return A.entries * x, lambda dy: (ad.Tangent(entries=dy * x), A.entries * dy)
"""


def run(model: Model) -> Iterable[Finding]:
    """One finding for each such rule, whatever system it is registered with."""
    for entry in model.entries():
        if entry.owned and entry.kind is EntryKind.RULE and "builtins.object" in entry.types:
            finding = entry_finding(CHECK, model, entry, f"the rule {entry.signature} takes anything")
            if finding is not None:
                yield finding


CHECK = Check(
    code="EX101",
    name="rule-on-object",
    severity=Severity.NOTE,
    summary="A rule takes anything at all.",
    what="Finds rules of the project that are registered for `object`.\n",
    why="Whatever somebody writes later will be answered by it.\n",
    fix_safety="No fix is offered.\n",
    examples=(Example(bad=_RULE.format(other="object"), good=_RULE.format(other="ad.AbstractVector")),),
    run=run,
)
