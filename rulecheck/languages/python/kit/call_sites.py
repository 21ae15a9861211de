"""Calls in a program of functions that a system has something to say of, with the types of their operands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rulecheck.facts import Call, Expr, TypeName
from rulecheck.languages.python.kit.argument_types import ArgumentTypes, Environment
from rulecheck.languages.python.program import Program
from rulecheck.languages.unresolved import STARRED, UNKNOWN_OPERAND


@dataclass(frozen=True, slots=True)
class TypedCall:
    """A call of a function by its canonical name. `types` has each combination that its operands may have; none where
    one is not known, and then `reason` says why.
    """

    call: Call
    function: str
    types: tuple[tuple[TypeName, ...], ...]
    keywords: tuple[str, ...]
    reason: str = ""


class CallReader:
    """Reads calls. The parameters of a function that an applier is handed (`gradient(f, x)`) are what it is given."""

    def __init__(self, program: Program, typing: ArgumentTypes, appliers: Collection[str]) -> None:
        self._program = program
        self._typing = typing
        self._appliers = appliers

    def calls(self, functions: Collection[str]) -> Iterator[TypedCall]:
        """Every call of one of the functions, under any of its spellings, that has operands."""
        names = {name.rpartition(".")[2] for function in functions for name in self._program.spellings(function)}

        def may_matter(expr: Expr) -> bool:
            if expr[0] == "op":
                return expr[1] in functions
            return expr[0] == "call" and expr[1][0] == "name" and expr[1][1].rpartition(".")[2] in names

        applied = self._applied()
        for call in self._program.calls_matching(may_matter):
            function = self._program.callee(call.expr, call.module, None, call.scope)
            if function in functions and function is not None and call.expr[2]:
                yield self._typed(call, function, applied.get(call.scope, [None]))

    def _typed(self, call: Call, function: str, environments: Collection[Environment | None]) -> TypedCall:
        keywords = tuple(name for name, _ in call.expr[3]) if call.expr[0] == "call" else ()
        known = dict.fromkeys(t for env in environments for t in self._typing.arguments(call, env))
        starred = any(argument[0] == "star" for argument in call.expr[2])
        reason = "" if known else STARRED if starred else UNKNOWN_OPERAND
        return TypedCall(call, function, tuple(known), keywords, reason)

    def _applied(self) -> dict[str, list[Environment | None]]:
        """The functions that appliers are given, each with the types of what stands for its parameters: of those that
        its own definition says nothing of, once for each time that it is given.
        """
        names = {applier.rpartition(".")[2] for applier in self._appliers}

        def may_apply(expr: Expr) -> bool:
            named = expr[0] == "call" and expr[1][0] == "name" and expr[1][1].rpartition(".")[2] in names
            return bool(named and len(expr[2]) > 1 and all(argument[0] != "star" for argument in expr[2]))

        found: defaultdict[str, list[Environment | None]] = defaultdict(list)
        for call in self._program.calls_matching(may_apply) if names else ():
            function = self._program.applied(call)
            if function is None or function.owner is not None:
                continue
            said = self._program.parameters_of(function)
            given = zip((p for p in function.parameters if p.kind == "positional"), call.expr[2][1:], strict=False)
            types = {p.name: self._typing.of(value, call.module, None, call.scope) for p, value in given}
            open_ = {name: type_ for name, type_ in types.items() if type_ is not None and said.get(name) is None}
            if open_:
                found[function.name].append(open_)
        return found
