"""Rules that are not written yet, tried on the tables: what becomes of calls with one in place.

Trials that differ only in types that no rule tells apart end alike: one is made for all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from rulecheck.dispatch import Outcome, Step
from rulecheck.dispatch.parametric import AmbiguousMethods, ParametricError, Term
from rulecheck.dispatch.parametric.overlap_index import OverlapIndex
from rulecheck.languages.julia.facts import JuliaMethod, TypeExpr
from rulecheck.model.entries import Entry, Question
from rulecheck.model.walker import Change, Walker
from rulecheck.systems.zygote.layers import RULED, TRACE
from rulecheck.systems.zygote.library import HANDS_ON, NO_RRULE, PULLBACK, RRULE, is_config, tuple_type
from rulecheck.systems.zygote.spelling import Signature

if TYPE_CHECKING:
    from rulecheck.systems.zygote.model import ZygoteModel

Types = tuple[object, ...]
CONTEXT: TypeExpr = ("name", "ZygoteRules.AContext")


class Fate(NamedTuple):
    """Where a call ends, as far as rules decide that: at the trace where none of them answers."""

    layer: str
    outcome: Outcome
    # Whether the rule that is tried answers.
    by_trial: bool


class RuleTrials:
    """What trials on the tables of one model told."""

    def __init__(self, model: ZygoteModel) -> None:
        self.model = model
        self.fates: dict[Hashable, Sequence[Fate]] = {}
        self._written: dict[str, OverlapIndex[JuliaMethod]] = {}

    def written(self, function: str) -> OverlapIndex[JuliaMethod]:
        """The project's own rules for a function, by the calls that they answer."""
        found = self._written.get(function)
        if found is None:
            library, tables = self.model.library, self.model.tables
            rules = (rule for table in (RRULE, PULLBACK) for rule in library.rules(table, function))
            owned = filter(self.model.program.is_owned, rules)
            terms = ((rule, tables.call_signature(rule)) for rule in owned)
            found = self._written[function] = OverlapIndex((rule, term) for rule, term in terms if term is not None)
        return found

    def opt_out(
        self, function: str, signature: Signature, rule: JuliaMethod, without: JuliaMethod | None = None
    ) -> TrialRule:
        """An opt-out of a rule; `without` is one that it stands in the place of."""
        return _OptOut(self, function, signature, rule, without)

    def adjoint(self, function: str, signature: Signature, rule: JuliaMethod) -> TrialRule:
        """An adjoint in front of a rule."""
        return _Adjoint(self, function, signature, rule)

    def forward(
        self, function: str, signature: Signature, rule: JuliaMethod, beside: TrialRule | None = None
    ) -> TrialForward:
        """What hands calls on past an adjoint to the next layers, with an opt-out beside it or none."""
        return TrialForward(self, function, signature, rule, beside)


class TrialRule(ABC):
    """A rule for the calls of a function with a signature, put in place because of another `rule`."""

    def __init__(
        self,
        trials: RuleTrials,
        function: str,
        signature: Signature,
        rule: JuliaMethod,
        without: JuliaMethod | None = None,
    ) -> None:
        self._model = trials.model
        self._trials = trials
        self._known = trials.fates
        self._function = function
        self._signature = signature
        self._rule = rule
        self._without = without

    @abstractmethod
    def _made(self) -> tuple[JuliaMethod, ...]:
        """The methods that would be written."""

    @cached_property
    def taken(self) -> Term | None:
        """The calls that it would answer; None where it names something that is not known."""
        arguments = (("typeof", self._function), *self._signature.arguments)
        try:
            return self._model.library.terms.of(tuple_type(arguments, self._signature.variables))
        except ParametricError:
            return None

    def ends(self, questions: Sequence[Question]) -> bool:
        """Whether with it in place each of the calls is traced, and none that it takes is ambiguous."""
        if self.taken is None:
            return False
        others = self._others()
        fates = self._fates([*(question.types for question in questions), *others])
        count = len(questions)
        if any(fate.layer != TRACE for fate in fates[:count]):
            return False
        if any(fate.outcome is Outcome.AMBIGUOUS for fate in fates[count:]):
            return False
        return not any(map(self._cannot_run, questions))

    def _others(self) -> Iterable[Types]:
        """Calls made up from what it takes."""
        return chain(self._model.witness_types.calls(self.taken), self._met()) if self.taken is not None else ()

    def _met(self) -> Iterator[Types]:
        """Calls that it shares with rules that the project has."""
        for _, met in self._trials.written(self._function).meeting(self.taken) if self.taken is not None else ():
            yield from self._model.witness_types.calls(met)

    def answers(self, questions: Sequence[Question]) -> bool:
        """Whether with it in place none of the calls is ambiguous, and none that it shares with the project's rules."""
        if self.taken is None:
            return False
        fates = self._fates([*(question.types for question in questions), *self._met()])
        if any(fate.outcome is Outcome.AMBIGUOUS for fate in fates):
            return False
        ends = zip(questions, fates, strict=False)
        return not any(fate.layer == TRACE and self._cannot_run(question) for question, fate in ends)

    def captures(self, question: Question) -> bool:
        """Whether it answers a call."""
        return self._fates([question.types])[0].by_trial

    def _cannot_run(self, question: Question) -> bool:
        """Whether methods of ordinary dispatch cannot choose."""
        return isinstance(self._model.tables.primal(question), AmbiguousMethods)

    def _fates(self, calls: Sequence[Types]) -> Sequence[Fate]:
        """What becomes of calls, by the types of their arguments, the function's own first."""
        key = self._likeness(calls) if self._without is None else None
        if key is None:
            return list(map(self._fate, calls))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = list(map(self._fate, calls))
        return found

    def _likeness(self, calls: Sequence[Types]) -> Hashable:
        """What it and the calls have in common with all that end as they do."""
        if self.taken is None:
            return None
        like = self._model.tables.likeness(self._function, chain((self.taken,), *calls))  # type: ignore[arg-type]
        return None if like is None else (type(self), id(self._rule), tuple(map(len, calls)), like)

    def _fate(self, types: Types) -> Fate:
        end = self._end(Question(self._function, types, ""))
        if end is None:
            return Fate(TRACE, Outcome.CLAIMS, False)
        answering = self._model.method(end.entries[0]) if end.entries else None
        own = end.outcome is Outcome.CLAIMS and any(answering is method for method in self._methods)
        return Fate(end.layer, end.outcome, own)

    @cached_property
    def _methods(self) -> tuple[JuliaMethod, ...]:
        return self._made()

    @cached_property
    def _walker(self) -> Walker:
        added = tuple(map(self._model.entry, self._methods))
        without = () if self._without is None else (self._model.entry(self._without),)
        return self._model.walker.after(Change(without, added))

    def _end(self, question: Question) -> Step[Entry] | None:
        """Which rule answers a call, as far as rules decide that."""
        return self._walker.end(question, RULED)


class _OptOut(TrialRule):
    def _made(self) -> tuple[JuliaMethod, ...]:
        """The two methods that `@opt_out rrule(...)` makes."""
        rule, signature = self._rule, self._signature
        config = rule.arguments[:1] if is_config(rule.arguments[0], rule.variables) else ()
        used = tuple(v for v in rule.variables if config and config[0] == ("var", v[0]))
        made = replace(
            rule, function=RRULE, self_type=("typeof", RRULE), maker="@opt_out", names=(),
            arguments=(*config, ("typeof", self._function), *signature.arguments),
            variables=(*used, *signature.variables),
        )  # fmt: skip
        return made, replace(made, function=NO_RRULE, self_type=("typeof", NO_RRULE))


class _Adjoint(TrialRule):
    def _made(self) -> tuple[JuliaMethod, ...]:
        arguments = (CONTEXT, ("typeof", self._function), *self._signature.arguments)
        made = replace(
            self._rule, function=PULLBACK, self_type=("typeof", PULLBACK), maker="@adjoint", names=(),
            arguments=arguments, variables=self._signature.variables,
        )  # fmt: skip
        return (made,)


class TrialForward(TrialRule):
    """A `_pullback` that hands its calls on to Zygote's own, which asks for rules next."""

    def __init__(
        self, trials: RuleTrials, function: str, signature: Signature, rule: JuliaMethod, beside: TrialRule | None
    ) -> None:
        super().__init__(trials, function, signature, rule)
        self._beside = beside

    def behind(self, questions: Sequence[Question]) -> JuliaMethod | None:
        """The first rule that answers one of the calls all the same."""
        for question, fate in zip(questions, self._fates([q.types for q in questions]), strict=True):
            end = self._end(question) if fate.layer != TRACE else None
            if end is not None:
                return self._model.method(end.entries[0])
        return None

    def _others(self) -> Iterable[Types]:
        return (*super()._others(), *(self._beside._others() if self._beside is not None else ()))

    def _likeness(self, calls: Sequence[Types]) -> Hashable:
        if self._beside is None:
            return super()._likeness(calls)
        taken = (self.taken, self._beside.taken)
        if None in taken:
            return None
        like = self._model.tables.likeness(self._function, chain(taken, *calls))  # type: ignore[arg-type]
        key = (type(self), id(self._rule), id(self._beside._rule), tuple(map(len, calls)))
        return None if like is None else (*key, like)

    def _made(self) -> tuple[JuliaMethod, ...]:
        arguments = (CONTEXT, ("typeof", self._function), *self._signature.arguments)
        made = replace(
            self._rule, function=PULLBACK, self_type=("typeof", PULLBACK), maker=HANDS_ON, names=(),
            arguments=arguments, variables=self._signature.variables,
        )  # fmt: skip
        return (made, *(self._beside._methods if self._beside is not None else ()))
