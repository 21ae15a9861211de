"""The places in which Zygote looks for a derivative, in its order: adjoint, rrule, types-only, trace.

What each one does was checked by running Julia; see the oracle tests. A question's types are terms, the function's own
type first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING

from rulecheck.dispatch import Outcome, Step
from rulecheck.dispatch.parametric import AmbiguousMethods, MethodClaim, equal, subtype
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.model.entries import Entry, Question
from rulecheck.model.walker import Layer
from rulecheck.systems.zygote.library import NO_RRULE, PULLBACK, RRULE

if TYPE_CHECKING:
    from rulecheck.systems.zygote.tables import Tables

ADJOINT_LAYER, RRULE_LAYER, TYPES_LAYER, TRACE = "adjoint", "rrule", "types-only", "trace"
# All that are asked before the code of the call.
RULED = (ADJOINT_LAYER, RRULE_LAYER, TYPES_LAYER)

# Why the universal rule answers: an opt-out made a `rrule` of its own, so that only `no_rrule` knows of it.
NOTHING = "an opt-out has no `rrule` of its signature beside it: Zygote expects a rule, gets `nothing`, and fails"

# What is traced is the call itself, which fails as it does without a derivative.
NO_METHOD = "no method takes these types: the call itself raises a MethodError, with a derivative or without"


class Layers:
    """The four layers over one set of tables."""

    def __init__(self, tables: Tables, entry: Callable[[JuliaMethod], Entry]) -> None:
        self._tables = tables
        self._entry = entry

    def all(self) -> tuple[_Layer, ...]:
        """The layers, in the order in which they are asked."""
        return (
            _Layer(ADJOINT_LAYER, self.adjoint, self._tables, (PULLBACK,)),
            _Layer(RRULE_LAYER, self.rrule, self._tables, (RRULE, NO_RRULE)),
            _Layer(TYPES_LAYER, self.types_only, self._tables),
            _Layer(TRACE, self.trace, self._tables),
        )

    def _step(self, layer: str, outcome: Outcome, methods: Iterable[JuliaMethod] = (), reason: str = "") -> Step[Entry]:
        return Step(layer, outcome, tuple(self._entry(m) for m in methods), reason)

    def adjoint(self, call: Question) -> Step[Entry]:
        """Any method of `_pullback` but Zygote's generated fallback."""
        found = self._tables.pullback(call)
        if isinstance(found, AmbiguousMethods):
            return self._step(ADJOINT_LAYER, Outcome.AMBIGUOUS, _methods(found))
        if found is None or self._tables.is_generated(found.method.value):
            return self._step(ADJOINT_LAYER, Outcome.DECLINES)
        if self._tables.library.hands_on(found.method.value):
            return self._step(ADJOINT_LAYER, Outcome.DECLINES, (found.method.value,), "handed on")
        return self._step(ADJOINT_LAYER, Outcome.CLAIMS, (found.method.value,))

    def rrule(self, call: Question) -> Step[Entry]:
        """Configured rules first, then plain ones; an opt-out counts only with exactly the rule's own signature.

        No rule means that both tables have nothing but their universal entries, which are opposites too.
        """
        found = self._tables.lookup(RRULE, call, configured=True)
        configured = found is not None
        if isinstance(found, MethodClaim) and self._tables.is_redispatch(found.method.value):
            configured = False
        if not configured:
            found = self._tables.lookup(RRULE, call, configured=False)
        if isinstance(found, AmbiguousMethods):
            return self._step(RRULE_LAYER, Outcome.AMBIGUOUS, _methods(found))
        if found is None:
            return self._step(RRULE_LAYER, Outcome.DECLINES)
        rule, none = found.method.value, self._tables.is_universal(found.method.value)
        opposite = self._tables.lookup(NO_RRULE, call, configured)
        if isinstance(opposite, MethodClaim) and self._same_signature(rule, opposite.method.value):
            if none:
                return self._step(RRULE_LAYER, Outcome.DECLINES)
            return self._step(RRULE_LAYER, Outcome.DECLINES, (opposite.method.value,), "opted out")
        return self._step(RRULE_LAYER, Outcome.CLAIMS, (rule,), NOTHING if none else "")

    def _same_signature(self, rule: JuliaMethod, opposite: JuliaMethod) -> bool:
        """Whether two signatures are type-equal beyond the names of the two functions."""
        left, right = self._tables.beyond_name(rule), self._tables.beyond_name(opposite)
        return left is not None and right is not None and equal(left, right)

    def types_only(self, call: Question) -> Step[Entry]:
        """A call of a type with nothing but types is run as it is, without a derivative."""
        if all(subtype(term, self._tables.any_type) for term in call.types):  # type: ignore[arg-type]
            return self._step(TYPES_LAYER, Outcome.CLAIMS)
        return self._step(TYPES_LAYER, Outcome.DECLINES)

    def trace(self, call: Question) -> Step[Entry]:
        """The method that ordinary dispatch runs is differentiated."""
        found = self._tables.primal(call)
        if isinstance(found, AmbiguousMethods):
            return self._step(TRACE, Outcome.AMBIGUOUS, _methods(found))
        if found is None:
            return self._step(TRACE, Outcome.CLAIMS, (), NO_METHOD)
        return self._step(TRACE, Outcome.CLAIMS, (found.method.value,))


class _Layer(Layer):
    """One layer; `looks_in` names the rule tables that its answer hangs on."""

    def __init__(
        self,
        name: str,
        answer: Callable[[Question], Step[Entry]],
        tables: Tables,
        looks_in: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.changed = not tables.replaced.isdisjoint(looks_in)
        self._answer = answer
        self._tables = tables
        self._looks_in = looks_in

    def answer(self, call: Question, /) -> Step[Entry]:
        """What the layer says of a call."""
        return self._answer(call)

    def sees(self, call: Question, /) -> Hashable:
        """A call as far as rules tell it from others."""
        return call.function, self._tables.view(call) if self._looks_in else call.types


def _methods(found: AmbiguousMethods[JuliaMethod]) -> list[JuliaMethod]:
    return [m.value for m in found.methods]
