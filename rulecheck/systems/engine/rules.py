"""The engine's one table of rules and opt-outs, filled from registrations in source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from rulecheck.dispatch import Ambiguous, OneOf, Outcome, Step, Table
from rulecheck.dispatch.lattice import members_of
from rulecheck.dispatch.operators import canonical
from rulecheck.facts import NDARRAY, Expr, Registration, Type, TypeName
from rulecheck.model.entries import Entry, EntryKind, Question
from rulecheck.model.walker import NO_CHANGE, Change, Layer
from rulecheck.place import Place
from rulecheck.systems.engine.lattice import NameLattice
from rulecheck.systems.engine.names import OPT_OUT_REGISTRAR, PRIMITIVE_REGISTRAR, RULE_REGISTRAR, RULES, anywhere
from rulecheck.systems.engine.protocol import Protocol
from rulecheck.systems.engine.types import pattern_of, shown

# An array is dispatched on by its rank, which its class alone does not tell.
UNRANKED = " to an array of other rank than 1 and 2: for those ask about Vector and Matrix"

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

LAYER = "rule"
_KINDS = {RULE_REGISTRAR: EntryKind.RULE, OPT_OUT_REGISTRAR: EntryKind.OPT_OUT}


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A registration of the project that may or may not count: under a condition, or with a type that is not known."""

    function: str | None
    types: tuple[Type | None, ...]
    place: Place


class Rules:
    """Every entry, the engine's own first."""

    def __init__(self, program: Program, lattice: NameLattice, protocol: Protocol) -> None:
        self._program = program
        self._lattice = lattice
        self._protocol = protocol
        self.table: Table[str, TypeName, Entry] = Table(lattice)
        self.entries: list[Entry] = []
        self.doubtful: list[Doubtful] = []
        self.replaced: list[tuple[Entry, Entry]] = []
        # Functions whose calls ask the table although they are no operators and none of numpy's.
        self.primitives: set[str] = set()
        self.registrations: dict[int, Registration] = {}
        # Where the engine itself is linted, its rules are the project's own.
        shipped = (r for r in program.registrations_of(RULES) if not r.owned)
        for registration in (*shipped, *program.registrations):
            if registration.registrar in _KINDS:
                self._add(registration)
            elif registration.registrar == PRIMITIVE_REGISTRAR and registration.function is not None:
                self.primitives.add(registration.function.name)

    def _add(self, registration: Registration) -> None:
        function, types = self._signature(registration)
        known = tuple(t for t in types if t is not None)
        if function is None or len(known) < len(types) or not registration.certain:
            if registration.owned and not _is_test(registration.module):
                self.doubtful.append(Doubtful(function, types, registration.place))
            return
        entry = Entry(
            kind=_KINDS[registration.registrar],
            function=function,
            types=known,
            signature=signature_text(function, known),
            place=registration.place if registration.owned else anywhere(registration.place),
            owned=registration.owned,
            scope=registration.function.name if registration.function else registration.scope,
            order=len(self.entries),
            layer=LAYER,
        )
        self.entries.append(entry)
        self.registrations[entry.order] = registration
        earlier = self.table.add(function, known, entry)
        if earlier is not None:
            self.replaced.append((earlier.value, entry))

    def _signature(self, registration: Registration) -> tuple[str | None, tuple[Type | None, ...]]:
        if not registration.arguments:
            return None, ()
        named, *types = registration.arguments
        return self.function(named, registration.module), tuple(self._pattern(t, registration.module) for t in types)

    def function(self, named: Expr, module: str) -> str | None:
        """The canonical name of the function that an expression names."""
        if named[0] != "name":
            return None
        resolved = self._program.resolve(module, named[1])
        return canonical(resolved) if resolved is not None else None

    def _pattern(self, expr: Expr, module: str) -> Type | None:
        if expr[0] == "tuple":
            members: set[TypeName] = set()
            for part in expr[1]:
                pattern = self._pattern(part, module)
                if pattern is None:
                    return None
                members |= members_of(pattern)
            return OneOf(frozenset(members)) if len(members) > 1 else next(iter(members), None)
        type_ = self._program.named_type(expr, module)
        return pattern_of(type_) if type_ is not None else None

    @cached_property
    def functions(self) -> frozenset[str]:
        """The functions that have rules or opt-outs."""
        return frozenset(entry.function for entry in self.entries)

    def of(self, function: str) -> list[Entry]:
        """The entries of a function that no later one replaces, in the order of registration."""
        return [entry.value for entry in self.table.entries(function)]

    def trial(
        self, function: str, without: Sequence[Entry] = (), added: Sequence[Entry] = ()
    ) -> Table[str, TypeName, Entry]:
        """A table of one function's entries as it would be without some entries, or with others.

        What those replaced is there again, unless the project wrote it: one of their twins is one too many.
        """
        gone = set(map(id, without))
        back = [earlier for earlier, later in self.replaced if id(later) in gone and not earlier.owned]
        table: Table[str, TypeName, Entry] = Table(self._lattice)
        for entry in (*(e for e in self.of(function) if id(e) not in gone), *back, *added):
            table.add(function, entry.types, entry)  # type: ignore[arg-type]
        return table

    def is_asked(self, call: Question) -> bool:
        """Whether the table is asked before code runs for a call."""
        return call.function in self.primitives or self._protocol.asks(call.function, call.types)  # type: ignore[arg-type]

    def doubt(self, question: Question) -> Doubtful | None:
        """A registration that cannot be told from source and may answer the call."""
        for doubtful in self.doubtful:
            if doubtful.function not in (None, question.function) or len(doubtful.types) > len(question.types):
                continue
            pairs = zip(question.types, doubtful.types, strict=False)
            if all(wide is None or self._lattice.is_subtype(t, wide) for t, wide in pairs):  # type: ignore[arg-type]
                return doubtful
        return None


class RuleLayer(Layer):
    """The first layer: the most specific entry claims, and an opt-out makes it decline."""

    name = LAYER

    def __init__(self, rules: Rules, change: Change = NO_CHANGE) -> None:
        self._rules = rules
        self.changed = bool(change)
        functions = {e.function for e in (*change.without, *change.added)}
        self._tried = {f: rules.trial(f, *_of_function(f, change)) for f in functions}

    def answer(self, call: Question, /) -> Step[Entry]:
        """Ask the table; what may answer in its place is told."""
        step = self._answer(call)
        doubt = self._rules.doubt(call) if self._rules.doubtful else None
        if doubt is None:
            return step
        may = f"the registration at {doubt.place.at}, of which source does not tell all, may come first"
        return replace(step, reason=f"{step.reason}; {may}" if step.reason else may)

    def _answer(self, call: Question) -> Step[Entry]:
        if not self._rules.is_asked(call):
            return Step(self.name, Outcome.DECLINES, reason="the engine is not asked")
        table = self._tried.get(call.function, self._rules.table)
        resolution = table.resolve(call.function, call.types)  # type: ignore[arg-type]
        if resolution is None:
            unranked = NDARRAY in call.types
            return Step(self.name, Outcome.DECLINES, reason=f"no rule applies{UNRANKED if unranked else ''}")
        if isinstance(resolution, Ambiguous):
            entries = tuple(e.value for e in resolution.entries)
            return Step(self.name, Outcome.AMBIGUOUS, entries, "neither is more specific")
        entry = resolution.entry.value
        if entry.kind is EntryKind.OPT_OUT:
            return Step(self.name, Outcome.DECLINES, (entry,), "opted out")
        return Step(self.name, Outcome.CLAIMS, (entry,))


def _of_function(function: str, change: Change) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """What a change takes from a function's entries, and what it adds to them."""
    without = [e for e in change.without if e.function == function]
    return without, [e for e in change.added if e.function == function]


def _is_test(module: str) -> bool:
    """Whether a module is one that only tests run: what it may register says nothing of the package."""
    *packages, last = module.split(".")
    return last.startswith("test_") or last.endswith("_test") or last == "conftest" or "tests" in packages


def signature_text(function: str, types: tuple[Type | None, ...]) -> str:
    """`matmul(AbstractMatrix, AbstractVector)`."""
    return f"{function.rpartition('.')[2].rstrip('_')}({', '.join(map(shown, types))})"
