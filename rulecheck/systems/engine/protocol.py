"""Which method ordinary dispatch runs for a call: Python's operator protocol, and the engine's use of numpy's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rulecheck.dispatch.operators import BINARY, BY_FUNCTION, COMPARISON, Operator
from rulecheck.facts import NDARRAY, Attribute, Expr, Function, Generic, Type, TypeName
from rulecheck.systems.engine.lattice import NameLattice
from rulecheck.systems.engine.names import ABSTRACT_ARRAY, MATRIX, VECTOR
from rulecheck.systems.engine.types import pattern_of

if TYPE_CHECKING:
    from rulecheck.sources.program import Program

_TWO_SIDED = frozenset(o.function for o in (*BINARY, *COMPARISON))
_ALIASES = 4


@dataclass(frozen=True, slots=True)
class Run:
    """A method that runs, the position of its receiver among the call's arguments, and what its parameters are."""

    method: Function
    receiver: int
    env: Mapping[str, Type]


def reader_type(key: TypeName) -> Type:
    """The reader's name for a key: arrays of known rank."""
    return {VECTOR: Generic(NDARRAY, "1"), MATRIX: Generic(NDARRAY, "2")}.get(key, key)


class Protocol:
    """Resolves calls to methods, from source alone."""

    def __init__(self, program: Program, lattice: NameLattice) -> None:
        self._program = program
        self._lattice = lattice

    def run(self, function: str, types: Sequence[TypeName]) -> Run | None:
        """The method that answers the call in the end, or None where source does not say."""
        for method, receiver in self._asked(function, types):
            env = self.environment(method, receiver, types)
            if self.answers(method, env):
                return Run(method, receiver, env)
        return None

    def _asked(self, function: str, types: Sequence[TypeName]) -> Iterator[tuple[Function, int]]:
        operator = BY_FUNCTION.get(function)
        if operator is not None and function in _TWO_SIDED:
            if len(types) == 2:
                yield from self._sides(operator, types[0], types[1])
        elif types:
            name = operator.method if operator is not None else function.rpartition(".")[2]
            method = self.method(types[0], name)
            if method is not None:
                yield method, 0

    def _sides(self, operator: Operator, left: TypeName, right: TypeName) -> Iterator[tuple[Function, int]]:
        forward = self.method(left, operator.method)
        reflected = self.method(right, operator.reflected) if operator.reflected and left != right else None
        sides = [(forward, 0), (reflected, 1)]
        if self._overrides(left, right, operator, reflected):
            sides.reverse()
        for method, receiver in sides:
            if method is not None:
                yield method, receiver

    def _overrides(self, left: TypeName, right: TypeName, operator: Operator, reflected: Function | None) -> bool:
        """Whether Python asks the right operand first: a proper subclass with a reflected method of its own."""
        if reflected is None or operator.reflected is None or left == right:
            return False
        if left not in self._lattice.declared(_plain(right)):
            return False
        return operator in COMPARISON or self.method(left, operator.reflected) != reflected

    def method(self, type_: TypeName, name: str) -> Function | None:
        """The method of a user's or the library's type; numbers and numpy's arrays leave the call to the other side."""
        owner = _plain(type_)
        if ABSTRACT_ARRAY not in self._lattice.positions(type_) or owner in (NDARRAY, VECTOR, MATRIX):
            return None
        for _ in range(_ALIASES):
            found = self._program.lookup(owner, name)
            if isinstance(found, Function):
                return found
            if not isinstance(found, Attribute) or found.value[0] != "name":
                return None
            name = found.value[1].rpartition(".")[2]
        return None

    def environment(self, method: Function, receiver: int, types: Sequence[TypeName]) -> dict[str, Type]:
        """What each parameter of the method is, when it runs for a call with these types."""
        others = [t for i, t in enumerate(types) if i != receiver]
        names = [p.name for p in method.parameters if p.kind == "positional"]
        return {name: reader_type(key) for name, key in zip(names, (types[receiver], *others), strict=False)}

    def answers(self, method: Function, env: Mapping[str, Type]) -> bool:
        """Whether the method does more than return NotImplemented for parameters of these types."""
        values = [
            value
            for result in method.results
            for conditions, value in [result[1:] if result[0] == "when" else ((), result)]
            if not any(self.fails(name, type_, holds, method.module, env) for name, type_, holds in conditions)
        ]
        return not values or any(value != ("name", "NotImplemented") for value in values)

    def fails(self, name: str, type_: Expr, holds: bool, module: str, env: Mapping[str, Type]) -> bool:
        """Whether `isinstance(name, type_)` is certainly not `holds`."""
        given = env.get(name)
        asked = self._program.named_type(type_, module)
        if given is None or asked is None:
            return False
        given, asked = pattern_of(given), pattern_of(asked)
        if self._lattice.is_subtype(given, asked):
            return not holds
        return holds and not self._lattice.is_subtype(asked, given)


def _plain(type_: TypeName) -> str:
    while isinstance(type_, Generic):
        type_ = type_.wrapper
    return type_
