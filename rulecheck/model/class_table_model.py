"""A system that is a table of rules keyed by classes, and else runs the code of the call: all but what is its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from rulecheck.dispatch import Lattice, Outcome
from rulecheck.dispatch.datamodel import Asked
from rulecheck.dispatch.operators import OPERATORS
from rulecheck.facts import OBJECT, Attribute, Function, Registration, Type, TypeName, short
from rulecheck.finding import Fix, FixKind
from rulecheck.languages.python.kit.argument_types import ArgumentTypes
from rulecheck.languages.python.kit.attributes_read import attributes_read, has_attribute, lacks_attribute
from rulecheck.languages.python.kit.call_sites import CallReader
from rulecheck.languages.python.kit.class_lattice import ClassLattice
from rulecheck.languages.python.kit.class_roles import ClassRoles
from rulecheck.languages.python.kit.class_slots import name_of
from rulecheck.languages.python.kit.editor import Editor
from rulecheck.languages.python.kit.methods import BranchTests, MethodProtocol, RunningMethod
from rulecheck.languages.python.kit.names import call_text, check_count, function_named, type_named
from rulecheck.languages.python.kit.spelling import CUSTOMARY, Package
from rulecheck.languages.python.kit.witnesses import Witnesses
from rulecheck.languages.python.program import Program
from rulecheck.model.class_calls import MethodProbes, Parts, WitnessCalls, arity, asked_as, named_types
from rulecheck.model.class_overrides import ClassOverrides, Form
from rulecheck.model.class_table import LAYER, TRACE, ClassTable, TableLayer, TraceLayer, shown
from rulecheck.model.entries import Entry, EntryKind, Probe, Question, Site
from rulecheck.model.model import Model
from rulecheck.model.system import System
from rulecheck.model.verdicts import Obstacle, Overreach, Shadow
from rulecheck.model.walker import NO_CHANGE, Change, Layer
from rulecheck.place import Place

Types = tuple[TypeName, ...]


class ClassTableModel(Model):
    """One such system, bound to one program. A system with more to say overrides what it says otherwise."""

    # How each kind of override is written, and how code imports the packages that overrides name.
    forms: Mapping[FixKind, Form] = {}
    packages: Mapping[str, Package] = CUSTOMARY
    # Types of the library's own by the names that people type, and those of them that keep a parameter.
    types_named: Mapping[str, str] = {}
    wrappers: frozenset[str] = frozenset()

    def __init__(self, system: System, program: Program) -> None:
        self.system = system
        self.program = program
        self._entries: dict[tuple[str, str], Entry] = {}
        self._shadows: dict[tuple[str, tuple[object, ...]], Shadow | None] = {}

    @property
    def name(self) -> str:
        """The system's name."""
        return self.system.name

    # -- the parts, each of which a system may make its own ---------------------------------------------------------

    @cached_property
    def lattice(self) -> Lattice[TypeName]:
        """The order of classes."""
        return ClassLattice(self.program)

    @cached_property
    def methods(self) -> MethodProtocol:
        """Which method runs for a call."""
        tests = BranchTests(self.program, self.lattice, lambda type_: type_, lambda name: name == "abc.ABC")
        return MethodProtocol(self.program, self.lattice, tests)

    @cached_property
    def typing(self) -> ArgumentTypes:
        """The types of arguments."""
        return ArgumentTypes(self.program)

    @cached_property
    def table(self) -> ClassTable:
        """The table, filled from registrations."""
        kinds = {registrar: kind for registrar, kind in self.system.registrars.items() if kind is not None}
        return ClassTable(self.program, self.lattice, kinds, self.shipped(), self.pattern, self.shown)

    @cached_property
    def roles(self) -> ClassRoles:
        """Which classes have objects."""
        return ClassRoles(self.program)

    @cached_property
    def witnesses_of_types(self) -> Witnesses:
        """Types of values that stand for a type."""
        return Witnesses(self.lattice, self.roles, lambda: self.own_types)

    @cached_property
    def parts(self) -> Parts:
        """What calls are made up from."""
        calls = WitnessCalls(self.witnesses_of_types, self.is_asked, self.beyond)
        own, witnesses = (lambda: self.own_types), self.witnesses_of_types
        return Parts(self.program, self.table, self.methods, self.roles, witnesses, calls, own, self.owns)

    @cached_property
    def overrides(self) -> ClassOverrides:
        """The writer of fixes."""
        joined = [registrar for registrar, kind in self.system.registrars.items() if kind is not None]
        return ClassOverrides(self.parts, Editor(self.program, joined), self.forms, self.packages)

    # -- what a system may have to say --------------------------------------------------------------------------------

    beyond: Sequence[TypeName] = (OBJECT,)

    def shipped(self) -> Iterable[Registration]:
        """What the system's own library registers."""
        return ()

    def pattern(self, type_: Type) -> Type:
        """What the table holds of a type of a signature."""
        return type_

    def shown(self, place: Place) -> Place:
        """A place in the system's own library as it reads on every machine."""
        return place

    def is_asked(self, function: str, types: Types) -> bool:
        """Whether the table is asked before code runs for a call with these types."""
        return True

    @cached_property
    def own_types(self) -> tuple[str, ...]:
        """The project's classes for whose values the table is asked."""
        return tuple(t.name for t in self.program.owned_types())

    def unasked(self, call: Question) -> str:
        """Why the table is not asked for a call, if so."""
        return "" if self.is_asked(call.function, call.types) else f"the {self.name} is not asked"  # type: ignore[arg-type]

    def unfit(self, call: Question) -> str:
        """What to say where nothing in the table applies."""
        return "no rule applies"

    def behind(self, function: str, run: RunningMethod) -> tuple[tuple[Question, ...], RunningMethod] | None:
        """The calls on the way from a method that is not the project's to one of the project's further down."""
        return None

    @property
    def otherwise(self) -> str:
        """What runs where no method of source does."""
        return ""

    # -- calls --------------------------------------------------------------------------------------------------------

    def layers(self, change: Change = NO_CHANGE) -> Sequence[Layer]:
        """The table, then the trace."""
        return TableLayer(self.table, change, self.unasked, self.unfit), TraceLayer(self._traced)

    def _traced(self, call: Question) -> tuple[Entry | None, str]:
        primal = self.primal(call)
        if primal is not None:
            return primal, ""
        asked = self.methods.asked(call.function, call.types)  # type: ignore[arg-type]
        blocked = asked.blocked_by if asked is not None and asked.raises else None
        if blocked is None:
            return None, self.otherwise
        return self._refusal(call.function, blocked)

    def _refusal(self, function: str, asked: Asked[TypeName, str]) -> tuple[Entry, str]:
        """A class that has None in the place of a method, and what comes of it."""
        owner = self.program.defined_at(name_of(asked.kind), asked.name) or name_of(asked.kind)
        found = self.program.lookup(owner, asked.name)
        place = found.place if isinstance(found, Attribute) else None
        written = f"{short(owner)}.{asked.name}"
        entry = Entry(
            EntryKind.METHOD, function, (), written, place, self.owns(owner), f"{owner}.{asked.name}", layer=TRACE
        )
        return entry, f"{written} is None: TypeError"

    def run(self, question: Question) -> RunningMethod | None:
        """The method that ordinary dispatch runs, with what its parameters are."""
        return self.methods.run(question.function, question.types)  # type: ignore[arg-type]

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
        known = self._entries.get(key)
        if known is None:
            types = self._demanded(method, receiver)
            owned = self.owns(method.name)
            known = self._entries[key] = Entry(
                kind=EntryKind.METHOD,
                function=function,
                types=types,
                signature=_written(method, types, receiver),
                place=method.place if owned else self.shown(method.place),
                owned=owned,
                scope=method.name,
                certain=method.certain,
                layer=TRACE,
            )
        return known

    def _demanded(self, method: Function, receiver: int | None) -> tuple[Type | None, ...]:
        """What a method asks of each argument of the call: its class of the receiver, annotations of the others."""
        types: list[Type | None] = []
        for parameter in (p for p in method.parameters if p.kind == "positional"):
            named = self.program.named_type(parameter.annotation, method.module) if parameter.annotation else None
            types.append(self.pattern(named) if named is not None else None)
        if receiver is not None and types:
            types[0] = method.owner
            if receiver == 1:
                types[:2] = [types[1] if len(types) > 1 else None, types[0]]
        return tuple(types)

    def is_special(self, method: Function) -> bool:
        """Whether it is code of the project that was written for its type: no stub, and certainly there."""
        return method.owner is not None and not method.is_stub and method.certain and self.owns(method.name)

    def as_specific(self, rule: Entry, method: Entry) -> bool:
        """Whether a rule is at least as specific as a method, over the arguments that the method constrains."""
        for position, bound in enumerate(method.types):
            if bound is not None:
                pattern = rule.types[position] if position < len(rule.types) else OBJECT
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
        if step.outcome is not Outcome.CLAIMS or self.table.doubt(question) is not None:
            return None
        fires, run = step.entries[0], self.run(question)
        if run is None:
            return None
        if self.is_special(run.method):
            hides = self.method_entry(question.function, run.method, run.receiver)
            if self.as_specific(fires, hides):
                return None
            return Shadow(self.walk(question), fires, step.layer, hides, (question,))
        found = None if self.owns(run.method.name) else self.behind(question.function, run)
        if found is None or self._knows(fires, found[1].method.owner):
            return None
        path, end = found
        hides = self.method_entry(path[-1].function, end.method, end.receiver)
        return Shadow(self.walk(question), fires, step.layer, hides, (question, *path))

    def _knows(self, rule: Entry, owner: str | None) -> bool:
        """Whether a rule was written for the type whose method it hides, or for a wrapper of it."""
        if owner is None:
            return False
        keys = [key for member in named_types(rule) for key in (member, self.parts.inner(member))]
        return any(self.lattice.is_subtype(key, owner) for key in keys)

    def probes(self) -> Iterable[Probe]:
        """Every specialised method, asked with its own signature and, where it leaves one open, each rule's."""
        return MethodProbes(self.parts, self.is_special, self.method_entry).probes()

    @cached_property
    def _sites(self) -> tuple[Site, ...]:
        reader = CallReader(self.program, self.typing, self.system.appliers)
        found = []
        for typed in reader.calls(self.table.functions):
            call = typed.call
            if not self.is_left_out(call.place):
                asked = tuple(Question(typed.function, types, call.text, typed.keywords) for types in typed.types)
                found.append(Site(asked, call.place, call.scope, call.text, typed.reason))
        return tuple(found)

    def is_left_out(self, place: Place) -> bool:
        """Whether the system answers otherwise at a place than its walks say."""
        return False

    def sites(self) -> Sequence[Site]:
        """Every call of a function that has rules."""
        return self._sites

    def question(self, function: str, arguments: Sequence[str]) -> Question:
        """A call by names as people write them."""
        known = {*self.table.functions, *(o.function for o in OPERATORS)}

        def is_known(name: str) -> bool:
            named = self.program.canonical(name) in known or self.program.function(name) is not None
            return named or self.is_public(name)

        name = self.program.canonical(function_named(function, self.table.functions, is_known))
        types = tuple(type_named(self.program, a, self.types_named, self.wrappers) for a in arguments)
        check_count(name, len(types))
        return Question(name, types, call_text(name, arguments))

    def is_public(self, function: str) -> bool:
        """Whether a function that nobody registered anything for may be asked about all the same."""
        return False

    # -- entries ------------------------------------------------------------------------------------------------------

    def entries(self) -> Sequence[Entry]:
        """The library's own rules, then the project's."""
        return self.table.entries

    def untold(self) -> Iterable[str]:
        """The registrations of which source does not tell all."""
        return (doubtful.untold for doubtful in self.table.doubtful)

    def witnesses(self, entry: Entry, other: Entry | None = None) -> Iterable[Question]:
        """Calls of values that the types of one signature, or of both, take."""
        return (asked_as(types, entry.function) for types in self.parts.calls.types(entry, other))

    def rivals(self, entry: Entry) -> Iterable[Entry]:
        """The other entries of its function, and what it replaced of the library's own."""
        return [*(e for e in self.table.of(entry.function) if e is not entry), *self.table.behind(entry)]

    def is_judged(self, entry: Entry) -> bool:
        """Whether an entry stands in the table, and is not there in the place of the very rule that it switches off."""
        stands_for_rule = any(later is entry and old.kind is EntryKind.RULE for old, later in self.table.replaced)
        return not self.table.is_replaced(entry) and not (entry.kind is EntryKind.OPT_OUT and stands_for_rule)

    def hindrance(self, entry: Entry) -> Obstacle | None:
        """Why no call has as many arguments as an entry names types."""
        count = arity(entry.function)
        if count is None or len(entry.types) <= count:
            return None
        called = f"{self.called(entry)} is called with {count} argument{'s'[: count - 1]}"
        return Obstacle(f"{called}, and it names {len(entry.types)} types")

    def called(self, entry: Entry) -> str:
        """The last name of an entry's function."""
        return entry.function.rpartition(".")[2].rstrip("_")

    def replaced(self) -> Iterable[tuple[Entry, Entry]]:
        """The project's entries that a later one of its own replaces."""
        return [(a, b) for a, b in self.table.replaced if a.owned and b.owned]

    def more_specific(self, a: Entry, b: Entry) -> bool:
        """Whether a's signature lies within b's, and is another."""
        wide, narrow = (tuple(OBJECT if t is None else t for t in e.types) for e in (b, a))
        return a.function == b.function and a.types != b.types and self.lattice.covers(wide, narrow)  # type: ignore[arg-type]

    def owns(self, definition: str) -> bool:
        """Whether the project wrote what has this qualified name."""
        parts = definition.split(".")
        return any(".".join(parts[:i]) in self._modules for i in range(1, len(parts) + 1))

    @cached_property
    def _modules(self) -> frozenset[str]:
        return frozenset(self.program.modules)

    def named_in(self, entry: Entry) -> Iterable[str] | None:
        """The function of an entry, and the types of its signature; of a wrapper that of its parameter."""
        return [entry.function, *(str(self.parts.inner(member)) for member in named_types(entry))]

    def keywords_of(self, entry: Entry) -> tuple[str, ...] | None:
        """The keywords that a rule's own code takes; of methods none are asked for."""
        if entry.kind is EntryKind.METHOD:
            return ()
        registration = self.table.registrations.get(entry.order)
        function = registration.function if registration is not None else None
        if function is None or any(p.kind == "varkeywords" for p in function.parameters):
            return None
        return tuple(p.name for p in function.parameters if p.kind in ("positional", "keyword"))

    def overreach(self, entry: Entry) -> Overreach | None:
        """A foreign type that a rule captures and whose attributes its body then misses."""
        function = self.table.registrations[entry.order].function
        if function is None:
            return None
        names = [p.name for p in function.parameters if p.kind == "positional"]
        for position, (pattern, name) in enumerate(zip(entry.types, names, strict=False)):
            if not isinstance(pattern, str) or self.owns(pattern) or not self.may_lack(pattern):
                continue
            read = attributes_read(self.program, function, name)
            missing = [a for a in read if lacks_attribute(self.program, pattern, a)]
            types = self._having(missing, pattern) if missing else []
            if types:
                fix = self.overrides.retyped(entry, position, types[0]) if len(types) == 1 else None
                return Overreach(entry, position, short(pattern), tuple(missing), fix)
        return None

    def may_lack(self, type_: str) -> bool:
        """Whether what a foreign type has is known well enough to say what it lacks."""
        return True

    def _having(self, attributes: Sequence[str], under: str) -> list[str]:
        """The project's topmost types that have the attributes and belong to the captured type."""

        def fits(name: str) -> bool:
            return self.lattice.is_subtype(name, under) and all(
                has_attribute(self.program, name, a) for a in attributes
            )

        return self.witnesses_of_types.topmost(fits)

    def override(self, shadow: Shadow, kind: FixKind | None = None) -> Fix | None:
        """An opt-out, or what else was asked for, for the types at which the rule and the hidden method meet."""
        return self.overrides.ending(shadow, kind or self.preferred or FixKind.OPT_OUT)

    def removal(self, entry: Entry) -> Fix | None:
        """The edit that takes a registration out."""
        return self.overrides.removal(entry)

    def narrowed(self, entry: Entry) -> Fix | None:
        """The opt-out written anew for each rule that it applies to."""
        return self.overrides.narrowed(entry)


def _written(method: Function, types: Sequence[Type | None], receiver: int | None) -> str:
    """`Circulant.__matmul__(self, x: AbstractVector)`."""
    positional = [p.name for p in method.parameters if p.kind == "positional"]
    asked = list(types)
    if receiver is not None:
        asked = [None, *(t for i, t in enumerate(types) if i != receiver)]
    shown_ = [name if t is None else f"{name}: {shown(t)}" for name, t in zip(positional, asked, strict=False)]
    owner = f"{short(method.owner)}." if method.owner else ""
    return f"{owner}{method.name.rpartition('.')[2]}({', '.join(shown_)})"
