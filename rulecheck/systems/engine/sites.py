"""Call sites: calls in the project's code of functions that have rules, with the types of their operands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rulecheck.dispatch.operators import canonical
from rulecheck.facts import Call, Expr
from rulecheck.systems.base import Question, Site

if TYPE_CHECKING:
    from rulecheck.systems.engine.model import EngineModel

UNKNOWN_OPERAND = "the type of an operand is not known"
STARRED = "the operands are unpacked from a sequence"


def sites(model: EngineModel) -> Iterator[Site]:
    """Every such call; without questions where an operand's type is not known."""
    functions = model.rules.functions
    operators = {f for f in functions if f.startswith("operator.")}
    names = {f.rpartition(".")[2] for f in functions} | {"dot", "matmul"}

    def may_matter(expr: Expr) -> bool:
        if expr[0] == "op":
            return expr[1] in operators
        return expr[0] == "call" and expr[1][0] == "name" and expr[1][1].rpartition(".")[2] in names

    for call in model.program.calls_matching(may_matter):
        function = _function(model, call)
        if function not in functions or not call.expr[2]:
            continue
        starred = any(argument[0] == "star" for argument in call.expr[2])
        keywords = tuple(name for name, _ in call.expr[3]) if call.expr[0] == "call" else ()
        questions = tuple(Question(function, types, call.text, keywords) for types in model.typing.arguments(call))
        reason = "" if questions else STARRED if starred else UNKNOWN_OPERAND
        yield Site(questions, call.place, call.scope, call.text, reason)


def _function(model: EngineModel, call: Call) -> str | None:
    if call.expr[0] == "op":
        return canonical(call.expr[1])
    name = model.program.callee(call.expr, call.module, None, call.scope)
    return canonical(name) if name is not None else None
