"""A table of rules keyed by a function and classes, filled from registrations in source: the most specific answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rulecheck.dispatch import Ambiguous, Lattice, OneOf, Outcome, Step, Table
from rulecheck.dispatch.lattice import members_of
from rulecheck.dispatch.table import Resolution
from rulecheck.facts import Expr, Registration, Type, TypeName, short
from rulecheck.languages.python.program import Program
from rulecheck.model.entries import Entry, EntryKind, Question
from rulecheck.model.walker import NO_CHANGE, Change, Layer
from rulecheck.place import Place

LAYER = "rule"
TRACE = "trace"
Names = Table[str, TypeName, Entry]


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A registration of the project that may or may not count: under a condition, or with a type that is not known."""

    function: str | None
    types: tuple[Type | None, ...]
    place: Place

    @property
    def untold(self) -> str:
        """What is not known for it."""
        called = self.function or "a function"
        return f"the registration for {called} at {self.place.at}: calls that it may answer are not judged"


class ClassTable:
    """Every entry, in the order of registration: a registrar's arguments are a function, and a type for each position.

    `kinds` says what each registrar makes; `pattern` makes what the table holds of a type; `shown` gives the place of
    an entry that is not the project's own as reports show it.
    """

    def __init__(
        self,
        program: Program,
        lattice: Lattice[TypeName],
        kinds: Mapping[str, EntryKind],
        shipped: Iterable[Registration] = (),
        pattern: Callable[[Type], Type] = lambda type_: type_,
        shown: Callable[[Place], Place] = lambda place: place,
    ) -> None:
        self._program = program
        self.lattice = lattice
        self._kinds = kinds
        self._made_pattern = pattern
        self._shown = shown
        self._table: Names = Table(lattice)
        self.entries: list[Entry] = []
        self.doubtful: list[Doubtful] = []
        self.replaced: list[tuple[Entry, Entry]] = []
        self.registrations: dict[int, Registration] = {}
        for registration in (*shipped, *program.registrations):
            if registration.registrar in kinds:
                self._add(registration)

    def _add(self, registration: Registration) -> None:
        function, types = self._signature(registration)
        known = tuple(t for t in types if t is not None)
        if function is None or len(known) < len(types) or not registration.certain:
            if registration.owned and not _is_test(registration.module):
                self.doubtful.append(Doubtful(function, types, registration.place))
            return
        entry = Entry(
            kind=self._kinds[registration.registrar],
            function=function,
            types=known,
            signature=signature_text(function, known),
            place=registration.place if registration.owned else self._shown(registration.place),
            owned=registration.owned,
            scope=registration.function.name if registration.function else registration.scope,
            order=len(self.entries),
            layer=LAYER,
        )
        self.entries.append(entry)
        self.registrations[entry.order] = registration
        earlier = self._table.add(function, known, entry)
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
        return self._program.canonical(resolved) if resolved is not None else None

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
        return self._made_pattern(type_) if type_ is not None else None

    @cached_property
    def functions(self) -> frozenset[str]:
        """The functions that have rules or opt-outs."""
        return frozenset(entry.function for entry in self.entries)

    def of(self, function: str) -> list[Entry]:
        """The entries of a function that no later one replaces, in the order of registration."""
        return [entry.value for entry in self._table.entries(function)]

    def is_replaced(self, entry: Entry) -> bool:
        """Whether a later entry of the same signature stands in its place."""
        return any(earlier is entry for earlier, _ in self.replaced)

    def resolve(self, function: str, types: tuple[TypeName, ...]) -> Resolution[TypeName, Entry]:
        """The most specific entry for a call."""
        return self._table.resolve(function, types)

    def behind(self, entry: Entry) -> list[Entry]:
        """What stands in the table again without an entry: what it replaced, unless the project wrote that as well, as
        one of two twins is one too many.
        """
        return [earlier for earlier, later in self.replaced if later is entry and not earlier.owned]

    def changed(self, function: str, change: Change) -> Names:
        """A table of one function's entries as it would be after a change."""
        gone = set(map(id, change.without))
        back = [earlier for entry in change.without for earlier in self.behind(entry)]
        table: Names = Table(self.lattice)
        for entry in (*(e for e in self.of(function) if id(e) not in gone), *back, *change.added):
            if entry.function == function:
                table.add(function, entry.types, entry)  # type: ignore[arg-type]
        return table

    def doubt(self, question: Question) -> Doubtful | None:
        """A registration that may answer a call, and of which source does not tell all."""
        for doubtful in self.doubtful:
            if doubtful.function not in (None, question.function) or len(doubtful.types) > len(question.types):
                continue
            pairs = zip(question.types, doubtful.types, strict=False)
            if all(wide is None or self.lattice.is_subtype(t, wide) for t, wide in pairs):  # type: ignore[arg-type]
                return doubtful
        return None


class TableLayer(Layer):
    """The table as a layer: the most specific rule claims, and an opt-out makes it decline."""

    name = LAYER

    def __init__(
        self,
        table: ClassTable,
        change: Change = NO_CHANGE,
        unasked: Callable[[Question], str] = lambda call: "",
        unfit: Callable[[Question], str] = lambda call: "no rule applies",
    ) -> None:
        """`unasked` says why a system does not ask its table for a call, if so; `unfit` that nothing in it applies."""
        self._table = table
        self._unasked = unasked
        self._unfit = unfit
        self.changed = bool(change)
        self._changed = {e.function: table.changed(e.function, change) for e in (*change.without, *change.added)}

    def answer(self, call: Question, /) -> Step[Entry]:
        """Ask the table; what may answer in its place is told."""
        step = self._answer(call)
        doubt = self._table.doubt(call) if self._table.doubtful else None
        if doubt is None:
            return step
        may = f"the registration at {doubt.place.at}, of which source does not tell all, may come first"
        return replace(step, reason=f"{step.reason}; {may}" if step.reason else may)

    def _answer(self, call: Question) -> Step[Entry]:
        unasked = self._unasked(call)
        if unasked:
            return Step(self.name, Outcome.DECLINES, reason=unasked)
        table = self._changed.get(call.function, self._table)
        resolution = table.resolve(call.function, call.types)  # type: ignore[arg-type]
        if resolution is None:
            return Step(self.name, Outcome.DECLINES, reason=self._unfit(call))
        if isinstance(resolution, Ambiguous):
            entries = tuple(e.value for e in resolution.entries)
            return Step(self.name, Outcome.AMBIGUOUS, entries, "neither is more specific")
        entry = resolution.entry.value
        if entry.kind is EntryKind.OPT_OUT:
            return Step(self.name, Outcome.DECLINES, (entry,), "opted out")
        return Step(self.name, Outcome.CLAIMS, (entry,))


class TraceLayer(Layer):
    """The last layer: the code that the call runs. `told` gives its method, and what there is to say of it."""

    name = TRACE

    def __init__(self, told: Callable[[Question], tuple[Entry | None, str]]) -> None:
        self._told = told

    def answer(self, call: Question, /) -> Step[Entry]:
        """Claim with the method that ordinary dispatch runs, or with none."""
        primal, reason = self._told(call)
        return Step(self.name, Outcome.CLAIMS, (primal,) if primal is not None else (), reason)


def _is_test(module: str) -> bool:
    """Whether a module is one that only tests run: what it may register says nothing of the package."""
    *packages, last = module.split(".")
    return last.startswith("test_") or last.endswith("_test") or last == "conftest" or "tests" in packages


def signature_text(function: str, types: Sequence[Type | None]) -> str:
    """`matmul(AbstractMatrix, AbstractVector)`."""
    return f"{function.rpartition('.')[2].rstrip('_')}({', '.join(map(shown, types))})"


def shown(type_: Type | None) -> str:
    """A type as people write it in a signature; None stands for a parameter without annotation."""
    return "..." if type_ is None else short(type_)
