"""What checks ask of the engine's entries: calls that they apply to, what they name, and what keeps the engine away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import TYPE_CHECKING

from rulecheck.facts import TypeName, short
from rulecheck.model.entries import Entry, EntryKind, Question
from rulecheck.model.verdicts import Obstacle, Overreach
from rulecheck.systems.engine.names import ABSTRACT_ARRAY
from rulecheck.systems.engine.probes import is_abstract, standing_for
from rulecheck.systems.engine.protocol import ONE_SIDED, TWO_SIDED
from rulecheck.systems.engine.reads import attributes_read

if TYPE_CHECKING:
    from rulecheck.systems.engine.model import EngineModel

Types = tuple[TypeName, ...]
_MOST = 256
_FORWARD = "rulecheck.ad.pullback"


class EngineAudit:
    """Questions about the entries of one model."""

    def __init__(self, model: EngineModel) -> None:
        self._model = model
        self._lattice = model.lattice
        self._rules = model.rules

    def is_judged(self, entry: Entry) -> bool:
        """Whether an entry stands in the table, and is not there in the place of the very rule that it switches off."""
        if any(earlier is entry for earlier, _ in self._rules.replaced):
            return False
        return not (entry.kind is EntryKind.OPT_OUT and self._replaces_a_rule(entry))

    def _replaces_a_rule(self, entry: Entry) -> bool:
        return any(later is entry and earlier.kind is EntryKind.RULE for earlier, later in self._rules.replaced)

    def hindrance(self, entry: Entry) -> Obstacle | None:
        """Why the engine never asks the table for calls that the entry applies to."""
        function = entry.function
        arity = _arity(function)
        name = function.rpartition(".")[2].rstrip("_")
        if arity is not None and len(entry.types) > arity:
            return Obstacle(
                f"{name} is called with {arity} argument{'s'[: arity - 1]}, and it names {len(entry.types)} types"
            )
        if self._cannot_be_intercepted(function):
            return Obstacle(f"calls of {name} cannot be intercepted: declare the function with rulecheck.ad.primitive")
        if self._is_primitive(function) or next(self.calls(entry), None) is not None:
            return None
        members = self._members(entry)
        types = " and ".join(dict.fromkeys(short(m) for m in members))
        if any(map(self._model.protocol.is_array, members)):
            return Obstacle(f"{types} {_are(members)} no method for {name}, so the engine is never asked")
        return Obstacle(f"the engine is only asked about array types, and {types} {_are(members, 'is', 'are')} none")

    def _cannot_be_intercepted(self, function: str) -> bool:
        if function.startswith("operator."):
            return function not in TWO_SIDED and function not in ONE_SIDED
        if self._is_primitive(function):
            return False
        return function.startswith(("math.", "builtins.")) or self._model.program.function(function) is not None

    def _is_primitive(self, function: str) -> bool:
        return function in self._rules.primitives

    def _members(self, entry: Entry) -> list[TypeName]:
        from rulecheck.systems.engine.model import members

        return [member for pattern in entry.types for member in members(pattern)]

    def calls(self, entry: Entry, other: Entry | None = None) -> Iterator[Types]:
        """Types of calls that the entry applies to (and another one as well), as far as the engine is asked."""
        length = max(len(entry.types), len(other.types) if other else 0)
        arity = _arity(entry.function)
        if arity is not None:
            if length > arity:
                return
            length = arity
        choices = [self._values(entry, other, position) for position in range(length)]
        for types in islice(product(*choices), _MOST):
            if self._model.protocol.asks(entry.function, types) or self._is_primitive(entry.function):
                yield types

    def _values(self, entry: Entry, other: Entry | None, position: int) -> list[TypeName]:
        """Types of values that both take at a position."""
        from rulecheck.systems.engine.model import members

        patterns = [e.types[position] for e in (entry, other) if e is not None and position < len(e.types)]
        if not patterns:
            return ["builtins.float", "rulecheck.ad.arrays.Vector"]
        found: dict[TypeName, None] = {}
        for member in members(patterns[0]):
            for value in (*standing_for(self._model, member), *self._below(member)):
                if all(self._lattice.is_subtype(value, p) for p in patterns):  # type: ignore[arg-type]
                    found[value] = None
        for member in members(patterns[-1]):
            for value in (*standing_for(self._model, member), *self._below(member)):
                if all(self._lattice.is_subtype(value, p) for p in patterns):  # type: ignore[arg-type]
                    found[value] = None
        return sorted(found, key=lambda t: (t not in patterns, str(t)))

    def _below(self, type_: TypeName) -> list[TypeName]:
        """The project's own array types that belong to a type; a wrapper's by its parameter."""
        parts = self._lattice.unwrap(type_)
        if parts is not None:
            return [self._lattice.wrap(parts[0], t) for t in self._below(parts[1])]
        return [
            name
            for name in self._model.array_types
            if self._lattice.is_subtype(name, type_) and not is_abstract(self._model, name)
        ]

    def rivals(self, entry: Entry) -> list[Entry]:
        """The other entries of its function, and what it replaced of the engine's own."""
        back = [earlier for earlier, later in self._rules.replaced if later is entry and not earlier.owned]
        return [*(e for e in self._rules.of(entry.function) if e is not entry), *back]

    def is_needed(self, entry: Entry, wide: Entry) -> bool:
        """Whether the calls of an override run a method of their own, as a subclass may have, not the wider one's."""
        own = set(self.calls(entry))
        beyond = set(self.calls(wide)) - own
        runs = [{self._code(entry.function, types) for types in calls} for calls in (own, beyond)]
        return bool(runs[1]) and runs[0].isdisjoint(runs[1])

    def _code(self, function: str, types: Types) -> str | None:
        primal = self._model.primal(Question(function, types, ""))
        return primal.scope if primal is not None else None

    def forwards(self, entry: Entry) -> bool:
        """Whether a rule only hands on to the code that the call runs."""
        registration = self._rules.registrations[entry.order]
        function = registration.function
        if function is None or len(function.results) != 1 or function.results[0][0] != "call":
            return False
        _, _, arguments, _ = function.results[0]
        callee = self._model.program.callee(function.results[0], function.module, None, function.name)
        public = self._model.program.resolve("rulecheck.ad", "pullback") or _FORWARD
        return (
            callee in (_FORWARD, public)
            and bool(arguments)
            and self._rules.function(arguments[0], function.module) == entry.function
        )

    def named_in(self, entry: Entry) -> list[str]:
        """The function of an entry, and the types of its signature; of a wrapper that of its parameter."""
        return [entry.function, *(str(self._inner(member)) for member in self._members(entry))]

    def _inner(self, type_: TypeName) -> TypeName:
        parts = self._lattice.unwrap(type_)
        return self._inner(parts[1]) if parts is not None else type_

    def keywords_of(self, entry: Entry) -> tuple[str, ...] | None:
        """The keywords that a rule's own code takes; of methods none are asked for."""
        if entry.kind is EntryKind.METHOD:
            return ()
        registration = self._rules.registrations.get(entry.order)
        function = registration.function if registration is not None else None
        if function is None or any(p.kind == "varkeywords" for p in function.parameters):
            return None
        return tuple(p.name for p in function.parameters if p.kind in ("positional", "keyword"))

    def overreach(self, entry: Entry) -> Overreach | None:
        """A foreign type that a rule captures and whose attributes its body then misses."""
        function = self._rules.registrations[entry.order].function
        if function is None:
            return None
        names = [p.name for p in function.parameters if p.kind == "positional"]
        for position, (pattern, name) in enumerate(zip(entry.types, names, strict=False)):
            if not isinstance(pattern, str) or self._model.owns(pattern):
                continue
            read = attributes_read(self._model.program, function, name)
            missing = [a for a in read if self._lacks(pattern, a)]
            types = self._having(missing, pattern) if missing else []
            if types:
                fix = self._model.overrides.retyped(entry, position, types[0]) if len(types) == 1 else None
                return Overreach(entry, position, short(pattern), tuple(missing), fix)
        return None

    def _lacks(self, type_: str, attribute: str) -> bool:
        """Whether values of a foreign type certainly need not have an attribute."""
        program = self._model.program
        if type_ != "builtins.object":
            if ABSTRACT_ARRAY not in self._lattice.positions(type_):
                return False
            known = program.type(type_)
            if known is None or not known.complete or known.dynamic:
                return False
            if any(attribute in t.fields for n in program.mro(type_) if (t := program.type(n)) is not None):
                return False
        return program.lookup(type_, attribute) is None and not attribute.startswith("__")

    def _having(self, attributes: Sequence[str], under: str) -> list[str]:
        """The project's topmost types that have the attributes and belong to the captured type."""
        fitting = [
            name
            for name in self._model.array_types
            if self._lattice.is_subtype(name, under) and all(self._has(name, a) for a in attributes)
        ]
        return [n for n in fitting if not any(o != n and self._lattice.is_subtype(n, o) for o in fitting)]

    def _has(self, name: str, attribute: str) -> bool:
        program = self._model.program
        if program.lookup(name, attribute) is not None:
            return True
        return any(attribute in t.fields for n in program.mro(name) if (t := program.type(n)) is not None)


def _arity(function: str) -> int | None:
    """With how many arguments an operator is called."""
    return 2 if function in TWO_SIDED else 1 if function in ONE_SIDED else None


def _are(types: Sequence[TypeName], one: str = "has", several: str = "have") -> str:
    return one if len(set(types)) == 1 else several
