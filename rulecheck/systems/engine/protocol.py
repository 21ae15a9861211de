"""Which code ordinary dispatch runs for a call: Python's operator protocol, and the engine's use of numpy's.

What the library's own methods do is told here in the terms of types, as `rulecheck.ad.arrays` and `rulecheck.ad.call`
do it with values; a test runs both on random hierarchies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rulecheck.dispatch.operators import BINARY, BY_FUNCTION, UNARY, Operator
from rulecheck.facts import NDARRAY, OBJECT, Attribute, Expr, Function, Generic, Type, TypeDef, TypeName
from rulecheck.systems.engine.lattice import NameLattice
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
from rulecheck.systems.engine.types import key_of, pattern_of

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

TWO_SIDED = {o.function: o for o in BINARY}
ONE_SIDED = {o.function: o for o in UNARY}
# What registration on an abstract type gives to a class that lacks it.
_GIVEN = {*(o.method for o in (*BINARY, *UNARY)), *(o.reflected for o in BINARY), "T", "H", "ndim"}
_ALIASES = 4
_RANKS = {VECTOR: "1", MATRIX: "2"}
_FLIPS = {"T": TRANSPOSE, "H": ADJOINT}


@dataclass(frozen=True, slots=True)
class RunningMethod:
    """A method that runs, the position of its receiver among the call's arguments, and what its parameters are."""

    method: Function
    receiver: int
    env: Mapping[str, Type]
    types: tuple[TypeName, ...]


def reader_type(key: TypeName) -> Type:
    """The reader's name for a key: arrays of known rank."""
    return Generic(NDARRAY, _RANKS[key]) if isinstance(key, str) and key in _RANKS else key


def plain(type_: TypeName) -> str:
    """The class itself, without its parameters."""
    while isinstance(type_, Generic):
        type_ = type_.wrapper
    return type_


def _bound_in_body(alias: Attribute, definition: TypeDef, name: str) -> Function | Attribute | None:
    """What an alias in a class body is bound to: what the body has under that name by then, whatever comes later."""
    if alias.value[1] != f"{definition.name.removeprefix(definition.module + '.')}.{name}":
        return None
    before = [
        each
        for each in (m.get(name) for m in (definition.methods, definition.replaced, definition.attributes))
        if each is not None and each.place.path == alias.place.path and each.place.line < alias.place.line
    ]
    return max(before, key=lambda each: each.place.line, default=None)


class Protocol:
    """Resolves calls to methods, from source alone."""

    def __init__(self, program: Program, lattice: NameLattice) -> None:
        self._program = program
        self._lattice = lattice

    def is_array(self, type_: TypeName) -> bool:
        """Whether values of the type are asked by the engine's protocols: a user's array type, or a lazy wrapper."""
        return ABSTRACT_ARRAY in self._lattice.positions(type_) and not self.is_plain(type_)

    def is_plain(self, type_: TypeName) -> bool:
        """Whether it is a number or a numpy array, which may be traced but whose operators are numpy's."""
        return type_ in (VECTOR, MATRIX, NDARRAY) or type_ in (
            "builtins.bool",
            "builtins.int",
            "builtins.float",
            "builtins.complex",
        )

    def asks(self, function: str, types: Sequence[TypeName]) -> bool:
        """Whether the engine's table is asked before code runs for a call with these types."""
        if all(map(self.is_plain, types)):
            return True
        if function in TWO_SIDED and len(types) == 2:
            for type_, method, receiver in self._sides(TWO_SIDED[function], types[0], types[1]):
                if self.is_array(type_):
                    return True
                if method is None:
                    return False
                if self.answers(method, self.environment(method, receiver, types), types, receiver):
                    return False
            return False
        if function in ONE_SIDED:
            return self.is_array(types[0]) and self.method(types[0], ONE_SIDED[function].method) is not None
        return any(map(self.is_array, types))

    def run(self, function: str, types: Sequence[TypeName]) -> RunningMethod | None:
        """The method that answers the call in the end, or None where numpy does, or source does not say."""
        for method, receiver in self._candidates(function, types):
            if method is None:
                return None
            if method.owner in WRAPPERS and self.rank_of_parent(types[receiver]) is None:
                return None
            env = self.environment(method, receiver, types)
            if self.answers(method, env, types, receiver):
                return RunningMethod(method, receiver, env, tuple(types))
        return None

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

    def _candidates(self, function: str, types: Sequence[TypeName]) -> Iterator[tuple[Function | None, int]]:
        """The methods that are asked in turn, with the position of the operand that has each."""
        if function in TWO_SIDED:
            if len(types) == 2:
                for _, method, receiver in self._sides(TWO_SIDED[function], types[0], types[1]):
                    yield method, receiver
        elif types and not self.is_plain(types[0]):
            operator = BY_FUNCTION.get(function)
            found = self.method(types[0], operator.method if operator else function.rpartition(".")[2])
            if found is not None:
                yield found, 0

    def _sides(
        self, operator: Operator, left: TypeName, right: TypeName
    ) -> Iterator[tuple[TypeName, Function | None, int]]:
        """The operands that have a method for an operator, in Python's order; None where source does not tell it."""
        assert operator.reflected is not None
        forward = self.method(left, operator.method)
        reflected = self.method(right, operator.reflected) if left != right else None
        sides = [(left, forward, 0), (right, reflected, 1)]
        if reflected is not None and plain(left) in self._lattice.declared(plain(right)) and left != right:
            own = self.method(left, operator.reflected)
            if own is None or own.name != reflected.name:
                sides.reverse()
        names = (operator.method, operator.reflected)
        for type_, found, receiver in sides:
            asked = receiver == 0 or left != right
            if found is not None or (asked and self._is_untold(type_, names[receiver])):
                yield type_, found, receiver

    def _is_untold(self, type_: TypeName, name: str) -> bool:
        """Whether a type has something under a name of which source does not say what it is."""
        found = None if self.is_plain(type_) else self._program.lookup(plain(type_), name)
        return isinstance(found, Attribute) and found.value != ("const", None)

    def method(self, type_: TypeName, name: str) -> Function | None:
        """The method that a type has for its values; numbers and numpy's arrays leave the call to the other side."""
        owner = plain(type_)
        if self.is_plain(type_) or owner == OBJECT:
            return None
        for above in self._lattice.declared(owner):
            if not isinstance(above, str):
                break
            definition = self._program.type(above)
            if definition is not None and (name in definition.methods or name in definition.attributes):
                return self._looked_up(owner, name)
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

    def _looked_up(self, owner: str, name: str) -> Function | None:
        """What a class has under a name, through aliases; a function put there later is a method of that class."""
        found = self._program.lookup(owner, name)
        definer = self._program.defined_at(owner, name) or owner
        for _ in range(_ALIASES):
            if isinstance(found, Function):
                return found
            if found is None or found.value[0] != "name":
                return None
            definition = self._program.type(definer)
            if definition is None:
                return None
            dotted = found.value[1]
            name = dotted.rpartition(".")[2]
            bound = _bound_in_body(found, definition, name)
            function = self._program.function(self._program.resolve(definition.module, dotted) or "")
            if bound is None and function is not None and function.owner is None:
                return replace(function, owner=definer, certain=function.certain and found.certain)
            found = bound or self._program.lookup(definer, name)
        return None

    def environment(self, method: Function, receiver: int, types: Sequence[TypeName]) -> dict[str, Type]:
        """What each parameter of the method is, when it runs for a call with these types."""
        others = [t for i, t in enumerate(types) if i != receiver]
        names = [p.name for p in method.parameters if p.kind == "positional"]
        return {name: reader_type(key) for name, key in zip(names, (types[receiver], *others), strict=False)}

    def answers(self, method: Function, env: Mapping[str, Type], types: Sequence[TypeName], receiver: int) -> bool:
        """Whether the method does more than return NotImplemented for parameters of these types."""
        if method.owner in (ABSTRACT_ARRAY, *WRAPPERS) and receiver == 0 and len(types) == 2:
            return self._library_answers(method, types[0], types[1])
        values = [
            value
            for result in method.results
            for conditions, value in [result[1:] if result[0] == "when" else ((), result)]
            if not any(self.fails(tested, type_, holds, method.module, env) for tested, type_, holds in conditions)
        ]
        return not values or any(value != ("name", "NotImplemented") for value in values)

    def _library_answers(self, method: Function, left: TypeName, right: TypeName) -> bool:
        """The library's operators leave the call to the right operand where that has a reflected method of its own."""
        if self.rank_of_parent(left) == 1 and method.owner in WRAPPERS:
            return True
        reflected = f"__r{method.name.rpartition('.')[2].strip('_')}__"
        return left == right or not self.specialises(right, reflected)

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
        if self._program.lookup(plain(type_), name) is not None:
            own = self._program.type_of(("attr", ("param", "x"), name), found.module, {"x": reader_type(type_)})
        else:  # registration gave it the property of another class
            env = self.environment(found, 0, (type_,))
            values = {self._program.type_of(result, found.module, env, found.name) for result in found.results}
            own = values.pop() if len(values) == 1 else None
        return key_of(own) if isinstance(own, str | Generic) and own not in WRAPPERS else None

    def fails(self, tested: Expr, type_: Expr, holds: bool, module: str, env: Mapping[str, Type]) -> bool:
        """Whether `isinstance(tested, type_)` of a parameter is certainly not `holds`."""
        given = env.get(tested[1]) if tested[0] == "param" else None
        asked = self._program.named_type(type_, module)
        if given is None or asked is None:
            return False
        given, asked = pattern_of(given), pattern_of(asked)
        if self._lattice.is_subtype(given, asked) and not self._only_by_registration(given, asked):
            return not holds
        return holds and not self._lattice.is_subtype(asked, given)

    def _only_by_registration(self, given: object, asked: object) -> bool:
        """Whether a type came under a plain class by registration on one below it, which `isinstance` does not see."""
        if not isinstance(given, str) or not isinstance(asked, str) or self._program.is_subtype(given, asked):
            return False
        line = [self._program.type(above) for above in self._lattice.declared(asked) if isinstance(above, str)]
        known = [above for above in line if above is not None]
        asks = any(above.name in (ABSTRACT_ARRAY, "abc.ABC") or above.metaclass == "abc.ABCMeta" for above in known)
        return not asks and self._program.type(asked) is not None
