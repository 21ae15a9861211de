"""The embedded engine as a model: the table of rules first, then the code that the call runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from rulecheck.dispatch import Outcome, Step
from rulecheck.dispatch.operators import BINARY, UNARY
from rulecheck.facts import OBJECT, Function, Type, TypeName, short
from rulecheck.finding import Cost, Fix, FixKind
from rulecheck.model.entries import Entry, EntryKind, Probe, Question, Site
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Obstacle, Overreach, Shadow
from rulecheck.model.walker import NO_CHANGE, Change, Layer
from rulecheck.systems.engine.costs import growth
from rulecheck.systems.engine.follow import Follower
from rulecheck.systems.engine.lattice import NameLattice
from rulecheck.systems.engine.names import ABSTRACT_ARRAY, ENGINE, anywhere
from rulecheck.systems.engine.protocol import ONE_SIDED, TWO_SIDED, Protocol, RunningMethod
from rulecheck.systems.engine.rules import LAYER, RuleLayer, Rules
from rulecheck.systems.engine.types import pattern_of, shown
from rulecheck.systems.engine.typing import Typing

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program
    from rulecheck.systems.engine.audit import EngineAudit
    from rulecheck.systems.engine.overrides import EngineOverrides

TRACE = "trace"
_OPERATORS = frozenset(o.function for o in (*BINARY, *UNARY))


class Trace(Layer):
    """The last layer: the code that the call runs is differentiated."""

    name = TRACE

    def __init__(self, primal: Callable[[Question], Entry | None]) -> None:
        self._primal = primal

    def answer(self, call: Question, /) -> Step[Entry]:
        """Claim with the method that ordinary dispatch runs; without one, with numpy's own code on arrays."""
        primal = self._primal(call)
        entries = (primal,) if primal is not None else ()
        return Step(self.name, Outcome.CLAIMS, entries, "" if entries else "arrays are densified and numpy runs")


class EngineModel(Model):
    """`rulecheck.ad`, bound to one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lattice = NameLattice(program)
        self.protocol = Protocol(program, self.lattice)
        self.typing = Typing(program, self.protocol)
        self.follower = Follower(program, self.protocol, self.typing, self._is_dispatched, self.is_special)
        self._methods: dict[tuple[str, str], Entry] = {}
        self._shadows: dict[tuple[str, tuple[object, ...]], Shadow | None] = {}

    @property
    def name(self) -> str:
        """The system's name."""
        return "engine"

    @cached_property
    def rules(self) -> Rules:
        """The first layer: the engine's own rules are read when it is first asked."""
        return Rules(self.program, self.lattice, self.protocol)

    @cached_property
    def audit(self) -> EngineAudit:
        """What is asked of entries rather than of calls."""
        from rulecheck.systems.engine.audit import EngineAudit

        return EngineAudit(self)

    @cached_property
    def overrides(self) -> EngineOverrides:
        """The writer of fixes."""
        from rulecheck.systems.engine.overrides import EngineOverrides

        return EngineOverrides(self)

    def layers(self, change: Change = NO_CHANGE) -> Sequence[Layer]:
        """The table, then the trace."""
        return RuleLayer(self.rules, change), Trace(self.primal)

    def run(self, question: Question) -> RunningMethod | None:
        """The method that ordinary dispatch runs, with what its parameters are."""
        return self.protocol.run(question.function, question.types)  # type: ignore[arg-type]

    def primal(self, question: Question) -> Entry | None:
        """The method that ordinary dispatch runs, or the function itself where that has a source."""
        run = self.run(question)
        if run is not None:
            return self.method_entry(question.function, run.method, run.receiver)
        own = None if question.function.startswith("operator.") else self.program.function(question.function)
        return self.method_entry(question.function, own, None) if own is not None else None

    def method_entry(self, function: str, method: Function, receiver: int | None) -> Entry:
        """A method as an entry: the types that it asks of the call's arguments, and how it is written."""
        key = (function, method.name)
        known = self._methods.get(key)
        if known is None:
            types = self._asked(method, receiver)
            owned = self.is_owned(method.name)
            known = self._methods[key] = Entry(
                kind=EntryKind.METHOD,
                function=function,
                types=types,
                signature=_written(method, types, receiver),
                place=method.place if owned else anywhere(method.place),
                owned=owned,
                scope=method.name,
                certain=method.certain,
                layer=TRACE,
            )
        return known

    def _asked(self, method: Function, receiver: int | None) -> tuple[Type | None, ...]:
        """What a method asks of each argument of the call: its class of the receiver, annotations of the others."""
        positional = [p for p in method.parameters if p.kind == "positional"]
        types: list[Type | None] = []
        for parameter in positional:
            named = self.program.named_type(parameter.annotation, method.module) if parameter.annotation else None
            types.append(pattern_of(named) if named is not None else None)
        if receiver is not None and types:
            types[0] = method.owner
            if receiver == 1:
                types[:2] = [types[1] if len(types) > 1 else None, types[0]]
        return tuple(types)

    def is_owned(self, name: str) -> bool:
        """Whether the project wrote what has this qualified name."""
        return any(name == m or name.startswith(f"{m}.") for m in self._owned_modules(name))

    def _owned_modules(self, name: str) -> Iterable[str]:
        parts = name.split(".")
        prefixes = {".".join(parts[:i]) for i in range(1, len(parts) + 1)}
        return prefixes & self._modules

    @cached_property
    def _modules(self) -> frozenset[str]:
        return frozenset(self.program.modules)

    def is_special(self, method: Function) -> bool:
        """Whether it is code of the project that was written for its type: no stub, and certainly there."""
        return method.owner is not None and not method.is_stub and method.certain and self.is_owned(method.name)

    def _is_dispatched(self, function: str) -> bool:
        return function in _OPERATORS or function in self.rules.functions

    def as_specific(self, rule: Entry, method: Entry) -> bool:
        """Whether a rule is at least as specific as a method, over the arguments that the method constrains."""
        for position, bound in enumerate(method.types):
            if bound is not None:
                pattern = rule.types[position] if position < len(rule.types) else "builtins.object"
                if not self.lattice.is_subtype(pattern, bound):  # type: ignore[arg-type]
                    return False
        return True

    def shadow(self, question: Question) -> Shadow | None:
        """What the rule that answers hides: the method that would be traced, or one further down its code."""
        key = (question.function, question.types)
        if key not in self._shadows:
            self._shadows[key] = self._shadow(question)
        found = self._shadows[key]
        if found is None or found.walk.call == question:
            return found
        walk = type(found.walk)(question, found.walk.steps)
        return Shadow(walk, found.fires, found.layer, found.hides, (question, *found.path[1:]))

    def _shadow(self, question: Question) -> Shadow | None:
        step = self.walker.answer(LAYER, question)
        if step.outcome is not Outcome.CLAIMS or self.rules.doubt(question) is not None:
            return None
        fires = step.entries[0]
        run = self.run(question)
        if run is None:
            return None
        walk = self.walk(question)
        if self.is_special(run.method):
            hides = self.method_entry(question.function, run.method, run.receiver)
            if self.as_specific(fires, hides):
                return None
            return Shadow(walk, fires, step.layer, hides, (question,))
        if self.is_owned(run.method.name):
            return None
        found = self.follower.behind(question.function, run)
        if found is None:
            return None
        path, end = found
        if self._knows(fires, end.method.owner):
            return None
        hides = self.method_entry(path[-1].function, end.method, end.receiver)
        return Shadow(walk, fires, step.layer, hides, (question, *path))

    def _knows(self, rule: Entry, owner: str | None) -> bool:
        """Whether a rule was written for the type whose method it hides, or for a wrapper of it."""
        if owner is None:
            return False
        keys: list[TypeName] = []
        for pattern in rule.types:
            for member in members(pattern):
                keys.append(member)
                parts = self.lattice.unwrap(member)
                keys += parts[1:] if parts is not None else ()
        return any(self.lattice.is_subtype(key, owner) for key in keys)

    @cached_property
    def takes_part(self) -> bool:
        """Whether the project has array types of its own, or registers anything."""
        if self.program.subclasses(ABSTRACT_ARRAY):
            return True
        # A registrar has to be imported somewhere, whoever passes it on.
        return self.program.says(ENGINE.partition(".")[0]) and any(
            registration.registrar.startswith(ENGINE) for registration in self.program.registrations
        )

    def untold(self) -> Iterable[str]:
        """The registrations of which source does not tell all."""
        for doubtful in self.rules.doubtful:
            called = doubtful.function or "a function"
            yield f"the registration for {called} at {doubtful.place.at}: calls that it may answer are not judged"

    @cached_property
    def array_types(self) -> tuple[str, ...]:
        """The project's own array types."""
        return tuple(t.name for t in self.program.owned_types() if self.protocol.is_array(t.name))

    def probes(self) -> Iterable[Probe]:
        """Every specialised method, asked with its own signature and, where it leaves one open, each rule's."""
        from rulecheck.systems.engine.probes import probes

        return probes(self)

    @cached_property
    def _sites(self) -> tuple[Site, ...]:
        from rulecheck.systems.engine.sites import sites

        return tuple(sites(self))

    def sites(self) -> Sequence[Site]:
        """Every call of a function that has rules."""
        return self._sites

    def entries(self) -> Sequence[Entry]:
        """The engine's own rules, then the project's."""
        return self.rules.entries

    def override(self, shadow: Shadow, kind: FixKind | None = None) -> Fix | None:
        """An opt-out (or a forwarding rule) for the types at which the rule and the hidden method meet."""
        return self.overrides.ending(shadow, kind or self.preferred or FixKind.OPT_OUT)

    def cost(self, shadow: Shadow) -> Cost | None:
        """What dense cotangents cost, for the functions whose growth is known."""
        return growth(shadow.fires, shadow.walk.call, self.lattice)

    def witnesses(self, entry: Entry, other: Entry | None = None) -> Iterable[Question]:
        """Calls of values that the types of one signature, or of both, take."""
        for types in self.audit.calls(entry, other):
            yield Question(entry.function, types, call_text(entry.function, [short(t) for t in types]))

    def rivals(self, entry: Entry) -> Iterable[Entry]:
        """The other entries of the function."""
        return self.audit.rivals(entry)

    def is_judged(self, entry: Entry) -> bool:
        """Whether an entry stands in the table, and not in the place of the rule that it switches off."""
        return self.audit.is_judged(entry)

    def hindrance(self, entry: Entry) -> Obstacle | None:
        """Why the engine never asks the table for calls that the entry applies to."""
        return self.audit.hindrance(entry)

    def is_override(self, entry: Entry) -> bool:
        """Whether it is an opt-out, or a rule that forwards."""
        return entry.kind is EntryKind.OPT_OUT or self.audit.forwards(entry)

    def is_needed(self, entry: Entry, wider: Entry) -> bool:
        """Whether the calls of an override run a method of their own."""
        return self.audit.is_needed(entry, wider)

    def replaced(self) -> Iterable[tuple[Entry, Entry]]:
        """The project's entries that a later one of its own replaces."""
        return [(a, b) for a, b in self.rules.replaced if a.owned and b.owned]

    def more_specific(self, a: Entry, b: Entry) -> bool:
        """Whether a's signature lies within b's, and is another."""
        wide, narrow = (tuple(OBJECT if t is None else t for t in e.types) for e in (b, a))
        return a.function == b.function and a.types != b.types and self.lattice.covers(wide, narrow)  # type: ignore[arg-type]

    def owns(self, definition: str) -> bool:
        """Whether the project wrote what has this qualified name."""
        return self.is_owned(definition)

    def named_in(self, entry: Entry) -> Iterable[str] | None:
        """The function of an entry, and the types of its signature."""
        return self.audit.named_in(entry)

    def keywords_of(self, entry: Entry) -> tuple[str, ...] | None:
        """The keywords that a rule's own code takes."""
        return self.audit.keywords_of(entry)

    def overreach(self, entry: Entry) -> Overreach | None:
        """A foreign type that a rule captures and whose attributes its body then misses."""
        return self.audit.overreach(entry)

    def removal(self, entry: Entry) -> Fix | None:
        """The edit that takes a registration out."""
        return self.overrides.removal(entry)

    def narrowed(self, entry: Entry) -> Fix | None:
        """The opt-out written anew for each rule that it applies to."""
        return self.overrides.narrowed(entry)

    def question(self, function: str, arguments: Sequence[str]) -> Question:
        """A call by names as people write them."""
        from rulecheck.systems.engine.naming import question

        return question(self, function, arguments)


def members(pattern: object) -> tuple[TypeName, ...]:
    """The types that a pattern of a signature names."""
    from rulecheck.dispatch.lattice import members_of

    return tuple(sorted(members_of(pattern), key=str))  # type: ignore[arg-type]


def call_text(function: str, arguments: Sequence[str]) -> str:
    """A call as a person writes it: `Circulant @ AbstractVector`, `np.sum(Circulant)`."""
    if function in TWO_SIDED and len(arguments) == 2:
        return f"{arguments[0]} {TWO_SIDED[function].symbol} {arguments[1]}"
    if function in ONE_SIDED and len(arguments) == 1 and ONE_SIDED[function].symbol != "abs":
        return f"{ONE_SIDED[function].symbol}{arguments[0]}"
    head, _, rest = function.partition(".")
    return f"{f'np.{rest}' if head == 'numpy' else function.rpartition('.')[2]}({', '.join(arguments)})"


def _written(method: Function, types: Sequence[Type | None], receiver: int | None) -> str:
    """`Circulant.__matmul__(self, x: AbstractVector)`."""
    positional = [p.name for p in method.parameters if p.kind == "positional"]
    asked = list(types)
    if receiver is not None:
        asked = [None, *(t for i, t in enumerate(types) if i != receiver)]
    shown_ = [name if t is None else f"{name}: {shown(t)}" for name, t in zip(positional, asked, strict=False)]
    owner = f"{short(method.owner)}." if method.owner else ""
    return f"{owner}{method.name.rpartition('.')[2]}({', '.join(shown_)})"
