"""What checks ask of the project's own rules: calls that they take, what they meet, and what they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain

from rulecheck.dispatch.parametric import BOTTOM, Term, equal, intersect, intersects, more_specific, subtype
from rulecheck.dispatch.parametric.term_predicates import obviously_disjoint
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.kit.library import spelled
from rulecheck.languages.julia.kit.project_methods import types_named
from rulecheck.languages.julia.kit.rule_tables import behind_function, rule_function, takes_setting
from rulecheck.model.entries import CallWalk, Entry, EntryKind, Question
from rulecheck.model.verdicts import Obstacle
from rulecheck.model.walker import Walker
from rulecheck.place import Place
from rulecheck.systems.shared.chain_rules import (
    FRULE,
    NO_FRULE,
    NO_RRULE,
    OPT_OUT,
    RRULE,
    is_redispatch,
    is_universal,
)
from rulecheck.systems.zygote.rules import ADJOINT_LAYER, NO_DERIVATIVE, PULLBACK, ZygoteRules, is_generated

# What `typeof(T)` is for a type T.
KINDS = (("name", "Core.UnionAll"), ("name", "Core.DataType"))


class ZygoteAudit:
    """Questions about the `entries` of one project."""

    def __init__(self, rules: ZygoteRules, walker: Walker, entries: Iterable[Entry]) -> None:
        self._rules = rules
        self._walker = walker
        self._entries = entries
        self._tables = rules.tables
        # By the identity of opt-outs: whether no rule that they can switch off shares a call with them.
        self._beyond: dict[int, bool] = {}
        # By function: where its rules stand that may meet another one, each with its maker.
        self._undecided: dict[str, dict[tuple[Place, str], list[JuliaMethod]]] = {}

    def calls(self, rule: JuliaMethod) -> Iterator[Question]:
        """Calls that a rule answers, for which there is a method to run, with those that it shares with others."""
        return chain(filter(self._rules.runs, self._rules.calls(rule)), self._shared_calls(rule))

    def witnesses(self, entry: Entry, other: Entry | None) -> Iterator[Question]:
        """Calls that an entry takes, with those for which methods are ambiguous: they raise without a rule alone."""
        rule = self._rules.method(entry)
        return self._rules.calls(rule) if other is None else self._shared(rule, self._rules.method(other))

    def hindrance(self, entry: Entry) -> Obstacle | None:
        """What is wrong with an opt-out as it is written, so that it switches nothing off."""
        rule = self._rules.method(entry)
        if rule.function in (FRULE, NO_FRULE):
            return self._without_tangents(rule) if entry.kind is EntryKind.OPT_OUT else None
        made = self._rules.chain.local_half(rule) if rule.maker == OPT_OUT and self.is_judged(entry) else None
        return Obstacle(self._halved(rule, made)) if made is not None else None

    def is_judged(self, entry: Entry) -> bool:
        """Whether everything that an entry names is known, and nothing is to be said of it for its kind."""
        rule = self._rules.method(entry)
        if rule.function not in (RRULE, NO_RRULE, PULLBACK) or rule.maker in NO_DERIVATIVE:
            return False
        return not self._rules.is_rule_collection and self._is_known(rule)

    def _halved(self, rule: JuliaMethod, made: JuliaMethod) -> str:
        """What comes of an opt-out whose `rrule` is not that of ChainRulesCore."""
        reason = f"`rrule` is not imported here, so that the macro makes a new function `{made.function}`"
        winners = (walk.winner for walk in map(self._walker.walk, filter(self._rules.runs, self._rules.calls(rule))))
        if any(w is not None and is_universal(self._rules.method(w)) for w in winners):
            reason += "; calls that no other rule takes fail, as Zygote then expects a rule and gets `nothing`"
        return reason

    def rivals(self, entry: Entry) -> Iterator[Entry]:
        """The rules and adjoints that share calls with an entry."""
        return map(self._rules.entry, self._claimants(self._rules.method(entry)))

    def is_out_of_reach(self, entry: Entry) -> bool:
        """Whether every rule that shares calls with an opt-out takes a configuration, which it does not."""
        opt_out = self._rules.method(entry)
        if entry.kind is not EntryKind.OPT_OUT or takes_setting(opt_out):
            return False
        if id(entry) not in self._beyond:
            rules = [other for other in self._claimants(opt_out) if other.function == RRULE]
            self._beyond[id(entry)] = bool(rules) and all(map(takes_setting, rules))
        return self._beyond[id(entry)]

    def _is_known(self, rule: JuliaMethod) -> bool:
        """Whether everything that a rule names is known, so that an answer can be trusted."""
        names = self._rules.library.incomplete
        if self._is_strange(rule):
            return False  # it may be another name of a function that has rules
        return not (names and any(spelled(name) in names for name in types_named((*rule.arguments, rule.variables))))

    def _claimants(self, rule: JuliaMethod) -> Iterator[JuliaMethod]:
        """The rules and adjoints, others than an opt-out's own, that share a call with it."""
        own = self._tables.calls(rule)
        for other in self._tables.of((RRULE, PULLBACK), rule_function(rule)):
            if other.maker == OPT_OUT or is_universal(other) or is_generated(other) or is_redispatch(other):
                continue
            theirs = self._tables.calls(other)
            if own is None or theirs is None or intersects(own, theirs):
                yield other

    def replaced(self) -> Iterator[tuple[Entry, Entry]]:
        """Rules and opt-outs of the project whose signature is written again in another place."""
        for table in (RRULE, PULLBACK):
            by_function: dict[str, list[JuliaMethod]] = defaultdict(list)
            for method in self._rules.program.owned_methods:
                if method.function == table and method.certain and not method.when and method.kind != "keyword rule":
                    by_function[self._tables.tables[table].target(method)].append(method)
            for methods in by_function.values():
                yield from self._replaced_among(methods)

    def _replaced_among(self, methods: list[JuliaMethod]) -> Iterator[tuple[Entry, Entry]]:
        for position, method in enumerate(methods):
            own = self._rules.library.signature(method)
            for later in methods[position + 1 :]:
                theirs = self._rules.library.signature(later)
                if method.place != later.place and own is not None and theirs is not None and equal(own, theirs):
                    yield self._reported(method), self._reported(later)
                    break

    def _reported(self, method: JuliaMethod) -> Entry:
        """The entry that stands for a method: an opt-out's other half for the half in `rrule`."""
        if method.maker == OPT_OUT:
            for other in self._rules.program.owned_methods:
                if other.function == NO_RRULE and other.place == method.place:
                    return self._rules.entry(other)
        return self._rules.entry(method)

    @staticmethod
    def _without_tangents(rule: JuliaMethod) -> Obstacle | None:
        if rule.arguments and rule.arguments[0][0] == "typeof":
            return Obstacle(
                "an opt-out of `frule` takes the tangents first, as `@opt_out frule(::Any, ::typeof(f), ...)`"
            )
        return None

    def outdone(self, entry: Entry, walks: Sequence[CallWalk]) -> Obstacle | None:
        """Why what answers all these walks comes before an entry, layer by layer."""
        winners = [w.winner for w in walks]
        first = next((w for w in winners if w is not None and w.kind is EntryKind.RULE), None)
        if first is None:
            return Obstacle("no rule applies to these calls") if entry.kind is EntryKind.OPT_OUT else None
        if entry.kind is EntryKind.RULE and any(w is None or w.kind is not EntryKind.RULE for w in winners):
            return None
        if entry.kind is EntryKind.RULE and not self._covers(first, entry):
            return None  # types that nobody has written yet may still reach it
        left, right = (self._rules.library.signature(self._rules.method(e)) for e in (entry, first))
        if left is not None and right is not None and equal(left, right):
            return None  # it was replaced, which is another matter
        place = f" ({first.place.at})" if first.place is not None else ""
        if first.layer == ADJOINT_LAYER and entry.layer != ADJOINT_LAYER:
            return Obstacle(
                f"{first.signature}{place} is an adjoint, and adjoints are asked first", ADJOINT_LAYER, first
            )
        if self._is_configured(first) and not self._is_configured(entry):
            return Obstacle(
                f"{first.signature}{place} takes a configuration, and configured rules are asked first",
                first.layer,
                first,
            )
        return Obstacle(f"{first.signature}{place} is more specific for every such call", first.layer, first)

    def _covers(self, wide: Entry, narrow: Entry) -> bool:
        """Whether a rule takes every call that another one does."""
        calls = self._tables.calls
        left, right = calls(self._rules.method(narrow)), calls(self._rules.method(wide))
        return left is not None and right is not None and subtype(left, right)

    def _is_configured(self, entry: Entry) -> bool:
        return takes_setting(self._rules.method(entry))

    def crossing(self, entry: Entry) -> Iterator[Entry]:
        """The rules that share a call with an entry, neither being more specific: most have none."""
        return map(self._rules.entry, self._crossing(self._rules.method(entry)))

    def _crossing(self, rule: JuliaMethod) -> list[JuliaMethod]:
        function = rule_function(rule)
        if function not in self._undecided:
            undecided = self._undecided[function] = defaultdict(list)
            for own, other in self._undecided_rules(function):
                undecided[own.place, own.maker].append(other)
        return self._undecided[function].get((rule.place, rule.maker), [])

    def _shared_calls(self, rule: JuliaMethod) -> Iterator[Question]:
        """Calls that a rule shares with others of the project, where neither is more specific."""
        return chain.from_iterable(self._shared(rule, other) for other in self._crossing(rule))

    def _shared(self, rule: JuliaMethod, other: JuliaMethod) -> Iterator[Question]:
        """Calls that two rules of the project share."""
        # What is made up for the rules of a whole system would mostly be calls that nobody makes.
        if self._rules.is_rule_collection or (other.place, other.maker) not in self._written:
            return
        own, theirs = self._tables.calls(rule), self._tables.calls(other)
        met = intersect(own, theirs) if own is not None and theirs is not None else BOTTOM
        for call in self._rules.made_up(rule_function(rule), met) if met is not BOTTOM else ():
            # `vcat(::Mine...)` and `vcat(::Yours...)` meet where nothing is given: nobody calls that.
            if len(call.types) > 1 and self._rules.runs(call):
                yield call

    @cached_property
    def _written(self) -> set[tuple[Place, str]]:
        """Where the project's rules stand, each with its maker: what one of them makes may have another's name."""
        return {(m.place, m.maker) for m in map(self._rules.method, self._entries)}

    def _undecided_rules(self, function: str) -> Iterator[tuple[JuliaMethod, JuliaMethod]]:
        """The project's rules for a function with each that shares a call with them, neither being more specific."""
        for table in (RRULE, PULLBACK):
            rules = [
                (m, signature)
                for m in self._tables.tables[table].taking(function)
                if (signature := self._rules.library.signature(m)) is not None
            ]
            for own, left in rules:
                if (own.place, own.maker) in self._written:
                    yield from ((own, other) for other, right in rules if _are_undecided(left, right))

    def as_meant(self, entry: Entry) -> tuple[Walker, str]:
        """The walks as they would be if an opt-out's `rrule` were that of ChainRulesCore, which was meant."""
        rule = self._rules.method(entry)
        local = self._rules.chain.local_half(rule) if rule.maker == OPT_OUT else None
        if local is None:
            return self._walker, ""
        made = replace(local, function=RRULE, self_type=("typeof", RRULE))
        return self._walker.having(self._rules.entry(made)), "once `rrule` is imported from ChainRulesCore"

    def named_in(self, entry: Entry) -> set[str] | None:
        """What a rule's signature names; None where not all of it is known, or another check says what is wrong."""
        rule = self._rules.method(entry)
        if self._rules.is_rule_collection or rule.when or self._is_strange(rule):
            return None
        if any(argument in KINDS for argument in rule.arguments[:2]):
            return None
        names = set(_names((*rule.arguments, rule.variables)))
        return {name for name in names if name is not None} if None not in names else None

    def _is_strange(self, rule: JuliaMethod) -> bool:
        """Whether a rule is for a function of a package that was not read, which may be the project's as well."""
        function = rule_function(rule)
        if not behind_function(rule) or self._rules.methods.owns(function):
            return False
        return not self._rules.program.environment.methods(function)


def _names(expr: object) -> Iterator[str | None]:
    """The functions and types that a type expression names; None for what is not known."""
    if not isinstance(expr, tuple) or not expr:
        return
    if expr[0] in ("name", "typeof") and len(expr) == 2:
        yield str(expr[1])
    elif expr[0] == "unknown":
        yield None
    else:
        for part in expr:
            yield from _names(part)


def _are_undecided(left: Term, right: Term) -> bool:
    """Whether two signatures may take the same call, and neither is the more specific."""
    if left is right or obviously_disjoint(left, right):
        return False
    return not more_specific(left, right) and not more_specific(right, left) and intersects(left, right)
