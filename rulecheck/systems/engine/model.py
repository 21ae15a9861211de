"""The embedded engine as a model: the table of rules first, then the code that the call runs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from rulecheck.dispatch import Outcome
from rulecheck.facts import NDARRAY, Registration, Type, TypeName, short
from rulecheck.finding import Cost, Fix, FixKind
from rulecheck.languages.python.kit.class_roles import ClassRoles
from rulecheck.languages.python.kit.methods import RunningMethod
from rulecheck.languages.python.kit.names import call_text
from rulecheck.languages.python.kit.spelling import Spelling
from rulecheck.languages.python.kit.witnesses import Witnesses
from rulecheck.model.class_calls import named_types
from rulecheck.model.class_table import LAYER
from rulecheck.model.class_table_model import ClassTableModel, Types
from rulecheck.model.entries import Entry, EntryKind, Question
from rulecheck.model.operand_protocol import CONSEQUENCES, Effect
from rulecheck.model.verdicts import Obstacle, Shadow
from rulecheck.place import Place
from rulecheck.systems.engine.costs import growth
from rulecheck.systems.engine.follow import EngineFollower
from rulecheck.systems.engine.lattice import EngineLattice, pattern_of
from rulecheck.systems.engine.names import (
    ABSTRACT_ARRAY,
    ENGINE,
    FORWARD,
    MATRIX,
    PACKAGES,
    POLICY_REGISTRAR,
    PRIMITIVE_REGISTRAR,
    RULES,
    TYPES_NAMED,
    VECTOR,
    WRAPPERS,
    anywhere,
)
from rulecheck.systems.engine.protocol import ONE_SIDED, TWO_SIDED, Protocol
from rulecheck.systems.engine.typing import Typing

# An array is dispatched on by its rank, which its class alone does not tell.
_UNRANKED = "no rule applies to an array of other rank than 1 and 2: for those ask about Vector and Matrix"
# Functions that mean an operator, and have rules for dense arrays only.
_MEANINGS = {"numpy.dot": "operator.matmul"}
# What stands for an abstract type of a signature in a call: numpy's own arrays and numbers, where they belong to it.
_STANDARD = (VECTOR, MATRIX, "builtins.float", "builtins.complex")


def _opt_out(names: Spelling, function: str, arguments: str) -> str:
    return f"{names.public(ENGINE, 'opt_out')}({arguments})"


def _forward(names: Spelling, function: str, arguments: str) -> str:
    registered = f"@{names.public(ENGINE, 'adjoint')}({arguments})"
    return f"{registered}\ndef _(*args):\n    return {names.public(ENGINE, 'pullback')}({function}, *args)"


class EngineModel(ClassTableModel):
    """`rulecheck.ad`, bound to one program."""

    forms = {FixKind.OPT_OUT: _opt_out, FixKind.FORWARD: _forward}
    packages = PACKAGES
    types_named = TYPES_NAMED
    wrappers = WRAPPERS
    beyond = ("builtins.float", VECTOR)
    otherwise = "arrays are densified and numpy runs"

    @cached_property
    def lattice(self) -> EngineLattice:
        """The order of the engine's keys."""
        return EngineLattice(self.program)

    @cached_property
    def methods(self) -> Protocol:
        """Which method runs for a call."""
        return Protocol(self.program, self.lattice)

    @cached_property
    def roles(self) -> ClassRoles:
        """Which classes have objects: an array type needs no constructor for that."""
        return ClassRoles(self.program, (ABSTRACT_ARRAY,))

    @cached_property
    def typing(self) -> Typing:
        """The types of arguments, through lazy wrappers."""
        return Typing(self.program, self.methods)

    @cached_property
    def witnesses_of_types(self) -> Witnesses:
        """Numpy's arrays and numbers, and the project's array types."""
        instead: dict[TypeName, Types] = {NDARRAY: (VECTOR, MATRIX)}
        return Witnesses(self.lattice, self.roles, lambda: self.own_types, _STANDARD, instead)

    @cached_property
    def follower(self) -> EngineFollower:
        """What stands behind a call."""
        has_rules = self.table.functions.__contains__
        return EngineFollower(self.program, self.methods, self.typing, has_rules, self.is_special)

    @cached_property
    def primitives(self) -> frozenset[str]:
        """Functions whose calls ask the table although they are no operators and none of numpy's."""
        made = (r.function for r in self._registrations if r.registrar == PRIMITIVE_REGISTRAR)
        return frozenset(function.name for function in made if function is not None)

    @cached_property
    def _registrations(self) -> tuple[Registration, ...]:
        return (*self.shipped(), *self.program.registrations)

    def shipped(self) -> Iterable[Registration]:
        """The engine's own rules; where the engine itself is linted, they are the project's."""
        return self._shipped

    @cached_property
    def _shipped(self) -> tuple[Registration, ...]:
        return tuple(r for r in self.program.registrations_of(RULES) if not r.owned)

    def pattern(self, type_: Type) -> Type:
        """The engine's key of a type."""
        return pattern_of(type_)

    def shown(self, place: Place) -> Place:
        """A place in the engine's sources as it reads on every machine."""
        return anywhere(place)

    def is_asked(self, function: str, types: Types) -> bool:
        """Whether the engine's table is asked before code runs for a call with these types."""
        return function in self.primitives or self.methods.asks(function, types)

    def unfit(self, call: Question) -> str:
        """What to say where nothing in the table applies."""
        return _UNRANKED if NDARRAY in call.types else "no rule applies"

    def is_public(self, function: str) -> bool:
        """Whether it is one of numpy's, which the engine answers as well."""
        return function.startswith("numpy.")

    @cached_property
    def own_types(self) -> tuple[str, ...]:
        """The project's own array types."""
        return tuple(t.name for t in self.program.owned_types() if self.methods.is_array(t.name))

    def behind(self, function: str, run: RunningMethod) -> tuple[tuple[Question, ...], RunningMethod] | None:
        """The calls on the way to the first specialised method behind a method of the library."""
        found = self.follower.behind(function, run)
        if found is None:
            return None
        return tuple(Question(made.function, made.types, made.text) for made in found[0]), found[1]

    def _shadow(self, question: Question) -> Shadow | None:
        """Beside what a rule hides of the call itself: a method that another spelling of it would reach."""
        meant = _MEANINGS.get(question.function)
        found = super()._shadow(question)
        return found if found is not None or meant is None else self._other_spelling(question, meant)

    def _other_spelling(self, question: Question, meant: str) -> Shadow | None:
        """A function whose rule makes a dense array of what an operator of the same meaning knows how to treat."""
        step = self.walker.answer(LAYER, question)
        run = self.methods.run(meant, question.types)  # type: ignore[arg-type]
        if step.outcome is not Outcome.CLAIMS or step.entries[0].owned or self.table.doubt(question) is not None:
            return None
        if run is None or not self.is_special(run.method) or self.run(question) is not None:
            return None
        hides = self.method_entry(meant, run.method, run.receiver)
        better = Question(meant, question.types, call_text(meant, ["A", "x"] if run.receiver == 0 else ["x", "A"]))
        consequence = CONSEQUENCES[Effect.DENSE]
        path = (question, better)
        return Shadow(self.walk(question), step.entries[0], LAYER, hides, path, consequence=consequence)

    def override(self, shadow: Shadow, kind: FixKind | None = None) -> Fix | None:
        """An opt-out, or a rule that forwards; none where the call is to be written otherwise."""
        return None if shadow.consequence else super().override(shadow, kind)

    @cached_property
    def takes_part(self) -> bool:
        """Whether the project has array types of its own, or registers anything."""
        if self.program.subclasses(ABSTRACT_ARRAY):
            return True
        # A registrar has to be imported somewhere, whoever passes it on.
        registrars = (registration.registrar for registration in self.program.registrations)
        return self.program.says(ENGINE.partition(".")[0]) and any(r.startswith(ENGINE) for r in registrars)

    def cost(self, shadow: Shadow) -> Cost | None:
        """What dense cotangents cost, for the functions whose growth is known."""
        return growth(shadow.fires, shadow.walk.call, self.lattice)

    # -- calls that are left out --------------------------------------------------------------------------------------

    def is_left_out(self, place: Place) -> bool:
        """Whether rules yield to more specific code at a place, by the innermost policy around it."""
        at = (place.line, place.column)
        around = [
            ((block.line, block.column), policy)
            for block, policy in self._policies
            if block.path == place.path
            and (block.line, block.column) <= at < (block.end_line or block.line, block.end_column or block.column)
        ]
        return bool(around) and max(around, key=lambda each: each[0])[1] != "rules-first"

    @cached_property
    def _policies(self) -> tuple[tuple[Place, str | None], ...]:
        """The blocks and functions that are run under a policy, with its name where source tells it."""
        blocks = []
        for registration in self.program.registrations:
            if registration.registrar == POLICY_REGISTRAR:
                given = [*registration.arguments, *(value for key, value in registration.keywords if key == "policy")]
                named = given[0][1] if given and given[0][0] == "const" else None
                blocks.append((registration.statement, named))
        return tuple(blocks)

    # -- entries ------------------------------------------------------------------------------------------------------

    def hindrance(self, entry: Entry) -> Obstacle | None:
        """Why the engine never asks the table for calls that the entry applies to."""
        told = super().hindrance(entry)
        if told is not None:
            return told
        name = self.called(entry)
        if self._cannot_be_intercepted(entry.function):
            return Obstacle(f"calls of {name} cannot be intercepted: declare the function with rulecheck.ad.primitive")
        if entry.function in self.primitives or next(self.parts.calls.types(entry), None) is not None:
            return None
        members = named_types(entry)
        types = " and ".join(dict.fromkeys(short(m) for m in members))
        if any(map(self.methods.is_array, members)):
            have = "has" if len(set(members)) == 1 else "have"
            return Obstacle(f"{types} {have} no method for {name}, so the engine is never asked")
        are = "is" if len(set(members)) == 1 else "are"
        return Obstacle(f"the engine is only asked about array types, and {types} {are} none")

    def _cannot_be_intercepted(self, function: str) -> bool:
        if function.startswith("operator."):
            return function not in TWO_SIDED and function not in ONE_SIDED
        if function in self.primitives:
            return False
        return function.startswith(("math.", "builtins.")) or self.program.function(function) is not None

    def is_override(self, entry: Entry) -> bool:
        """Whether it is an opt-out, or a rule that only hands on to the code that the call runs."""
        return entry.kind is EntryKind.OPT_OUT or self._forwards(entry)

    def _forwards(self, entry: Entry) -> bool:
        function = self.table.registrations[entry.order].function
        if function is None or len(function.results) != 1 or function.results[0][0] != "call":
            return False
        _, _, arguments, _ = function.results[0]
        callee = self.program.callee(function.results[0], function.module, None, function.name)
        public = self.program.resolve(ENGINE, "pullback") or FORWARD
        handed_on = self.table.function(arguments[0], function.module) if arguments else None
        return callee in (FORWARD, public) and handed_on == entry.function

    def is_needed(self, entry: Entry, wider: Entry) -> bool:
        """Whether the calls of an override run a method of their own, as a subclass may have, not the wider one's."""
        own = set(self.parts.calls.types(entry))
        beyond = set(self.parts.calls.types(wider)) - own
        runs = [{self._code(entry.function, types) for types in calls} for calls in (own, beyond)]
        return bool(runs[1]) and runs[0].isdisjoint(runs[1])

    def _code(self, function: str, types: Types) -> str | None:
        primal = self.primal(Question(function, types, ""))
        return primal.scope if primal is not None else None

    def may_lack(self, type_: str) -> bool:
        """Whether it is an array type, or anything at all."""
        return type_ == "builtins.object" or ABSTRACT_ARRAY in self.lattice.positions(type_)
