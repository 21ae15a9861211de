"""Opt-outs that are written already and do not switch off the rule that they were written for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from rulecheck.dispatch.parametric import subtype
from rulecheck.dispatch.parametric.types import tuple_of
from rulecheck.finding import Fix, FixKind
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.model.entries import Question
from rulecheck.systems.zygote.edits import Edits
from rulecheck.systems.zygote.layers import RRULE_LAYER
from rulecheck.systems.zygote.library import NO_RRULE, RRULE, is_config, is_local_half, rule_target
from rulecheck.systems.zygote.rule_trials import TrialRule
from rulecheck.systems.zygote.spelling import Signature, simplified

if TYPE_CHECKING:
    from rulecheck.systems.zygote.model import ZygoteModel
    from rulecheck.systems.zygote.overrides import ZygoteOverrides

Mended = tuple[Fix, TrialRule]
UNQUALIFIED = re.compile(r"@opt_out\s*\(?\s*(rrule)\b")


class OptOutRepairs:
    """Such opt-outs of one model, each written again so that the calls it takes are traced."""

    def __init__(self, model: ZygoteModel, overrides: ZygoteOverrides, edits: Edits) -> None:
        self._model = model
        self._overrides = overrides
        self._edits = edits
        self._known: dict[int, Mended | None] = {}

    def is_missed(self, opt_out: JuliaMethod) -> bool:
        """Whether rules answer an opt-out's calls because it made a function of its own, or takes no configuration."""
        if opt_out.function != NO_RRULE:
            return False
        rules = list(self._rules_of(opt_out, self._questions(opt_out)))
        return bool(rules) and (self._is_local(opt_out) or any(map(self._is_configured, rules)))

    def for_calls(self, function: str, questions: Sequence[Question]) -> Fix | None:
        """The mending of an opt-out that is written already, after which these calls are traced; None without one."""
        for opt_out in self._local.get(function, ()):
            found = self._found(opt_out)
            if found is not None and found[1].ends(questions):
                return found[0]
        return None

    @cached_property
    def _local(self) -> dict[str, list[JuliaMethod]]:
        """By function: the opt-outs that made a function of their own."""
        found: dict[str, list[JuliaMethod]] = defaultdict(list)
        for method in self._model.program.owned_methods:
            if method.function == NO_RRULE and self._is_local(method):
                found[rule_target(NO_RRULE, method)].append(method)
        return found

    def mended(self, opt_out: JuliaMethod) -> Fix | None:
        """The opt-out in other words, proven to switch a rule off; None where there are none."""
        found = self._found(opt_out)
        return found[0] if found is not None else None

    def _found(self, opt_out: JuliaMethod) -> Mended | None:
        key = id(opt_out)
        if key not in self._known:
            self._known[key] = self._mended(opt_out)
        return self._known[key]

    def _mended(self, opt_out: JuliaMethod) -> Mended | None:
        function = rule_target(NO_RRULE, opt_out)
        start = next((i + 1 for i, a in enumerate(opt_out.arguments) if a[0] == "typeof"), 0)
        own = simplified(Signature(opt_out.arguments[start:], opt_out.variables))
        questions = self._questions(opt_out)
        for wanted in (len(questions), 1) if questions else ():
            for rule in self._rules_of(opt_out, questions):
                for signature in self._overrides.slots(own, rule):
                    made = self._overrides.trials.opt_out(function, signature, rule, without=opt_out)
                    taken = self._taken(made, questions)
                    if len(taken) < wanted or not made.ends(taken):
                        continue
                    fix = self._written(opt_out, rule, function, signature, signature == own)
                    if fix is not None:
                        return fix, made
        return self._apart(opt_out, function, questions)

    def _apart(self, opt_out: JuliaMethod, function: str, questions: Sequence[Question]) -> Mended | None:
        """One more opt-out where an opt-out meets another that shares calls with it, neither being more specific."""
        for other in self._rules_of(opt_out, questions, opt_outs=True):
            for signature in self._overrides.shared(opt_out, other):
                made = self._overrides.trials.opt_out(function, signature, other)
                if self._overrides.is_own(function, signature) and made.ends(questions):
                    fix = self._overrides.beside(opt_out, other, function, signature)
                    if fix is not None:
                        return fix, made
        return None

    def _questions(self, opt_out: JuliaMethod) -> list[Question]:
        """The calls of an opt-out that a rule answers all the same, or that cannot choose."""
        found = []
        entry = self._model.entry(opt_out)
        for question in chain(self._model.calls_on(entry), self._model.shared_calls(entry)):
            end = self._model.walk(question).end
            if end is not None and end.layer == RRULE_LAYER:
                found.append(question)
        return found

    def _rules_of(
        self, opt_out: JuliaMethod, questions: Sequence[Question], opt_outs: bool = False
    ) -> Iterator[JuliaMethod]:
        """The rules that answer, or may answer, the calls of an opt-out; or the other opt-outs that may."""
        seen: set[int] = set()
        for question in questions:
            end = self._model.walk(question).end
            for entry in end.entries if end is not None else ():
                rule = self._model.method(entry)
                if rule.function != RRULE or (rule.maker == "@opt_out") != opt_outs or id(rule) in seen:
                    continue
                if rule.place != opt_out.place:  # its own half
                    seen.add(id(rule))
                    yield rule

    @staticmethod
    def _taken(made: TrialRule, questions: Sequence[Question]) -> list[Question]:
        taken = made.taken
        return [q for q in questions if taken is not None and subtype(tuple_of(q.types), taken)]  # type: ignore[arg-type]

    def _written(
        self, opt_out: JuliaMethod, rule: JuliaMethod, function: str, signature: Signature, as_it_is: bool
    ) -> Fix | None:
        text = self._edits.text(opt_out)
        name = UNQUALIFIED.search(text) if text is not None else None
        speller = self._overrides.speller(opt_out)
        if as_it_is and not self._is_configured(rule):
            if text is None or name is None or not self._is_local(opt_out):
                return None
            made: str | None = f"{text[: name.start(1)]}ChainRulesCore.{text[name.start(1) :]}"
        else:
            made = self._overrides.statement_of(rule, function, signature, speller)
        if made is None:
            return None
        imports = self._edits.imports(opt_out, {*speller.missing, "ChainRulesCore"})
        # Where the opt-out could not choose, its calls raised before; one that nobody asked changes what they answer.
        safe = not (self._is_local(opt_out) or self._is_configured(rule) or imports)
        edits = self._edits.instead(opt_out, made, imports)
        return Fix(FixKind.NARROW, safe, made, edits, imports) if edits else None

    def _is_local(self, opt_out: JuliaMethod) -> bool:
        """Whether an opt-out's `rrule` is not the one of ChainRulesCore, because the module made its own."""
        if self._model.library.qualifies_opt_outs:
            return False
        return any(is_local_half(m) and m.place == opt_out.place for m in self._model.program.owned_methods)

    @staticmethod
    def _is_configured(rule: JuliaMethod) -> bool:
        return bool(rule.arguments) and is_config(rule.arguments[0], rule.variables)
