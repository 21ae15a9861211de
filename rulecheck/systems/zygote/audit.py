"""What is asked of the project's own rules: whether a call ends at one, and where two of them meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rulecheck.dispatch import Outcome
from rulecheck.sources.julia.facts import Method, TypeExpr
from rulecheck.systems.base import CallWalk, Entry, Kind, Meeting, Obstacle, Question
from rulecheck.systems.zygote.layers import ADJOINT_LAYER
from rulecheck.systems.zygote.library import NO_RRULE, PULLBACK, RRULE
from rulecheck.systems.zygote.shown import call_text

if TYPE_CHECKING:
    from rulecheck.systems.zygote.model import ZygoteModel

FRULES = ("ChainRulesCore.frule", "ChainRulesCore.no_frule")
# Packages whose purpose is to hold rules for others.
RULE_COLLECTIONS = frozenset({"ChainRules", "Zygote", "ZygoteRules", "ChainRulesCore", "DiffRules"})


class Audit:
    """Questions about the entries of one model."""

    def __init__(self, model: ZygoteModel) -> None:
        self._model = model

    def questions(self, entry: Entry) -> Iterator[Question]:
        """Calls that a rule's own signature takes, and for which there is a method to run."""
        from rulecheck.systems.zygote.model import rule_function

        rule = self._model.method(entry)
        function = rule_function(rule)
        signature = self._model.tables.call_signature(rule)
        if signature is None or function == rule.function:
            return
        for types in self._model.stand_ins.calls(signature):
            question = Question(function, types, call_text(function, types[1:]))
            if self._model.tables.primal(question) is not None:
                yield question

    def obstacle(self, entry: Entry) -> Obstacle | None:
        """Why no call can end at a rule, or why an opt-out switches nothing off."""
        rule = self._model.method(entry)
        if rule.function in FRULES:
            return self._without_tangents(rule) if entry.kind is Kind.OPT_OUT else None
        if rule.function not in (RRULE, NO_RRULE, PULLBACK):
            return None
        walks = [self._model.walk(q) for q in self.questions(entry)]
        if not walks:
            return None
        reached = [w for w in walks if self._ends_at(w, entry)]
        if reached or any(w.end is not None and w.end.outcome is Outcome.AMBIGUOUS for w in walks):
            return None
        return self._hindered(entry, walks)

    @staticmethod
    def _without_tangents(rule: Method) -> Obstacle | None:
        if rule.arguments and rule.arguments[0][0] == "typeof":
            return Obstacle(
                "an opt-out of `frule` takes the tangents first, as `@opt_out frule(::Any, ::typeof(f), ...)`"
            )
        return None

    def _ends_at(self, walk: CallWalk, entry: Entry) -> bool:
        """Whether a walk ends at a rule, or is traced because of an opt-out."""
        return any(entry in step.entries for step in walk.steps)

    def _hindered(self, entry: Entry, walks: list[CallWalk]) -> Obstacle | None:
        winners = [w.winner for w in walks]
        first = next((w for w in winners if w is not None and w.kind is Kind.RULE), None)
        if first is None:
            if entry.kind is Kind.OPT_OUT:
                return Obstacle("no rule applies to these calls")
            return None
        if any(w is None or w.kind is not Kind.RULE for w in winners):
            return None
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

    def _is_configured(self, entry: Entry) -> bool:
        from rulecheck.systems.zygote.library import is_config

        rule = self._model.method(entry)
        return bool(rule.arguments) and is_config(rule.arguments[0], rule.variables)

    def meetings(self) -> Iterator[Meeting]:
        """The first call that cannot choose, for each pair of entries of which the project wrote one."""
        seen: set[frozenset[int]] = set()
        for entry in self._model.entries():
            for question in self.questions(entry):
                walk = self._model.walk(question)
                end = walk.end
                if end is None or end.outcome is not Outcome.AMBIGUOUS or len(end.entries) < 2:
                    continue
                own = next((e for e in end.entries if self._same(e, entry)), None)
                other = next((e for e in end.entries if e is not own), None)
                if own is None or other is None:
                    continue
                pair = frozenset((id(entry), id(other)))
                if pair not in seen:
                    seen.add(pair)
                    yield Meeting(entry, other, walk, None, self._model.narrowed(entry, other, question))

    def _same(self, found: Entry, entry: Entry) -> bool:
        """Whether a rule found in the table is the entry, or the half of an opt-out that stands in `rrule`."""
        if found is entry:
            return True
        rule, own = self._model.method(found), self._model.method(entry)
        return rule.place == own.place and rule.maker == own.maker and rule.module == own.module

    def pirated(self, entry: Entry) -> bool:
        """Whether neither the function nor any type in the signature is the project's own."""
        rule = self._model.method(entry)
        if self._model.roots & RULE_COLLECTIONS or rule.when:
            return False
        return not any(self._own(a) for a in rule.arguments) and not any(
            self._own(bound) for _, lower, upper in rule.variables for bound in (lower, upper) if bound is not None
        )

    def _own(self, expr: TypeExpr) -> bool:
        if expr[0] in ("name", "typeof"):
            return self._model.owns(str(expr[1]))
        if expr[0] == "unknown":
            return True  # it cannot be said that it is not
        return any(self._own(part) for part in _parts(expr))


def _parts(expr: TypeExpr) -> Iterator[TypeExpr]:
    for part in expr[1:]:
        if isinstance(part, tuple):
            if part and isinstance(part[0], str) and len(part) > 1 and part[0] in _TAGS:
                yield part
            else:
                yield from (p for p in part if isinstance(p, tuple) and p and p[0] in _TAGS)


_TAGS = frozenset({"name", "apply", "union", "where", "var", "vararg", "typeof", "kwtypeof", "value", "unknown"})
