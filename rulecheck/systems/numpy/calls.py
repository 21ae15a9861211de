"""Calls in source that numpy may answer: an ndarray, or one of numpy's functions, meets a class of the project."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rulecheck.dispatch.lattice import members_of
from rulecheck.facts import NDARRAY, Call, Expr, TypeName
from rulecheck.systems.base import Question, Site
from rulecheck.systems.numpy.functions import REFLECTED, Kind, spelling
from rulecheck.systems.numpy.judge import Judge
from rulecheck.systems.numpy.source import name_of

if TYPE_CHECKING:
    from rulecheck.sources.program import Program

_OPERATORS = frozenset(o.function for o in REFLECTED)
UNTYPED = "the type of an operand is not known"


class CallReader:
    """Finds the calls of one program."""

    def __init__(self, program: Program, judge: Judge) -> None:
        self._program = program
        self._judge = judge

    def sites(self) -> Iterator[Site]:
        """Every call with an operand that is array-like; one without questions where another operand is unknown."""
        if not self._judge.suspects:
            return
        modules = self._modules()
        for call in self._program.calls_matching(_may_be_numpys):
            if call.module not in modules:
                continue
            site = self._site(call)
            if site is not None:
                yield site

    def _modules(self) -> frozenset[str]:
        """The modules that can see an array-like class."""
        return frozenset(self._program.modules)

    def _site(self, call: Call) -> Site | None:
        function, operands = self._function(call)
        if function is None:
            return None
        choices: list[tuple[TypeName, ...]] = []
        unknown = False
        for operand in operands:
            found = self._program.type_of(operand, call.module, None, call.scope)
            choices.append(() if found is None else tuple(sorted(members_of(found), key=str)))
            unknown = unknown or found is None
        if not any(self._is_ours(t) for types in choices for t in types):
            return None
        if unknown:
            return Site((), call.place, call.scope, call.text, UNTYPED)
        combined: list[tuple[TypeName, ...]] = [()]
        for types in choices:
            combined = [(*before, t) for before in combined for t in types]
        questions = tuple(Question(function, types, call.text) for types in combined[:16])
        return Site(questions, call.place, call.scope, call.text)

    def _is_ours(self, type_: TypeName) -> bool:
        name = name_of(type_)
        if name == NDARRAY or name.startswith("builtins."):
            return False
        return name in self._judge.suspects or (
            self._program.type(name) is not None and self._judge.is_array_like(name)
        )

    def _function(self, call: Call) -> tuple[str | None, tuple[Expr, ...]]:
        """The function as it is spelled, which is what numpy looks at, and its array operands."""
        expr = call.expr
        if expr[0] == "op":
            return expr[1], expr[2]
        callee, arguments = expr[1], expr[2]
        if callee[0] == "attr" and callee[2] == "dot" and len(arguments) == 1:
            receiver = self._program.type_of(callee[1], call.module, None, call.scope)
            types: frozenset[TypeName] = frozenset() if receiver is None else members_of(receiver)
            if types and all(name_of(t) == NDARRAY for t in types):
                return "numpy.ndarray.dot", (callee[1], *arguments)
            return None, ()
        if callee[0] != "name":
            return None, ()
        name = self._program.resolve(call.module, callee[1])
        known = spelling(name) if name is not None else None
        if name is None or known is None or known.kind not in (Kind.UFUNC, Kind.FUNCTION):
            return None, ()
        if name == "numpy.einsum":
            return name, _product(arguments)
        if known.operator is not None:
            return name, arguments[:2] if len(arguments) >= 2 else ()
        return name, arguments[:1]


def _may_be_numpys(expr: Expr) -> bool:
    if expr[0] == "op":
        return expr[1] in _OPERATORS and len(expr[2]) == 2
    if expr[0] != "call" or not expr[2]:
        return False
    callee = expr[1]
    return (callee[0] == "name" and "." in callee[1]) or (callee[0] == "attr" and callee[2] == "dot")


def _product(arguments: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The operands of an `einsum` that means `a @ b`; none for any other."""
    if len(arguments) != 3 or arguments[0][0] != "const" or not isinstance(arguments[0][1], str):
        return ()
    inputs, arrow, output = arguments[0][1].replace(" ", "").partition("->")
    left, comma, right = inputs.partition(",")
    if not comma or not 1 <= len(left) <= 2 or not 1 <= len(right) <= 2 or "." in inputs:
        return ()
    contracts = left[-1] == right[0] and len({*left, *right}) == len(left) + len(right) - 1
    kept = left[:-1] + right[1:]
    given = output if arrow else "".join(sorted(kept))
    return arguments[1:] if contracts and given == kept else ()
