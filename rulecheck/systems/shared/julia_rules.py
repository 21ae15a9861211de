"""The rules of a system in one Julia program: tables, as entries that walks can end at, and calls made up from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import cast

from rulecheck.dispatch.parametric import MethodClaim, Term
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.kit.display import call_text, shown
from rulecheck.languages.julia.kit.library import Library
from rulecheck.languages.julia.kit.project_methods import ProjectMethods
from rulecheck.languages.julia.kit.rule_tables import RuleTables, behind_function, rule_function
from rulecheck.languages.julia.kit.witness_types import WitnessTypes
from rulecheck.languages.julia.program import JuliaProgram
from rulecheck.model.entries import Entry, EntryKind, Question
from rulecheck.place import Place


def terms_of(call: Question) -> tuple[Term, ...]:
    """The types of a call, the function's own first: in systems for Julia they are terms."""
    return cast("tuple[Term, ...]", call.types)


class JuliaRules(ABC):
    """The tables of one project, and the entries that stand for methods in them."""

    # The layer that each table belongs to; methods of others belong to the last one.
    layer_of: Mapping[str, str] = {}
    last: str
    # The tables whose rules answer calls.
    answering: Collection[str] = ()
    # The tables of opt-outs, and those whose methods stand where their macro was called, whatever Julia says.
    opt_outs: Collection[str] = ()
    called: Collection[str] = ()

    def __init__(self, program: JuliaProgram) -> None:
        self.program = program
        self.library = Library(program)
        own = [type_ for package in program.packages for type_ in package.types]
        self.methods = ProjectMethods(self.library, WitnessTypes(self.library, own))
        self.tables = self.make_tables()
        self._entries: dict[int, Entry] = {}
        self._methods: dict[int, JuliaMethod] = {}
        self._ruled: dict[str, bool] = {}

    @abstractmethod
    def make_tables(self) -> RuleTables:
        """The tables that the system asks."""

    @abstractmethod
    def shown(self, rule: JuliaMethod) -> str:
        """A rule as its author wrote it."""

    def is_rule(self, method: JuliaMethod) -> bool:
        """Whether a method stands in a table of rules."""
        return method.function in self.tables.tables

    def has_rules(self, function: str) -> bool:
        """Whether there are rules for a function itself."""
        known = self._ruled.get(function)
        if known is None:
            rules = self.tables.of(self.answering, function)
            known = self._ruled[function] = any(rule_function(rule) == function for rule in rules)
        return known

    def counts(self, rule: JuliaMethod) -> bool:
        """Whether a method is what its statement is about: a rule with keywords makes two, and counts once."""
        return rule.kind != "keyword rule"

    @cached_property
    def entries(self) -> list[Entry]:
        """The project's rules and opt-outs, in the order of definition."""
        # An extension may also be included by the package itself, for Julia versions without extensions.
        own = filter(self.is_rule, self.program.owned_methods)
        found = {(m.place, m.function, m.arguments): m for m in own if self.counts(m)}
        return [self.entry(method) for method in found.values()]

    def entry(self, method: JuliaMethod) -> Entry:
        """A method or rule as the checks see it; the same object for the same method."""
        found = self._entries.get(id(method))
        if found is None:
            found = self._entries[id(method)] = self._described(method)
            self._methods[id(found)] = method
        return found

    def method(self, entry: Entry) -> JuliaMethod:
        """What an entry that was made here stands for."""
        return self._methods[id(entry)]

    def _described(self, method: JuliaMethod) -> Entry:
        owned, is_rule = self.program.is_owned(method), self.is_rule(method)
        here = owned or method.function in self.called or method.julia_place.path == "none"
        kind = EntryKind.METHOD
        if is_rule:
            kind = EntryKind.OPT_OUT if method.function in self.opt_outs else EntryKind.RULE
        reported: Place | None = method.reported if method.function not in self.called else None
        signature = self.library.signature(method)
        return Entry(
            kind,
            rule_function(method) if is_rule else method.function,
            (signature,) if signature is not None else (),
            self.shown(method) if is_rule else shown(method),
            method.place if here else method.julia_place,
            owned,
            method.module,
            method.order,
            method.certain,
            self.layer_of.get(method.function, self.last),
            reported if reported and reported.path != "none" else None,
        )

    def asked(
        self, function: str, operands: Sequence[Term], text: str = "", keywords: tuple[str, ...] = ()
    ) -> Question:
        """A call, given the types of its operands."""
        own = self.methods.function_type(function)
        return Question(function, (own, *operands), text or call_text(function, operands), keywords)

    def primal(self, call: Question) -> Entry | None:
        """The method that ordinary dispatch runs."""
        found = self.methods.primal(call.function, terms_of(call))
        return self.entry(found.method.value) if isinstance(found, MethodClaim) else None

    def runs(self, call: Question) -> bool:
        """Whether there is one method that a call runs."""
        return isinstance(self.methods.primal(call.function, terms_of(call)), MethodClaim)

    def made_up(self, function: str, signature: Term | None) -> Iterator[Question]:
        """Calls made up from a signature, for which there are methods: one may answer, or several cannot decide."""
        for types in self.methods.witnesses.calls(signature) if signature is not None else ():
            if self.methods.primal(function, types) is not None:
                yield Question(function, types, call_text(function, types[1:]))

    def calls(self, rule: JuliaMethod) -> Iterator[Question]:
        """Calls made up from a rule's own signature."""
        if behind_function(rule):
            yield from self.made_up(rule_function(rule), self.tables.calls(rule))
