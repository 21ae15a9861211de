"""Rules that are not written yet, tried on the walks: what becomes of calls with one in place.

Trials that differ only in types that no rule tells apart end alike: one is made for all of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from rulecheck.dispatch import Outcome
from rulecheck.dispatch.parametric import AmbiguousMethods, Term
from rulecheck.dispatch.parametric.overlap_index import OverlapIndex
from rulecheck.languages.julia.facts import JuliaMethod, TypeExpr
from rulecheck.languages.julia.kit.spelling import Signature
from rulecheck.model.entries import Entry, Question
from rulecheck.model.walker import Change, Walker
from rulecheck.systems.shared.chain_rules import RRULE, opt_out_of
from rulecheck.systems.shared.julia_rules import terms_of
from rulecheck.systems.zygote.layers import RULE_LAYERS
from rulecheck.systems.zygote.rules import HANDS_ON, PULLBACK, TRACE, ZygoteRules

Types = tuple[Term, ...]
CONTEXT: TypeExpr = ("name", "ZygoteRules.AContext")


class Fate(NamedTuple):
    """Where a call ends, as far as rules decide that: at the trace where none of them answers."""

    layer: str
    outcome: Outcome
    # Whether the rule that is tried answers.
    by_trial: bool = False


TRACED = Fate(TRACE, Outcome.CLAIMS)


class Trials:
    """What trials on the walks of one project told."""

    def __init__(self, rules: ZygoteRules, walker: Walker) -> None:
        self.rules = rules
        self.walker = walker
        self.fates: dict[Hashable, Sequence[Fate]] = {}
        self._written: dict[str, OverlapIndex[JuliaMethod]] = {}

    def written(self, function: str) -> OverlapIndex[JuliaMethod]:
        """The project's own rules for a function, by the calls that they answer."""
        found = self._written.get(function)
        if found is None:
            tables = self.rules.tables
            owned = filter(self.rules.program.is_owned, tables.of((RRULE, PULLBACK), function))
            terms = ((rule, tables.calls(rule)) for rule in owned)
            found = self._written[function] = OverlapIndex((rule, term) for rule, term in terms if term is not None)
        return found

    def opt_out(
        self, function: str, signature: Signature, rule: JuliaMethod, without: JuliaMethod | None = None
    ) -> Trial:
        """An opt-out of a rule; `without` is one that it stands in the place of."""
        made, _ = opt_out_of(rule, function, signature)
        return Trial(self, function, signature, rule, made, without)

    def adjoint(self, function: str, signature: Signature, rule: JuliaMethod, maker: str = "@adjoint") -> Trial:
        """An adjoint in front of a rule."""
        made = replace(
            rule, function=PULLBACK, self_type=("typeof", PULLBACK), maker=maker, names=(),
            arguments=(CONTEXT, ("typeof", function), *signature.arguments), variables=signature.variables,
        )  # fmt: skip
        return Trial(self, function, signature, rule, made)

    def handing(self, function: str, signature: Signature, rule: JuliaMethod, beside: Trial | None = None) -> Trial:
        """What hands calls on past an adjoint to the next layers, with an opt-out beside it or none."""
        return replace(self.adjoint(function, signature, rule, HANDS_ON), beside=beside)


@dataclass(eq=False)
class Trial:
    """A rule `made` for calls of a function with a signature, because of another `rule`; one may stand `beside` it."""

    trials: Trials
    function: str
    signature: Signature
    rule: JuliaMethod
    made: JuliaMethod
    without: JuliaMethod | None = None
    beside: Trial | None = None
    _rules: ZygoteRules = field(init=False)

    def __post_init__(self) -> None:
        self._rules = self.trials.rules

    @cached_property
    def taken(self) -> Term | None:
        """The calls that it would answer; None where it names something that is not known."""
        arguments = (("typeof", self.function), *self.signature.arguments)
        return self._rules.library.arguments(arguments, self.signature.variables)

    def ends(self, calls: Sequence[Question]) -> bool:
        """Whether with it in place each of the calls is traced, and none that it takes is ambiguous."""
        if self.taken is None:
            return False
        fates = self._fates([*map(terms_of, calls), *self._others()])
        if any(fate.layer != TRACE for fate in fates[: len(calls)]):
            return False
        if any(fate.outcome is Outcome.AMBIGUOUS for fate in fates[len(calls) :]):
            return False
        return not any(map(self._cannot_run, calls))

    def answers(self, calls: Sequence[Question]) -> bool:
        """Whether with it in place none of the calls is ambiguous, and none that it shares with the project's rules."""
        if self.taken is None:
            return False
        fates = self._fates([*map(terms_of, calls), *self._met()])
        if any(fate.outcome is Outcome.AMBIGUOUS for fate in fates):
            return False
        ends = zip(calls, fates, strict=False)
        return not any(fate.layer == TRACE and self._cannot_run(call) for call, fate in ends)

    def captures(self, call: Question) -> bool:
        """Whether it answers a call."""
        return self._fates([terms_of(call)])[0].by_trial

    def behind(self, calls: Sequence[Question]) -> JuliaMethod | None:
        """The first rule that answers one of the calls all the same."""
        for call, fate in zip(calls, self._fates(list(map(terms_of, calls))), strict=True):
            end = self._walker.end(call, RULE_LAYERS) if fate is not TRACED else None
            if end is not None:
                return self._rules.method(end.entries[0])
        return None

    def _others(self) -> Iterator[Types]:
        """Calls made up from what it takes, and from what stands beside it."""
        yield from self._rules.methods.witnesses.calls(self.taken) if self.taken is not None else ()
        yield from self._met()
        yield from self.beside._others() if self.beside is not None else ()

    def _met(self) -> Iterator[Types]:
        """Calls that it shares with rules that the project has."""
        for _, met in self.trials.written(self.function).meeting(self.taken) if self.taken is not None else ():
            yield from self._rules.methods.witnesses.calls(met)

    def _cannot_run(self, call: Question) -> bool:
        """Whether methods of ordinary dispatch cannot choose."""
        return isinstance(self._rules.methods.primal(call.function, terms_of(call)), AmbiguousMethods)

    def _fates(self, calls: Sequence[Types]) -> Sequence[Fate]:
        """What becomes of calls, by the types of their arguments, the function's own first."""
        key = self._likeness(calls)
        found = self.trials.fates.get(key) if key is not None else None
        if found is None:
            found = list(map(self._fate, calls))
            if key is not None:
                self.trials.fates[key] = found
        return found

    def _likeness(self, calls: Sequence[Types]) -> Hashable:
        """What it and the calls have in common with all that end as they do."""
        parts = (self,) if self.beside is None else (self, self.beside)
        taken = [part.taken for part in parts if part.taken is not None]
        if len(taken) < len(parts) or self.without is not None:
            return None
        like = self._rules.tables.likeness(self.function, chain(taken, *calls))
        key = (*((part.made.maker, id(part.rule)) for part in parts), tuple(map(len, calls)))
        return None if like is None else (*key, like)

    def _fate(self, types: Types) -> Fate:
        end = self._walker.end(Question(self.function, types, ""), RULE_LAYERS)
        if end is None:
            return TRACED
        by_trial = end.outcome is Outcome.CLAIMS and end.entries[:1] == (self.entry,)
        return Fate(end.layer, end.outcome, by_trial)

    @cached_property
    def entry(self) -> Entry:
        """What would be registered."""
        return self._rules.entry(self.made)

    @cached_property
    def _walker(self) -> Walker:
        beside: Iterable[Entry] = () if self.beside is None else (self.beside.entry,)
        without = () if self.without is None else (self._rules.entry(self.without),)
        return self.trials.walker.after(Change(without, (self.entry, *beside)))
