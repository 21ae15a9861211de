"""The places in which Zygote looks for a derivative, in its order: adjoint, rrule, types-only, trace.

What each one does was checked by running Julia; see the oracle tests. A question's types are terms, the function's own
type first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from rulecheck.dispatch import Outcome, Step, Walk
from rulecheck.dispatch.parametric import AmbiguousMethods, MethodClaim, Term, equal, subtype
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.model.entries import CallWalk, Entry, Question
from rulecheck.systems.zygote.library import NO_RRULE, PULLBACK, RRULE

if TYPE_CHECKING:
    from rulecheck.systems.zygote.tables import Tables

ADJOINT_LAYER, RRULE_LAYER, TYPES_LAYER, TRACE = "adjoint", "rrule", "types-only", "trace"

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
            _Layer(ADJOINT_LAYER, self.adjoint, (PULLBACK,)),
            _Layer(RRULE_LAYER, self.rrule, (RRULE, NO_RRULE)),
            _Layer(TYPES_LAYER, self.types_only),
            _Layer(TRACE, self.trace),
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


class _Layer:
    """One layer; `looks_in` names the rule tables that its answer hangs on."""

    def __init__(self, name: str, answer: Callable[[Question], Step[Entry]], looks_in: tuple[str, ...] = ()) -> None:
        self.name = name
        self.answer = answer
        self.looks_in = looks_in


class Walks:
    """Walks through the layers over one set of tables, each taken once.

    What rules say is asked once for all calls that they cannot tell apart. Where the tables are those of `before` with
    some replaced, only the layers that look in these are asked again.
    """

    def __init__(self, tables: Tables, entry: Callable[[JuliaMethod], Entry], before: Walks | None = None) -> None:
        *layers, self._trace = Layers(tables, entry).all()
        self._tables = tables
        self._before = before
        self._layers = [(layer, not tables.replaced.isdisjoint(layer.looks_in)) for layer in layers]
        # What rules say, by what they see of a call, and by what others have in common with that.
        self._ruled: dict[tuple[str, Hashable], tuple[Step[Entry], ...]] = {}
        self._walks: dict[tuple[str, tuple[object, ...]], CallWalk] = {}

    def walk(self, question: Question) -> CallWalk:
        """Ask every layer in turn."""
        asked = (question.function, question.types)
        known = self._walks.get(asked)
        if known is not None:
            return known if known.call is question else Walk(question, known.steps)
        steps = self.ruled(question)
        if steps[-1].outcome is Outcome.DECLINES:
            steps = (*steps, self._trace.answer(question))
        walk = self._walks[asked] = Walk(question, steps)
        return walk

    def ruled(self, question: Question) -> tuple[Step[Entry], ...]:
        """The steps of all layers but the last one: that is asked where the last of these declines."""
        seen = self._tables.seen(question)
        steps = self._ruled.get((question.function, seen))
        if steps is None:
            steps = self._ruled[question.function, seen] = self._ruled_alike(question, seen)
        return steps

    def _ruled_alike(self, question: Question, seen: tuple[Term, ...]) -> tuple[Step[Entry], ...]:
        if self._before is not None:
            return tuple(self._taken(question, {step.layer: step for step in self._before.ruled(question)}))
        key = (question.function, self._tables.likeness(question.function, seen))
        if key[1] is None:
            return tuple(self._taken(question, {}))
        steps = self._ruled.get(key)
        if steps is None:
            steps = self._ruled[key] = tuple(self._taken(question, {}))
        return steps

    def _taken(self, question: Question, known: Mapping[str, Step[Entry]]) -> Iterator[Step[Entry]]:
        for layer, changed in self._layers:
            step = known.get(layer.name)
            if step is None or changed:
                step = layer.answer(question)
            yield step
            if step.outcome is not Outcome.DECLINES:
                return


def _methods(found: AmbiguousMethods[JuliaMethod]) -> list[JuliaMethod]:
    return [m.value for m in found.methods]


__all__ = ["ADJOINT_LAYER", "PULLBACK", "RRULE_LAYER", "TRACE", "TYPES_LAYER", "Walks"]
