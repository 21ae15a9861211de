"""What checks ask of the project's own rules: calls that they take, what they meet, and what they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from rulecheck.dispatch.parametric import (
    BOTTOM,
    MethodClaim,
    Term,
    equal,
    intersect,
    intersects,
    more_specific,
    subtype,
)
from rulecheck.dispatch.parametric.term_predicates import obviously_disjoint
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.model.entries import CallWalk, Entry, EntryKind, Question
from rulecheck.model.verdicts import Obstacle
from rulecheck.model.walker import Walker
from rulecheck.place import Place
from rulecheck.systems.zygote.display import call_text
from rulecheck.systems.zygote.layers import ADJOINT_LAYER
from rulecheck.systems.zygote.library import (
    NO_DERIVATIVE,
    NO_RRULE,
    PULLBACK,
    RRULE,
    is_config,
    is_local_half,
    rule_target,
    spelled,
)
from rulecheck.systems.zygote.tables import rule_function

if TYPE_CHECKING:
    from rulecheck.systems.zygote.model import ZygoteModel

# What `typeof(T)` is for a type T.
KINDS = (("name", "Core.UnionAll"), ("name", "Core.DataType"))
FRULES = ("ChainRulesCore.frule", "ChainRulesCore.no_frule")


class ZygoteAudit:
    """Questions about the entries of one model."""

    def __init__(self, model: ZygoteModel) -> None:
        self._model = model
        # By the identity of opt-outs: whether no rule that they can switch off shares a call with them.
        self._beyond: dict[int, bool] = {}
        # By function: where its rules stand that may meet another one, each with its maker.
        self._undecided: dict[str, dict[tuple[Place, str], list[JuliaMethod]]] = {}

    def questions(self, entry: Entry) -> Iterator[Question]:
        """Calls that a rule's own signature takes, and for which there is a method to run."""
        return (q for q in self._calls(entry) if isinstance(self._model.tables.primal(q), MethodClaim))

    def _calls(self, entry: Entry) -> Iterator[Question]:
        """The same with those for which methods are ambiguous: they raise without a rule, and not with one."""
        rule = self._model.method(entry)
        function = rule_function(rule)
        signature = self._model.tables.call_signature(rule)
        if signature is not None and function != rule.function:
            yield from self._made(function, signature)

    def _made(self, function: str, signature: Term) -> Iterator[Question]:
        """Calls made up from a signature, for which there are methods."""
        for types in self._model.witness_types.calls(signature):
            question = Question(function, types, call_text(function, types[1:]))
            if self._model.tables.primal(question) is not None:
                yield question

    def hindrance(self, entry: Entry) -> Obstacle | None:
        """What is wrong with an opt-out as it is written, so that it switches nothing off."""
        rule = self._model.method(entry)
        if rule.function in FRULES:
            return self._without_tangents(rule) if entry.kind is EntryKind.OPT_OUT else None
        made = self._local_half(rule) if rule.maker == "@opt_out" and self.is_judged(entry) else None
        return Obstacle(self._halved(entry, made)) if made is not None else None

    def is_judged(self, entry: Entry) -> bool:
        """Whether everything that an entry names is known, and nothing is to be said of it for its kind."""
        rule = self._model.method(entry)
        if rule.function not in (RRULE, NO_RRULE, PULLBACK) or rule.maker in NO_DERIVATIVE:
            return False
        return not self._model.is_rule_collection and self._is_known(rule)

    def witnesses(self, entry: Entry, other: Entry | None) -> Iterator[Question]:
        """Calls that an entry takes, with those for which methods are ambiguous: they raise without a rule alone."""
        return self._calls(entry) if other is None else self._shared(entry, other)

    def _halved(self, entry: Entry, made: JuliaMethod) -> str:
        """What comes of an opt-out whose `rrule` is not that of ChainRulesCore."""
        reason = f"`rrule` is not imported here, so that the macro makes a new function `{made.function}`"
        winners = (self._model.walk(question).winner for question in self.questions(entry))
        if any(w is not None and self._model.tables.is_universal(self._model.method(w)) for w in winners):
            reason += "; calls that no other rule takes fail, as Zygote then expects a rule and gets `nothing`"
        return reason

    def rivals(self, entry: Entry) -> Iterator[Entry]:
        """The rules and adjoints that share calls with an entry."""
        return map(self._model.entry, self._claimants(self._model.method(entry)))

    def is_out_of_reach(self, entry: Entry) -> bool:
        """Whether every rule that shares calls with an opt-out takes a configuration, which it does not."""
        opt_out = self._model.method(entry)
        if entry.kind is not EntryKind.OPT_OUT or _takes_configuration(opt_out):
            return False
        if id(entry) not in self._beyond:
            rules = [other for other in self._claimants(opt_out) if other.function == RRULE]
            self._beyond[id(entry)] = bool(rules) and all(map(_takes_configuration, rules))
        return self._beyond[id(entry)]

    def _is_known(self, rule: JuliaMethod) -> bool:
        """Whether everything that a rule names is known, so that an answer can be trusted."""
        names = self._model.library.incomplete
        if self._is_strange(rule):
            return False  # it may be another name of a function that has rules
        return not (names and any(_mentions(a, names) for a in (*rule.arguments, rule.variables)))

    def _local_half(self, rule: JuliaMethod) -> JuliaMethod | None:
        """The `rrule` that an opt-out made where it is not the one of ChainRulesCore."""
        if rule.function != NO_RRULE or self._model.library.qualifies_opt_outs:
            return None
        local = (m for m in self._model.program.owned_methods if is_local_half(m) and m.place == rule.place)
        return next(local, None)

    def _claimants(self, rule: JuliaMethod) -> Iterator[JuliaMethod]:
        """The rules and adjoints, others than an opt-out's own, that share a call with it."""
        tables, function = self._model.tables, rule_function(rule)
        own = tables.call_signature(rule)
        for table in (RRULE, PULLBACK):
            for other in self._model.library.rules(table, function):
                if other.maker == "@opt_out" or tables.is_universal(other) or tables.is_generated(other):
                    continue
                if tables.is_redispatch(other):
                    continue
                theirs = tables.call_signature(other)
                if own is None or theirs is None or intersects(own, theirs):
                    yield other

    def replaced(self) -> Iterator[tuple[Entry, Entry]]:
        """Rules and opt-outs of the project whose signature is written again in another place."""
        for table in (RRULE, PULLBACK):
            by_function: dict[str, list[JuliaMethod]] = defaultdict(list)
            for method in self._model.program.owned_methods:
                if method.function == table and method.certain and not method.when and method.kind != "keyword rule":
                    by_function[rule_target(table, method)].append(method)
            for methods in by_function.values():
                yield from self._replaced_among(methods)

    def _replaced_among(self, methods: list[JuliaMethod]) -> Iterator[tuple[Entry, Entry]]:
        for position, method in enumerate(methods):
            own = self._model.library.signature(method)
            for later in methods[position + 1 :]:
                theirs = self._model.library.signature(later)
                if method.place != later.place and own is not None and theirs is not None and equal(own, theirs):
                    yield self._reported(method), self._reported(later)
                    break

    def _reported(self, method: JuliaMethod) -> Entry:
        """The entry that stands for a method: an opt-out's other half for the half in `rrule`."""
        if method.maker == "@opt_out":
            for other in self._model.program.owned_methods:
                if other.function == NO_RRULE and other.place == method.place:
                    return self._model.entry(other)
        return self._model.entry(method)

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
        left, right = (self._model.library.signature(self._model.method(e)) for e in (entry, first))
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
        calls = self._model.tables.call_signature
        left, right = calls(self._model.method(narrow)), calls(self._model.method(wide))
        return left is not None and right is not None and subtype(left, right)

    def _is_configured(self, entry: Entry) -> bool:
        return _takes_configuration(self._model.method(entry))

    def crossing(self, entry: Entry) -> Iterator[Entry]:
        """The rules that share a call with an entry, neither being more specific: most have none."""
        return map(self._model.entry, self._crossing(self._model.method(entry)))

    def _crossing(self, rule: JuliaMethod) -> list[JuliaMethod]:
        function = rule_function(rule)
        if function not in self._undecided:
            undecided = self._undecided[function] = defaultdict(list)
            for own, other in self._undecided_rules(function):
                undecided[own.place, own.maker].append(other)
        return self._undecided[function].get((rule.place, rule.maker), [])

    def shared(self, entry: Entry) -> Iterator[Question]:
        """Calls that an entry shares with others of the project, where neither is more specific."""
        return chain.from_iterable(self._shared(entry, other) for other in self.crossing(entry))

    def _shared(self, entry: Entry, other: Entry) -> Iterator[Question]:
        """Calls that two entries of the project share."""
        rule, theirs = self._model.method(entry), self._model.method(other)
        # What is made up for the rules of a whole system would mostly be calls that nobody makes.
        if self._model.is_rule_collection or (theirs.place, theirs.maker) not in self._written:
            return
        signatures = [self._model.tables.call_signature(m) for m in (rule, theirs)]
        met = intersect(*signatures) if None not in signatures else BOTTOM
        for question in self._made(rule_function(rule), met) if met is not BOTTOM else ():
            # `vcat(::Mine...)` and `vcat(::Yours...)` meet where nothing is given: nobody calls that.
            if len(question.types) > 1 and isinstance(self._model.tables.primal(question), MethodClaim):
                yield question

    @cached_property
    def _written(self) -> set[tuple[Place, str]]:
        """Where the project's rules stand, each with its maker: what one of them makes may have another's name."""
        return {(m.place, m.maker) for m in map(self._model.method, self._model.entries())}

    def _undecided_rules(self, function: str) -> Iterator[tuple[JuliaMethod, JuliaMethod]]:
        """The project's rules for a function with each that shares a call with them, neither being more specific."""
        for table in (RRULE, PULLBACK):
            rules = [
                (m, signature)
                for m in self._model.library.rules_taking(table, function)
                if (signature := self._model.library.signature(m)) is not None
            ]
            for own, left in rules:
                if (own.place, own.maker) in self._written:
                    yield from ((own, other) for other, right in rules if _are_undecided(left, right))

    def as_meant(self, entry: Entry) -> tuple[Walker, str]:
        """The walks as they would be if an opt-out's `rrule` were that of ChainRulesCore, which was meant."""
        rule, walker = self._model.method(entry), self._model.walker
        local = self._local_half(rule) if rule.maker == "@opt_out" and rule.function == NO_RRULE else None
        if local is None:
            return walker, ""
        made = replace(local, function=RRULE, self_type=("typeof", RRULE))
        return walker.having(self._model.entry(made)), "once `rrule` is imported from ChainRulesCore"

    def named_in(self, entry: Entry) -> set[str] | None:
        """What a rule's signature names; None where not all of it is known, or another check says what is wrong."""
        rule = self._model.method(entry)
        if self._model.is_rule_collection or rule.when or self._is_strange(rule):
            return None
        if any(argument in KINDS for argument in rule.arguments[:2]):
            return None
        names = set(_names((*rule.arguments, rule.variables)))
        return {name for name in names if name is not None} if None not in names else None

    def _is_strange(self, rule: JuliaMethod) -> bool:
        """Whether a rule is for a function of a package that was not read, which may be the project's as well."""
        function = next((str(a[1]) for a in rule.arguments[:2] if a[0] == "typeof"), None)
        if function is None or self._model.owns(function):
            return False
        return not self._model.program.environment.methods(function)


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


def _takes_configuration(rule: JuliaMethod) -> bool:
    return bool(rule.arguments) and is_config(rule.arguments[0], rule.variables)


def _are_undecided(left: Term, right: Term) -> bool:
    """Whether two signatures may take the same call, and neither is the more specific."""
    if left is right or obviously_disjoint(left, right):
        return False
    return not more_specific(left, right) and not more_specific(right, left) and intersects(left, right)


def _mentions(expr: object, names: set[str]) -> bool:
    """Whether a type expression names one of the types."""
    if not isinstance(expr, tuple) or not expr:
        return False
    return (expr[0] == "name" and spelled(str(expr[1])) in names) or any(_mentions(part, names) for part in expr)
