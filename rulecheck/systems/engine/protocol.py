"""Which code ordinary dispatch runs for a call: Python's operator protocol, and the engine's use of numpy's.

What the library's own methods do is told here in the terms of types, as `rulecheck.ad.arrays` and `rulecheck.ad.call`
do it with values; a test runs both on random hierarchies.
"""

from __future__ import annotations

from collections.abc import Sequence

from rulecheck.dispatch.datamodel import Asked, Says, turns
from rulecheck.dispatch.operators import BINARY, BY_FUNCTION, UNARY
from rulecheck.facts import Function, Generic, Type, TypeName
from rulecheck.languages.python.kit.class_slots import name_of
from rulecheck.languages.python.kit.methods import BranchTests, MethodProtocol, RunningMethod
from rulecheck.languages.python.program import Program
from rulecheck.systems.engine.lattice import EngineLattice, key_of, pattern_of, reader_type
from rulecheck.systems.engine.names import (
    ABSTRACT_ARRAY,
    ABSTRACT_MATRIX,
    ABSTRACT_VECTOR,
    ADJOINT,
    MATRIX,
    TRANSPOSE,
    VECTOR,
    WRAPPERS,
)

TWO_SIDED = {o.function: o for o in BINARY}
ONE_SIDED = {o.function: o for o in UNARY}
_FORWARD = {o.method: o for o in BINARY}
# What registration on an abstract type gives to a class that lacks it.
_GIVEN = {*(o.method for o in (*BINARY, *UNARY)), *(o.reflected for o in BINARY), "T", "H", "ndim"}
_FLIPS = {"T": TRANSPOSE, "H": ADJOINT}


class Protocol(MethodProtocol):
    """Resolves calls to methods, from source alone."""

    def __init__(self, program: Program, lattice: EngineLattice) -> None:
        tests = BranchTests(program, lattice, pattern_of, lambda name: name in (ABSTRACT_ARRAY, "abc.ABC"))
        super().__init__(program, lattice, tests)
        self.tests = tests

    def is_array(self, type_: TypeName) -> bool:
        """Whether values of the type are asked by the engine's protocols: a user's array type, or a lazy wrapper."""
        return ABSTRACT_ARRAY in self._lattice.positions(type_) and not self.is_plain(type_)

    def is_plain(self, type_: TypeName) -> bool:
        """Whether it is a number or a numpy array, which may be traced but whose operators are numpy's."""
        return type_ in (VECTOR, MATRIX) or super().is_plain(type_)

    def asks(self, function: str, types: Sequence[TypeName]) -> bool:
        """Whether the engine's table is asked before code runs for a call with these types."""
        if all(map(self.is_plain, types)):
            return True
        operator = TWO_SIDED.get(function)
        if operator is not None and len(types) == 2:
            for turn in turns(self, operator, types):
                if turn.reply.says not in (Says.ABSENT, Says.DECLINES) or self._is_intercepted(turn):
                    return self._is_intercepted(turn)
            return False
        if function in ONE_SIDED:
            return self.is_array(types[0]) and self.method(types[0], ONE_SIDED[function].method) is not None
        return any(map(self.is_array, types))

    def _is_intercepted(self, turn: Asked[TypeName, str]) -> bool:
        """Whether the engine comes before the method that is asked."""
        return self.is_array(turn.kind) and turn.reply.says not in (Says.ABSENT, Says.NONE)

    def run(self, function: str, types: Sequence[TypeName]) -> RunningMethod | None:
        """The method that answers the call in the end, or None where numpy does, or source does not say."""
        operator = BY_FUNCTION.get(function)
        if operator is not None and operator.is_comparison and types and self.is_plain(types[0]):
            return None  # numpy compares, element by element
        found = super().run(function, types)
        if found is not None and found.method.owner in WRAPPERS and self.rank_of_parent(types[found.receiver]) is None:
            return None
        return found

    def reflected(self, function: str, types: Sequence[TypeName]) -> RunningMethod | None:
        """The right operand's own reflected method, asked for by name."""
        operator = TWO_SIDED[function]
        method = self.method(types[1], operator.reflected or "")
        return (
            RunningMethod(method, 1, self.environment(method, 1, types), tuple(types)) if method is not None else None
        )

    def parts(self, type_: TypeName) -> tuple[TypeName, TypeName] | None:
        """The wrapper and what it wraps, of a lazy wrapper's type."""
        return self._lattice.unwrap(type_)

    def _found(self, owner: str, name: str) -> Function | None:
        for above in self._lattice.declared(owner):
            if not isinstance(above, str):
                break
            definition = self._program.type(above)
            if definition is not None and (name in definition.methods or name in definition.attributes):
                return super()._found(owner, name)
            adopted = self._adopted(above, name)
            if adopted is not None:
                return adopted
        return None

    def _adopted(self, owner: str, name: str) -> Function | None:
        """What registration on an abstract type gives to a class that has no method of that name."""
        if name not in _GIVEN or ABSTRACT_ARRAY in self._lattice.declared(owner):
            return None
        if self._program.lookup(owner, name) is not None:
            return None
        virtual = self._lattice.virtual(owner)
        for base in self._lattice.declared(owner)[1:]:  # which may have been given it earlier
            if virtual and isinstance(base, str) and self._program.registered_before(base, owner):
                given = self._adopted(base, name)
                if given is not None:
                    return given
        found = (self.method(base, name) for base in virtual if base != owner)
        return next((method for method in found if method is not None), None)

    def environment(self, method: Function, receiver: int, types: Sequence[TypeName]) -> dict[str, Type]:
        """What each parameter of the method is, when it runs for a call with these types."""
        found = super().environment(method, receiver, types)
        return {name: reader_type(key) for name, key in found.items()}  # type: ignore[arg-type]

    def declines(self, method: Function, name: str, kind: TypeName, other: TypeName | None) -> bool:
        """Whether the method only returns NotImplemented; the library's operators leave the call to the right operand
        where that has a reflected method of its own.
        """
        if method.owner in (ABSTRACT_ARRAY, *WRAPPERS) and name in _FORWARD and other is not None:
            if self.rank_of_parent(kind) == 1 and method.owner in WRAPPERS:
                return False
            return kind != other and self.specialises(other, _FORWARD[name].reflected or "")
        return super().declines(method, name, kind, other)

    def specialises(self, type_: TypeName, name: str) -> bool:
        """Whether an array type has a method of its own, beyond what the library gives every array type."""
        if not self.is_array(type_):
            return False
        found = self.method(type_, name)
        return found is not None and found.owner != ABSTRACT_ARRAY

    def rank_of_parent(self, type_: TypeName) -> int | None:
        """The rank of what a lazy wrapper wraps."""
        parts = self._lattice.unwrap(type_)
        return self.rank(parts[1]) if parts is not None else None

    def rank(self, type_: TypeName) -> int | None:
        """The rank that all arrays of a type have, where it says."""
        line = self._lattice.positions(type_)
        return 1 if ABSTRACT_VECTOR in line else 2 if ABSTRACT_MATRIX in line else None

    def flipped(self, type_: TypeName, name: str) -> TypeName | None:
        """The type of `x.T` or `x.H` for x of this type, or None where it cannot be told."""
        if self.is_plain(type_):
            return type_
        parts = self._lattice.unwrap(type_)
        if parts is not None and parts[0] == _FLIPS[name]:
            return parts[1]
        found = self.method(type_, name)
        if found is None or found.owner == ABSTRACT_ARRAY:
            return Generic(_FLIPS[name], type_) if self.is_array(type_) else None
        if self._program.lookup(name_of(type_), name) is not None:
            own = self._program.type_of(("attr", ("param", "x"), name), found.module, {"x": reader_type(type_)})
        else:  # registration gave it the property of another class
            env = self.environment(found, 0, (type_,))
            values = {self._program.type_of(result, found.module, env, found.name) for result in found.results}
            own = values.pop() if len(values) == 1 else None
        return key_of(own) if isinstance(own, str | Generic) and own not in WRAPPERS else None
