"""Following a call through the code that it runs, to the specialised method that waits further down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from rulecheck.facts import Call, Expr, Function, Type, TypeName, inside
from rulecheck.languages.python.kit.argument_types import ArgumentTypes
from rulecheck.languages.python.kit.methods import BranchTests, RunningMethod
from rulecheck.languages.python.program import Program

_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class MadeCall:
    """A call that code makes on its way: a function, the types of its operands, and how a person would write it."""

    function: str
    types: tuple[TypeName, ...]
    text: str


Path = tuple[tuple[MadeCall, ...], RunningMethod]


class Follower(ABC):
    """Walks the bodies that a call would run; a system says which methods it looks for, and what its library's do."""

    def __init__(self, program: Program, typing: ArgumentTypes, tests: BranchTests) -> None:
        self._program = program
        self._typing = typing
        self._tests = tests

    @abstractmethod
    def is_special(self, method: Function) -> bool:
        """Whether it is a method that is looked for."""

    @abstractmethod
    def is_dispatched(self, function: str) -> bool:
        """Whether types decide what a call of the function runs."""

    @abstractmethod
    def run(self, function: str, types: tuple[TypeName, ...]) -> RunningMethod | None:
        """The method that runs for a call, where source says."""

    def within_library(self, function: str, run: RunningMethod) -> tuple[MadeCall, RunningMethod | None] | None:
        """The call that a method of the library itself makes; None for another method, which has a body to read."""
        return None

    def is_library(self, method: Function) -> bool:
        """Whether `within_library` stands for a method's body."""
        return False

    def behind(self, function: str, run: RunningMethod) -> Path | None:
        """The calls on the way to the first specialised method behind a method that runs, and that method."""
        return self._search(function, run, frozenset(), _DEEPEST)

    def _search(self, function: str, run: RunningMethod, seen: frozenset[object], depth: int) -> Path | None:
        if self.is_library(run.method):
            inner = self.within_library(function, run)
            return self._arrive(*inner, seen, depth) if inner is not None else None
        return self._through_body(run.method, run.env, seen, depth)

    def _arrive(self, call: MadeCall, run: RunningMethod | None, seen: frozenset[object], depth: int) -> Path | None:
        if run is None:
            return None
        if self.is_special(run.method):
            return (call,), run
        here = (call.function, call.types)
        if depth <= 1 or here in seen:
            return None
        found = self._search(call.function, run, seen | {here}, depth - 1)
        return ((call, *found[0]), found[1]) if found is not None else None

    def _through_body(
        self, function: Function, env: Mapping[str, Type], seen: frozenset[object], depth: int
    ) -> Path | None:
        here = (function.name, tuple(sorted((name, str(type_)) for name, type_ in env.items())))
        if depth == 0 or here in seen:
            return None
        for call in function.calls:
            if self._excluded(call.expr, function.module, env):
                continue
            found = self._through_call(call, env, seen | {here}, depth)
            if found is not None:
                return found
        return None

    def _through_call(self, call: Call, env: Mapping[str, Type], seen: frozenset[object], depth: int) -> Path | None:
        function = self._program.callee(call.expr, call.module, env, call.scope)
        if function is None:
            return None
        if self.is_dispatched(function):
            for types in self._typing.arguments(call, env):
                run = self.run(function, types)
                if run is not None:  # the first that runs decides
                    return self._arrive(MadeCall(function, types, call.text), run, seen, depth)
            return None
        helper = self._program.function(function)
        if helper is None or call.expr[0] != "call":
            return None
        return self._through_body(helper, self._bound(helper, call, env), seen, depth - 1)

    def _bound(self, helper: Function, call: Call, env: Mapping[str, Type]) -> dict[str, Type]:
        """What the parameters of a plain function or method are bound to by a call."""
        _, callee, arguments, keywords = call.expr
        given: list[Expr] = list(arguments)
        if helper.owner is not None and callee[0] == "attr":
            given.insert(0, callee[1])
        names = [p.name for p in helper.parameters if p.kind == "positional"]
        pairs = [*zip(names, given, strict=False), *((k, v) for k, v in keywords if k in names)]
        bound = {name: self._typing.of(expr, call.module, env, call.scope) for name, expr in pairs}
        return {name: type_ for name, type_ in bound.items() if type_ is not None}

    def _excluded(self, expr: Expr, module: str, env: Mapping[str, Type]) -> bool:
        """Whether the call stands in a branch that parameters of these types do not take."""
        narrows = expr[0] in ("narrow", "exclude")
        if narrows and self._tests.fails(expr[1], expr[2], expr[0] == "narrow", module, env):
            return True
        return any(self._excluded(part, module, env) for part in inside(expr))
