"""Following a call through the code that it runs: what the products of the engine's lazy wrappers go on to."""

from __future__ import annotations

from collections.abc import Callable

from rulecheck.dispatch.operators import BINARY, UNARY
from rulecheck.facts import Function, TypeName, short
from rulecheck.languages.python.kit.following import Follower, MadeCall
from rulecheck.languages.python.kit.methods import RunningMethod
from rulecheck.languages.python.program import Program
from rulecheck.systems.engine.names import ADJOINT, VECTOR, WRAPPERS
from rulecheck.systems.engine.protocol import Protocol
from rulecheck.systems.engine.typing import Typing

_OPERATORS = frozenset(o.function for o in (*BINARY, *UNARY))

Turned = tuple[MadeCall, RunningMethod | None] | None


class EngineFollower(Follower):
    """Follows calls of operators and of functions that have rules."""

    def __init__(
        self,
        program: Program,
        protocol: Protocol,
        typing: Typing,
        has_rules: Callable[[str], bool],
        is_special: Callable[[Function], bool],
    ) -> None:
        super().__init__(program, typing, protocol.tests)
        self._protocol = protocol
        self._has_rules = has_rules
        self._is_special = is_special

    def is_special(self, method: Function) -> bool:
        """Whether the project wrote it for its type."""
        return self._is_special(method)

    def is_dispatched(self, function: str) -> bool:
        """Whether types decide what a call of the function runs."""
        return function in _OPERATORS or self._has_rules(function)

    def run(self, function: str, types: tuple[TypeName, ...]) -> RunningMethod | None:
        """The method that runs for a call, where source says."""
        return self._protocol.run(function, types)

    def is_library(self, method: Function) -> bool:
        """Whether it is a lazy wrapper's own."""
        return method.owner in WRAPPERS

    def within_library(self, function: str, run: RunningMethod) -> Turned:
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
        if self._protocol.rank_of_parent(run.types[0]) == 1:
            return self._of_vector(function, parent, letter, run.types[1])
        return self._of_matrix(function, parent, letter, run.types[1])

    def _of_vector(self, function: str, vector: TypeName, letter: str, other: TypeName) -> Turned:
        rank = self._protocol.rank(other)
        if rank is None and self._protocol.is_array(other):
            return None
        if rank == 1:
            types = (vector if letter == "T" else VECTOR, other)
            made = MadeCall(function, types, f"{short(types[0])} @ {short(types[1])}")
            return made, self._protocol.run(function, types)
        return self._turned(function, other, self._own_turn(other, letter), vector)

    def _of_matrix(self, function: str, matrix: TypeName, letter: str, right: TypeName) -> Turned:
        if self._protocol.specialises(matrix, "__rmatmul__"):
            other = self._protocol.flipped(right, letter)
            if other is None:
                return None
            text = f"{short(matrix)}.__rmatmul__({short(right)}.{letter})"
            return MadeCall(function, (other, matrix), text), self._protocol.reflected(function, (other, matrix))
        own = self._own_turn(matrix, letter)
        turned = self._protocol.flipped(matrix, own) if own != letter else None
        if turned is None or self._protocol.parts(turned) is not None or self._protocol.rank(turned) != 2:
            return None
        return self._turned(function, matrix, own, right)

    def _own_turn(self, matrix: TypeName, letter: str) -> str:
        """The other letter, where a matrix has that turn of its own and not this one."""
        other = "T" if letter == "H" else "H"
        instead = self._protocol.specialises(matrix, other) and not self._protocol.specialises(matrix, letter)
        return other if instead else letter

    def _turned(self, function: str, matrix: TypeName, letter: str, other: TypeName) -> Turned:
        """The product of a matrix's `T` or `H` with another operand."""
        turned = self._protocol.flipped(matrix, letter)
        if turned is None:
            return None
        types = (turned, other)
        text = f"{short(matrix)}.{letter} @ {short(other)}"
        return MadeCall(function, types, text), self._protocol.run(function, types)
