"""Following a call through the code that it runs, to the specialised method that waits further down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from rulecheck.dispatch.operators import canonical
from rulecheck.facts import Call, Expr, Function, Type, TypeName, inside, short
from rulecheck.model.entries import Question
from rulecheck.systems.engine.names import ADJOINT, VECTOR, WRAPPERS
from rulecheck.systems.engine.protocol import Protocol, RunningMethod
from rulecheck.systems.engine.typing import Typing

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

_DEEPEST = 6

Path = tuple[tuple[Question, ...], RunningMethod]


class Follower:
    """Walks the bodies that a call would run; `is_special` tells the methods that it looks for."""

    def __init__(
        self,
        program: Program,
        protocol: Protocol,
        typing: Typing,
        dispatched: Callable[[str], bool],
        is_special: Callable[[Function], bool],
    ) -> None:
        self._program = program
        self._protocol = protocol
        self._typing = typing
        self._dispatched = dispatched
        self._is_special = is_special

    def behind(self, function: str, run: RunningMethod) -> Path | None:
        """The calls on the way to the first specialised method behind a method that runs, and that method."""
        return self._search(function, run, frozenset(), _DEEPEST)

    def _search(self, function: str, run: RunningMethod, seen: frozenset[object], depth: int) -> Path | None:
        if run.method.owner in WRAPPERS:
            inner = self.through_wrapper(function, run)
            return self._arrive(*inner, seen, depth) if inner is not None else None
        return self._through_body(run.method, run.env, seen, depth)

    def through_wrapper(self, function: str, run: RunningMethod) -> tuple[Question, RunningMethod | None] | None:
        """The call that a lazy wrapper's product makes: `v.T @ B` is `(B.T @ v).T`, where v is a vector, and `v.T @ w`
        is `v @ w` where both are.

        `A.T @ B`, of matrices, is left to A's own reflected product with `B.T`, where it has one. Where a matrix has
        only the other of `T` and `H` of its own, that one is taken, with the conjugate of what it meets. Beside the
        call stands the method that runs for it, where source says.
        """
        parts = self._protocol.parts(run.types[0])
        if parts is None or run.method.name.rpartition(".")[2] != "__matmul__" or len(run.types) != 2:
            return None
        wrapper, parent = parts
        letter = "H" if wrapper == ADJOINT else "T"
        of_vector = self._protocol.rank_of_parent(run.types[0]) == 1
        rank = self._protocol.rank(run.types[1])
        if of_vector and rank is None and self._protocol.is_array(run.types[1]):
            return None
        types: tuple[TypeName, ...]
        if of_vector and rank == 1:
            types = (parent if letter == "T" else VECTOR, run.types[1])
            return Question(function, types, f"{short(types[0])} @ {short(types[1])}"), self._protocol.run(
                function, types
            )
        if of_vector:
            return self._turned(function, run.types[1], self._own_turn(run.types[1], letter), parent)
        if self._protocol.specialises(parent, "__rmatmul__"):
            other = self._protocol.flipped(run.types[1], letter)
            if other is None:
                return None
            text = f"{short(parent)}.__rmatmul__({short(run.types[1])}.{letter})"
            return Question(function, (other, parent), text), self._protocol.reflected(function, (other, parent))
        own = self._own_turn(parent, letter)
        turned = self._protocol.flipped(parent, own) if own != letter else None
        if turned is None or self._protocol.parts(turned) is not None or self._protocol.rank(turned) != 2:
            return None
        return self._turned(function, parent, own, run.types[1])

    def _own_turn(self, matrix: TypeName, letter: str) -> str:
        """The other letter, where a matrix has that turn of its own and not this one."""
        other = "T" if letter == "H" else "H"
        instead = self._protocol.specialises(matrix, other) and not self._protocol.specialises(matrix, letter)
        return other if instead else letter

    def _turned(
        self, function: str, matrix: TypeName, letter: str, other: TypeName
    ) -> tuple[Question, RunningMethod | None] | None:
        """The product of a matrix's `T` or `H` with another operand."""
        turned = self._protocol.flipped(matrix, letter)
        if turned is None:
            return None
        types = (turned, other)
        text = f"{short(matrix)}.{letter} @ {short(other)}"
        return Question(function, types, text), self._protocol.run(function, types)

    def _arrive(
        self, question: Question, run: RunningMethod | None, seen: frozenset[object], depth: int
    ) -> Path | None:
        if run is None:
            return None
        if self._is_special(run.method):
            return (question,), run
        here = (question.function, question.types)
        if depth <= 1 or here in seen:
            return None
        found = self._search(question.function, run, seen | {here}, depth - 1)
        return ((question, *found[0]), found[1]) if found is not None else None

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
        name = self._program.callee(call.expr, call.module, env, call.scope)
        if name is None:
            return None
        function = canonical(name)
        if self._dispatched(function):
            for types in self._typing.arguments(call, env):
                run = self._protocol.run(function, types)
                if run is not None:  # the first that runs decides
                    return self._arrive(Question(function, types, call.text), run, seen, depth)
            return None
        helper = self._program.function(name)
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
        if narrows and self._protocol.fails(expr[1], expr[2], expr[0] == "narrow", module, env):
            return True
        return any(self._excluded(part, module, env) for part in inside(expr))
