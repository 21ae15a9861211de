"""The places in which Zygote looks for a derivative, in its order: adjoint, rrule, types-only, trace.

What each one does was checked by running Julia; see the oracle tests. A question's types are terms, the function's own
type first.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from rulecheck.dispatch import Outcome, Step
from rulecheck.dispatch.parametric import AmbiguousMethods, subtype
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.kit.rule_tables import RuleTables
from rulecheck.model.entries import Entry, Question
from rulecheck.model.walker import Change, Layer
from rulecheck.systems.shared.chain_rules import NO_RRULE, RRULE, both_halves
from rulecheck.systems.shared.julia_rules import terms_of
from rulecheck.systems.zygote.rules import (
    ADJOINT_LAYER,
    PULLBACK,
    RRULE_LAYER,
    TRACE,
    TYPES_LAYER,
    ZygoteRules,
    is_generated,
)

# The layers that rules decide: what they decline is traced.
RULE_LAYERS = (ADJOINT_LAYER, RRULE_LAYER, TYPES_LAYER)
# What is traced is the call itself, which fails as it does without a derivative.
NO_METHOD = "no method takes these types: the call itself raises a MethodError, with a derivative or without"


def layers(rules: ZygoteRules, change: Change) -> tuple[Layer, ...]:
    """The layers, in the order in which they are asked."""
    tables = rules.tables
    if change:
        added, without = (
            [made for entry in entries for made in both_halves(rules.method(entry))]
            for entries in (change.added, change.without)
        )
        tables = tables.after(added, without)
    view = _View(tables)
    return (
        AdjointLayer(rules, tables, view),
        RruleLayer(rules, tables, view),
        TypesLayer(rules, tables, view),
        TraceLayer(rules, tables, view),
    )


class _View:
    """What rules see of a call, and what others have in common with that."""

    def __init__(self, tables: RuleTables) -> None:
        self._tables = tables
        self._known: dict[Hashable, Hashable] = {}
        # Each layer asks in turn.
        self._last: tuple[Question | None, Hashable] = (None, None)

    def of(self, call: Question) -> Hashable:
        """The same for all calls that rules cannot tell apart."""
        if self._last[0] is not call:
            self._last = (call, self._of(call))
        return self._last[1]

    def _of(self, call: Question) -> Hashable:
        seen = (call.function, self._tables.seen(call.function, terms_of(call)))
        found = self._known.get(seen)
        if found is None:
            like = None if self._tables.changed else self._tables.likeness(*seen)
            found = self._known[seen] = seen if like is None else (call.function, like)
        return found


class ZygoteLayer(Layer):
    """One layer; `looks_in` names the rule tables that its answer hangs on."""

    looks_in: tuple[str, ...] = ()

    def __init__(self, rules: ZygoteRules, tables: RuleTables, view: _View) -> None:
        self._rules = rules
        self._tables = tables
        self._view = view
        self.changed = not tables.changed.isdisjoint(self.looks_in)

    def sees(self, call: Question) -> Hashable:
        """What rules see of a call."""
        return self._view.of(call)

    def _step(self, outcome: Outcome, methods: Iterable[JuliaMethod] = (), reason: str = "") -> Step[Entry]:
        return Step(self.name, outcome, tuple(map(self._rules.entry, methods)), reason)


class AdjointLayer(ZygoteLayer):
    """Any method of `_pullback` but Zygote's generated fallback."""

    name = ADJOINT_LAYER
    looks_in = (PULLBACK,)

    def answer(self, call: Question) -> Step[Entry]:
        """What `_pullback(context, f, args...)` runs."""
        found = self._tables.lookup(PULLBACK, call.function, terms_of(call), (self._rules.context,))
        if isinstance(found, AmbiguousMethods):
            return self._step(Outcome.AMBIGUOUS, (m.value for m in found.methods))
        if found is None or is_generated(found.method.value):
            return self._step(Outcome.DECLINES)
        if self._rules.hands_on(found.method.value):
            return self._step(Outcome.DECLINES, (found.method.value,), "handed on")
        return self._step(Outcome.CLAIMS, (found.method.value,))


class RruleLayer(ZygoteLayer):
    """The rules of ChainRulesCore and their opt-outs, asked with Zygote's configuration."""

    name = RRULE_LAYER
    looks_in = (RRULE, NO_RRULE)

    def answer(self, call: Question) -> Step[Entry]:
        """What the table says."""
        found = self._rules.chain.answer(self._tables, call.function, terms_of(call), self._rules.config)
        return self._step(*found)


class TypesLayer(ZygoteLayer):
    """A call of a type with nothing but types is run as it is, without a derivative."""

    name = TYPES_LAYER

    def answer(self, call: Question) -> Step[Entry]:
        """Claim such a call."""
        type_ = self._rules.library.declarations.named("Type")
        claims = all(subtype(term, type_) for term in terms_of(call))
        return self._step(Outcome.CLAIMS if claims else Outcome.DECLINES)


class TraceLayer(ZygoteLayer):
    """The method that ordinary dispatch runs is differentiated."""

    name = TRACE

    def sees(self, call: Question) -> Hashable:
        """The whole of a call."""
        return call.function, call.types

    def answer(self, call: Question) -> Step[Entry]:
        """Claim every call."""
        found = self._rules.methods.primal(call.function, terms_of(call))
        if isinstance(found, AmbiguousMethods):
            return self._step(Outcome.AMBIGUOUS, (m.value for m in found.methods))
        if found is None:
            return self._step(Outcome.CLAIMS, (), NO_METHOD)
        return self._step(Outcome.CLAIMS, (found.method.value,))
