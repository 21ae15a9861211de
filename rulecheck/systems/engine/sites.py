"""Call sites: calls in the project's code of functions that have rules, with the types of their operands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rulecheck.dispatch.operators import canonical
from rulecheck.facts import Call, Expr, Type
from rulecheck.model.entries import Question, Site
from rulecheck.place import Place
from rulecheck.systems.engine.names import APPLIERS, POLICY_REGISTRAR

if TYPE_CHECKING:
    from rulecheck.systems.engine.model import EngineModel

UNKNOWN_OPERAND = "the type of an operand is not known"
STARRED = "the operands are unpacked from a sequence"


def sites(model: EngineModel) -> Iterator[Site]:
    """Every such call; without questions where an operand's type is not known.

    Calls under `precedence("most-specific")` are left out: no rule can shadow anything there.
    """
    functions = model.rules.functions
    operators = {f for f in functions if f.startswith("operator.")}
    names = {f.rpartition(".")[2] for f in functions} | {"dot", "matmul"}

    def may_matter(expr: Expr) -> bool:
        if expr[0] == "op":
            return expr[1] in operators
        return expr[0] == "call" and expr[1][0] == "name" and expr[1][1].rpartition(".")[2] in names

    differentiated = _differentiated(model)
    blocks = _policies(model)
    for call in model.program.calls_matching(may_matter):
        function = _function(model, call)
        if function not in functions or not call.expr[2] or _yields(call.place, blocks):
            continue
        starred = any(argument[0] == "star" for argument in call.expr[2])
        keywords = tuple(name for name, _ in call.expr[3]) if call.expr[0] == "call" else ()
        known = [t for env in differentiated.get(call.scope, (None,)) for t in model.typing.arguments(call, env)]
        questions = tuple(Question(function, types, call.text, keywords) for types in dict.fromkeys(known))
        reason = "" if questions else STARRED if starred else UNKNOWN_OPERAND
        yield Site(questions, call.place, call.scope, call.text, reason)


def _policies(model: EngineModel) -> list[tuple[Place, str | None]]:
    """The blocks and functions that are run under a policy, with its name where source tells it."""
    blocks = []
    for registration in model.program.registrations:
        if registration.registrar == POLICY_REGISTRAR:
            given = [*registration.arguments, *(value for key, value in registration.keywords if key == "policy")]
            named = given[0][1] if given and given[0][0] == "const" else None
            blocks.append((registration.statement, named))
    return blocks


def _yields(place: Place, blocks: list[tuple[Place, str | None]]) -> bool:
    """Whether rules may yield to more specific code at a place, by the innermost block around it."""
    at = (place.line, place.column)
    around = [
        ((block.line, block.column), policy)
        for block, policy in blocks
        if block.path == place.path
        and (block.line, block.column) <= at < (block.end_line or block.line, block.end_column or block.column)
    ]
    return bool(around) and max(around, key=lambda each: each[0])[1] != "rules-first"


def _function(model: EngineModel, call: Call) -> str | None:
    if call.expr[0] == "op":
        return canonical(call.expr[1])
    name = model.program.callee(call.expr, call.module, None, call.scope)
    return canonical(name) if name is not None else None


def _differentiated(model: EngineModel) -> dict[str, list[Mapping[str, Type]]]:
    """The functions that are given to be differentiated, each with the types of what stands for its parameters: of
    those that its own definition says nothing of, once for each time that it is given.
    """
    names = {applier.rpartition(".")[2] for applier in APPLIERS}

    def may_differentiate(expr: Expr) -> bool:
        named = expr[0] == "call" and expr[1][0] == "name" and expr[1][1].rpartition(".")[2] in names
        return bool(named and len(expr[2]) > 1 and all(argument[0] != "star" for argument in expr[2]))

    found: dict[str, list[Mapping[str, Type]]] = {}
    for call in model.program.calls_matching(may_differentiate):
        function = model.program.applied(call)
        if function is None or function.owner is not None:
            continue
        said = model.program.parameters_of(function)
        given = zip((p for p in function.parameters if p.kind == "positional"), call.expr[2][1:], strict=False)
        types = {p.name: model.typing.of(value, call.module, None, call.scope) for p, value in given}
        open_ = {name: type_ for name, type_ in types.items() if type_ is not None and said.get(name) is None}
        if open_:
            found.setdefault(function.name, []).append(open_)
    return found
