"""Opt-outs that are written already and do not switch off the rule that they were written for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from rulecheck.dispatch.parametric import subtype
from rulecheck.dispatch.parametric.types import tuple_of
from rulecheck.finding import Fix, FixKind
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.kit.rule_tables import behind_function, takes_setting
from rulecheck.languages.julia.kit.spelling import Signature, simplified
from rulecheck.model.entries import Question
from rulecheck.systems.shared.chain_rules import NO_RRULE, OPT_OUT, PACKAGE, RRULE, opt_out_text
from rulecheck.systems.shared.julia_rules import terms_of
from rulecheck.systems.zygote.rules import RRULE_LAYER
from rulecheck.systems.zygote.trials import Trial
from rulecheck.systems.zygote.writing import Writing

Repair = tuple[Fix, Trial]
UNQUALIFIED = re.compile(r"@opt_out\s*\(?\s*(rrule)\b")


class OptOutRepairs:
    """Such opt-outs of one project, each written again so that the calls it takes are traced.

    `witnesses` gives the calls that an opt-out is judged by.
    """

    def __init__(self, writing: Writing, witnesses: Callable[[JuliaMethod], Iterable[Question]]) -> None:
        self._writing = writing
        self._rules = writing.rules
        self._chain = writing.rules.chain
        self._witnesses = witnesses
        self._known: dict[int, Repair | None] = {}

    def is_missed(self, opt_out: JuliaMethod) -> bool:
        """Whether rules answer an opt-out's calls because it made a function of its own, or takes no configuration."""
        if opt_out.function != NO_RRULE:
            return False
        rules = list(self._rules_of(opt_out, self._questions(opt_out)))
        return bool(rules) and (self._is_local(opt_out) or any(map(takes_setting, rules)))

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
        for method in self._rules.program.owned_methods:
            if method.function == NO_RRULE and self._is_local(method):
                found[self._target(method)].append(method)
        return found

    def repaired(self, opt_out: JuliaMethod) -> Fix | None:
        """The opt-out in other words, proven to switch a rule off; None where there are none."""
        found = self._found(opt_out)
        return found[0] if found is not None else None

    def _found(self, opt_out: JuliaMethod) -> Repair | None:
        key = id(opt_out)
        if key not in self._known:
            self._known[key] = self._repaired(opt_out)
        return self._known[key]

    def _repaired(self, opt_out: JuliaMethod) -> Repair | None:
        function = self._target(opt_out)
        own = simplified(Signature(opt_out.arguments[behind_function(opt_out) :], opt_out.variables))
        questions = self._questions(opt_out)
        for wanted in (len(questions), 1) if questions else ():
            for rule in self._rules_of(opt_out, questions):
                for signature in self._writing.signatures.narrowed(own, rule):
                    made = self._writing.trials.opt_out(function, signature, rule, without=opt_out)
                    taken = self._taken(made, questions)
                    if len(taken) < wanted or not made.ends(taken):
                        continue
                    fix = self._written(opt_out, rule, function, signature, signature == own)
                    if fix is not None:
                        return fix, made
        return self._apart(opt_out, function, questions)

    def _apart(self, opt_out: JuliaMethod, function: str, questions: Sequence[Question]) -> Repair | None:
        """One more opt-out where an opt-out meets another that shares calls with it, neither being more specific."""
        for other in self._rules_of(opt_out, questions, opt_outs=True):
            for signature in self._meeting(opt_out, other):
                made = self._writing.trials.opt_out(function, signature, other)
                if self._writing.signatures.is_own(function, signature) and made.ends(questions):
                    fix = self._writing.opt_out(opt_out, other, function, signature)
                    if fix is not None:
                        return fix, made
        return None

    def _questions(self, opt_out: JuliaMethod) -> list[Question]:
        """The calls of an opt-out that a rule answers all the same, or that cannot choose."""
        ends = ((call, self._writing.walker.walk(call).end) for call in self._witnesses(opt_out))
        return [call for call, end in ends if end is not None and end.layer == RRULE_LAYER]

    def _rules_of(
        self, opt_out: JuliaMethod, questions: Sequence[Question], opt_outs: bool = False
    ) -> Iterator[JuliaMethod]:
        """The rules that answer, or may answer, the calls of an opt-out; or the other opt-outs that may."""
        seen: set[int] = set()
        for question in questions:
            end = self._writing.walker.walk(question).end
            for entry in end.entries if end is not None else ():
                rule = self._rules.method(entry)
                if rule.function != RRULE or (rule.maker == OPT_OUT) != opt_outs or id(rule) in seen:
                    continue
                if rule.place != opt_out.place:  # its own half
                    seen.add(id(rule))
                    yield rule

    @staticmethod
    def _taken(made: Trial, questions: Sequence[Question]) -> list[Question]:
        taken = made.taken
        return [q for q in questions if taken is not None and subtype(tuple_of(terms_of(q)), taken)]

    def _written(
        self, opt_out: JuliaMethod, rule: JuliaMethod, function: str, signature: Signature, as_it_is: bool
    ) -> Fix | None:
        text = self._writing.edits.text(opt_out)
        name = UNQUALIFIED.search(text) if text is not None else None
        speller = self._writing.spellers.inside(opt_out)
        if as_it_is and not takes_setting(rule):
            if text is None or name is None or not self._is_local(opt_out):
                return None
            made: str | None = f"{text[: name.start(1)]}{PACKAGE}.{text[name.start(1) :]}"
        else:
            made = opt_out_text(self._writing.spellers, speller, rule, function, signature)
        if made is None:
            return None
        imports = self._writing.edits.imports(opt_out, {*speller.missing, PACKAGE})
        # Where the opt-out could not choose, its calls raised before; one that nobody asked changes what they answer.
        safe = not (self._is_local(opt_out) or takes_setting(rule) or imports)
        edits = self._writing.edits.instead(opt_out, made, imports)
        return Fix(FixKind.NARROW, safe, made, edits, imports) if edits else None

    def _meeting(self, left: JuliaMethod, right: JuliaMethod) -> Iterator[Signature]:
        """Where the calls of two rules or opt-outs meet."""
        return self._writing.signatures.meeting(*map(self._rules.tables.calls, (left, right)))

    def _target(self, opt_out: JuliaMethod) -> str:
        """The function that an opt-out is for; empty where it may be for several."""
        return self._chain.tables[NO_RRULE].target(opt_out)

    def _is_local(self, opt_out: JuliaMethod) -> bool:
        """Whether an opt-out's `rrule` is not the one of ChainRulesCore, because the module made its own."""
        return self._chain.local_half(opt_out) is not None
