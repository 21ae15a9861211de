"""Calls made up for a table of classes: of an entry's own signature, and of a project's methods that rules may hide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from rulecheck.dispatch import Lattice
from rulecheck.dispatch.operators import BY_FUNCTION, BY_METHOD, BY_REFLECTED
from rulecheck.facts import OBJECT, Function, Type, TypeDef, TypeName, short
from rulecheck.languages.python.kit.argument_types import members
from rulecheck.languages.python.kit.class_roles import ClassRoles
from rulecheck.languages.python.kit.methods import MethodProtocol
from rulecheck.languages.python.kit.names import call_text
from rulecheck.languages.python.kit.witnesses import Witnesses
from rulecheck.languages.python.program import Program
from rulecheck.model.class_table import ClassTable
from rulecheck.model.entries import Entry, EntryKind, Probe, Question

Types = tuple[TypeName, ...]
_MOST = 256


def arity(function: str) -> int | None:
    """With how many arguments an operator is called."""
    operator = BY_FUNCTION.get(function)
    return None if operator is None or operator.is_comparison else 1 if operator.is_unary else 2


def asked_as(types: Sequence[TypeName], function: str) -> Question:
    """A call of values of these types."""
    return Question(function, tuple(types), call_text(function, [short(t) for t in types]))


class WitnessCalls:
    """Calls that entries apply to, made up from their types; `beyond` are the types that stand where none is named."""

    def __init__(
        self, witnesses: Witnesses, is_asked: Callable[[str, Types], bool], beyond: Sequence[TypeName] = (OBJECT,)
    ) -> None:
        self._witnesses = witnesses
        self._is_asked = is_asked
        self._beyond = beyond

    def types(self, entry: Entry, other: Entry | None = None) -> Iterator[Types]:
        """Types of calls that the entry applies to (and another one as well), as far as the table is asked."""
        length = max(len(entry.types), len(other.types) if other else 0)
        count = arity(entry.function)
        if count is not None:
            if length > count:
                return
            length = count
        choices = [self._values(entry, other, position) for position in range(length)]
        for types in islice(product(*choices), _MOST):
            if self._is_asked(entry.function, types):
                yield types

    def _values(self, entry: Entry, other: Entry | None, position: int) -> list[TypeName]:
        """Types of values that both take at a position."""
        patterns: list[Type] = [
            e.types[position]  # type: ignore[misc]
            for e in (entry, other)
            if e is not None and position < len(e.types)
        ]
        return self._witnesses.shared(patterns) if patterns else [*self._beyond]


@dataclass(frozen=True, slots=True)
class Parts:
    """What is known of the classes of one program, as a system with a table of them sees it."""

    program: Program
    table: ClassTable
    methods: MethodProtocol
    roles: ClassRoles
    witnesses: Witnesses
    calls: WitnessCalls
    # The project's classes for whose values the table is asked.
    own: Callable[[], Sequence[str]]
    owns: Callable[[str], bool]

    @property
    def lattice(self) -> Lattice[TypeName]:
        """The order of the classes."""
        return self.table.lattice

    def inner(self, type_: TypeName) -> TypeName:
        """What a type is about: of a wrapper its parameter."""
        parts = self.lattice.unwrap(type_)
        return self.inner(parts[1]) if parts is not None else type_


class MethodProbes:
    """Every specialised method of a project, asked with its own signature and, where that leaves one open, a rule's."""

    def __init__(
        self,
        parts: Parts,
        is_special: Callable[[Function], bool],
        method_entry: Callable[[str, Function, int], Entry],
    ) -> None:
        self._parts = parts
        self._is_special = is_special
        self._entry = method_entry

    def probes(self) -> Iterator[Probe]:
        """A probe for each method, each concrete type that has it, and each rule that could answer in its place."""
        for type_ in self._parts.program.owned_types():
            for name in dict.fromkeys((*type_.methods, *type_.attributes)):
                for function, receiver in self._functions(name):
                    method = self._parts.methods.method(type_.name, name)
                    if method is not None and self._is_special(method):
                        yield from self._of_method(type_, name, method, function, receiver)

    def _functions(self, name: str) -> Iterator[tuple[str, int]]:
        """The functions with rules that a method of this name answers, and at which position its receiver stands."""
        functions = self._parts.table.functions
        if name in BY_METHOD:
            candidates = [(BY_METHOD[name].function, 0)]
        elif name in BY_REFLECTED:
            candidates = [(BY_REFLECTED[name].function, 1)]
        else:
            candidates = [(f, 0) for f in sorted(functions) if f.startswith("numpy.") and f.endswith(f".{name}")]
        yield from ((f, receiver) for f, receiver in candidates if f in functions)

    def _of_method(self, type_: TypeDef, name: str, method: Function, function: str, receiver: int) -> Iterator[Probe]:
        entry = self._entry(function, method, receiver)
        for owner in self._judged(type_, name, method):
            asked: set[Types] = set()
            for rule in self._parts.table.of(function):
                if rule.kind is not EntryKind.RULE or not self._fits(rule, owner, receiver):
                    continue
                for types, written in self._calls(entry, rule, owner, receiver):
                    if types not in asked:
                        asked.add(types)
                        yield Probe(entry, Question(function, types, written))

    def _fits(self, rule: Entry, owner: str, receiver: int) -> bool:
        if len(rule.types) <= receiver or (arity(rule.function) == 2 and len(rule.types) > 2):
            return False
        return self._parts.lattice.is_subtype(owner, rule.types[receiver])  # type: ignore[arg-type]

    def _judged(self, type_: TypeDef, name: str, method: Function) -> Iterable[str]:
        """The types that the method is asked of: its class, or the concrete ones below a mixin or abstract base."""
        own, roles = self._parts.own(), self._parts.roles
        if type_.name in own and not roles.is_abstract(type_.name):
            return (type_.name,)
        return [
            below
            for below in self._parts.program.subclasses(type_.name)
            if below in own
            and not roles.is_abstract(below)
            and (found := self._parts.methods.method(below, name)) is not None
            and found.name == method.name
        ]

    def _calls(self, method: Entry, rule: Entry, owner: str, receiver: int) -> Iterator[tuple[Types, str]]:
        """The calls that both the method and the rule are written for, as types and as text."""
        width = max(len(rule.types), arity(method.function) or 1)
        positions: list[list[tuple[TypeName, str]]] = []
        for position in range(width):
            if position == receiver:
                positions.append([(owner, short(owner))])
                continue
            asked = method.types[position] if position < len(method.types) else None
            given = rule.types[position] if position < len(rule.types) else OBJECT
            met = self._parts.witnesses.meeting(asked, given)  # type: ignore[arg-type]
            positions.append(
                [(v, short(pattern)) for pattern in met for v in self._parts.witnesses.standing_for(pattern)]
            )
        for combination in product(*positions):
            yield tuple(t for t, _ in combination), call_text(method.function, [text for _, text in combination])


def named_types(entry: Entry) -> list[TypeName]:
    """The types that an entry's signature names."""
    return [member for pattern in entry.types for member in members(pattern)]  # type: ignore[arg-type]
