"""The method that runs for a call: looked up through aliases, with what its parameters are, and whether it declines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rulecheck.dispatch import Lattice
from rulecheck.dispatch.datamodel import Asked, Exchange, Reply, Says, exchange
from rulecheck.dispatch.operators import ASKING
from rulecheck.facts import NDARRAY, OBJECT, Attribute, Expr, Function, Type, TypeDef, TypeName
from rulecheck.languages.python.kit.class_slots import name_of
from rulecheck.languages.python.program import Program

_ALIASES = 4
NUMBERS = ("builtins.bool", "builtins.int", "builtins.float", "builtins.complex")


@dataclass(frozen=True, slots=True)
class RunningMethod:
    """A method that runs, the position of its receiver among the call's arguments, and what its parameters are."""

    method: Function
    receiver: int
    env: Mapping[str, Type]
    types: tuple[TypeName, ...]


def looked_up(program: Program, owner: str, name: str) -> Function | None:
    """What a class has under a name, through aliases; a function put there later is a method of that class."""
    found = program.lookup(owner, name)
    definer = program.defined_at(owner, name) or owner
    for _ in range(_ALIASES):
        if isinstance(found, Function):
            return found
        definition = program.type(definer)
        if found is None or found.value[0] != "name" or definition is None:
            return None
        dotted = found.value[1]
        name = dotted.rpartition(".")[2]
        bound = _bound_in_body(found, definition, name)
        function = program.function(program.resolve(definition.module, dotted) or "")
        if bound is None and function is not None and function.owner is None:
            return replace(function, owner=definer, certain=function.certain and found.certain)
        found = bound or program.lookup(definer, name)
    return None


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


def parameters(method: Function, receiver: int, types: Sequence[Type]) -> dict[str, Type]:
    """What each parameter of a method is, when it runs for a call with these types."""
    others = [t for i, t in enumerate(types) if i != receiver]
    names = [p.name for p in method.parameters if p.kind == "positional"]
    return dict(zip(names, (types[receiver], *others), strict=False))


class BranchTests:
    """The tests that lead to a branch, asked of parameters whose types are known.

    `key` makes what the lattice knows a type by; `sees_virtual` says whether `isinstance` of a class asks for those
    that were registered on it.
    """

    def __init__(
        self,
        program: Program,
        lattice: Lattice[TypeName],
        key: Callable[[Type], Type],
        sees_virtual: Callable[[str], bool],
    ) -> None:
        self._program = program
        self._lattice = lattice
        self._key = key
        self._sees_virtual = sees_virtual

    def results(self, method: Function, env: Mapping[str, Type]) -> list[Expr]:
        """What a method may give for parameters of these types."""
        return [
            value
            for result in method.results
            for conditions, value in [result[1:] if result[0] == "when" else ((), result)]
            if not any(self.fails(tested, type_, holds, method.module, env) for tested, type_, holds in conditions)
        ]

    def declines(self, method: Function, env: Mapping[str, Type]) -> bool:
        """Whether a method only returns NotImplemented for parameters of these types."""
        values = self.results(method, env)
        return bool(values) and all(value == ("name", "NotImplemented") for value in values)

    def fails(self, tested: Expr, type_: Expr, holds: bool, module: str, env: Mapping[str, Type]) -> bool:
        """Whether `isinstance(tested, type_)` of a parameter is certainly not `holds`."""
        given = env.get(tested[1]) if tested[0] == "param" else None
        asked = self._program.named_type(type_, module)
        if given is None or asked is None:
            return False
        given, asked = self._key(given), self._key(asked)
        if self._lattice.is_subtype(given, asked) and not self._only_by_registration(given, asked):
            return not holds
        return holds and not self._lattice.is_subtype(asked, given)

    def _only_by_registration(self, given: Type, asked: Type) -> bool:
        """Whether a type came under a plain class by registration on one below it, which `isinstance` does not see."""
        if not isinstance(given, str) or not isinstance(asked, str) or self._program.is_subtype(given, asked):
            return False
        line = [self._program.type(above) for above in self._lattice.declared(asked) if isinstance(above, str)]
        known = [above for above in line if above is not None]
        asks = any(self._sees_virtual(t.name) or t.metaclass == "abc.ABCMeta" for t in known)
        return not asks and self._program.type(asked) is not None


class MethodProtocol:
    """Resolves calls to methods, from source alone: operators by Python's data model, other functions by their name."""

    def __init__(self, program: Program, lattice: Lattice[TypeName], tests: BranchTests) -> None:
        self._program = program
        self._lattice = lattice
        self._tests = tests
        self._methods: dict[tuple[str, str], Function | None] = {}

    def is_plain(self, type_: TypeName) -> bool:
        """Whether it is a number or a library's own array, whose operators leave a stranger to its own methods."""
        return type_ == NDARRAY or type_ in NUMBERS

    def method(self, type_: TypeName, name: str) -> Function | None:
        """The method that a type has for its values; plain types leave the call to the other side."""
        owner = name_of(type_)
        if self.is_plain(type_) or owner == OBJECT:
            return None
        key = (owner, name)
        if key not in self._methods:
            self._methods[key] = self._found(owner, name)
        return self._methods[key]

    def _found(self, owner: str, name: str) -> Function | None:
        return looked_up(self._program, owner, name)

    def environment(self, method: Function, receiver: int, types: Sequence[TypeName]) -> dict[str, Type]:
        """What each parameter of the method is, when it runs for a call with these types."""
        return parameters(method, receiver, types)

    def declines(self, method: Function, name: str, kind: TypeName, other: TypeName | None) -> bool:
        """Whether a type's method only returns NotImplemented for an operand of another."""
        env = self.environment(method, 0, (kind,) if other is None else (kind, other))
        return self._tests.declines(method, env)

    def reply(self, kind: TypeName, name: str, other: TypeName | None) -> Reply[str]:
        """What a type says of a method that an operator asks."""
        method = self.method(kind, name)
        if method is not None:
            says = Says.DECLINES if self.declines(method, name, kind, other) else Says.ANSWERS
            return Reply(says, method.name)
        found = None if self.is_plain(kind) else self._program.lookup(name_of(kind), name)
        if not isinstance(found, Attribute):
            return Reply(Says.ABSENT)
        return Reply(Says.NONE if found.value == ("const", None) else Says.UNTOLD)

    def is_subtype(self, kind: TypeName, base: TypeName) -> bool:
        """Whether a class is another, or derives from it."""
        return name_of(base) in self._lattice.declared(name_of(kind))

    def asked(self, function: str, types: Sequence[TypeName]) -> Exchange[TypeName, str] | None:
        """Whom an operator asks for operands of these types; None for other functions."""
        operator, in_place = ASKING.get(function, (None, False))
        if operator is None or len(types) != (1 if operator.is_unary else 2):
            return None
        return exchange(self, operator, types, in_place=in_place)

    def run(self, function: str, types: Sequence[TypeName]) -> RunningMethod | None:
        """The method that answers the call in the end, or None where a library does, or source does not say."""
        if function in ASKING:
            found = self.asked(function, types)
            return self._answering(found.answer, types) if found is not None and found.answer is not None else None
        if not types:
            return None
        method = self.method(types[0], function.rpartition(".")[2])
        return (
            RunningMethod(method, 0, self.environment(method, 0, types), tuple(types)) if method is not None else None
        )

    def _answering(self, asked: Asked[TypeName, str], types: Sequence[TypeName]) -> RunningMethod | None:
        method = self.method(asked.kind, asked.name)
        if method is None:
            return None
        return RunningMethod(method, asked.operand, self.environment(method, asked.operand, types), tuple(types))
