"""Signatures of overrides: what a method and a rule share, put into types that a person would write."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from rulecheck.dispatch.parametric import BOTTOM, ParametricError, Term, intersect, subtype
from rulecheck.dispatch.parametric.types import DataType, UnionAll
from rulecheck.languages.julia.facts import JuliaMethod, TypeExpr, Variable
from rulecheck.languages.julia.kit.project_methods import ProjectMethods
from rulecheck.languages.julia.kit.rule_tables import behind_function
from rulecheck.languages.julia.kit.spelling import Signature, expression_of, simplified

# How many signatures are tried for one override.
MOST = 16


def signature_of_calls(rule: JuliaMethod) -> Signature:
    """The arguments of the calls that a rule answers."""
    return simplified(Signature(rule.arguments[behind_function(rule) :], rule.variables))


def signatures_of(term: Term) -> Iterator[Signature]:
    """A term that calls have in common, as a signature."""
    variables: list[Variable] = []
    while isinstance(term, UnionAll):
        variables.extend(expression_of(term)[2])
        term = term.body
    if isinstance(term, DataType) and term.constructor.name == "Tuple" and term.parameters:
        yield simplified(Signature(tuple(map(expression_of, term.parameters[1:])), tuple(variables)))


class OverrideSignatures:
    """Such signatures for the methods of one project."""

    def __init__(self, methods: ProjectMethods) -> None:
        self._methods = methods
        self._library = methods.library
        self._theirs: dict[int, Signature] = {}

    def is_own(self, function: str, signature: Signature) -> bool:
        """Whether an override is for the project's function, or for a type of its own."""
        return self._methods.owns(function) or self._methods.mentions_own((signature.arguments, signature.variables))

    def meeting(self, left: Term | None, right: Term | None) -> Iterator[Signature]:
        """Where two signatures of calls meet."""
        if left is not None and right is not None:
            yield from signatures_of(intersect(left, right))

    def narrowed(self, own: Signature, rule: JuliaMethod) -> Iterator[Signature]:
        """A signature, then the same with the rule's type, or where the two meet, in some of its arguments."""
        theirs = self._signature_of(rule)
        yield own
        if len(theirs.arguments) != len(own.arguments) or theirs.variables or own.variables:
            yield self._with_rule(own, theirs)
            return
        choices = [self._choices(mine, other) for mine, other in zip(own.arguments, theirs.arguments, strict=True)]
        tried = sorted(product(*(range(len(c)) for c in choices)), key=lambda picks: (sum(picks), picks))
        for picks in tried[1:MOST]:
            yield Signature(tuple(c[pick] for c, pick in zip(choices, picks, strict=True)))

    def _signature_of(self, rule: JuliaMethod) -> Signature:
        found = self._theirs.get(id(rule))
        if found is None:
            found = self._theirs[id(rule)] = signature_of_calls(rule)
        return found

    def _with_rule(self, own: Signature, theirs: Signature) -> Signature:
        """A signature with the rule's type wherever it is the narrower of the two."""
        if len(theirs.arguments) != len(own.arguments) or theirs.variables:
            return own
        pairs = zip(own.arguments, theirs.arguments, strict=True)
        return Signature(tuple(o if self._is_below(o, mine) else mine for mine, o in pairs), own.variables)

    def _choices(self, mine: TypeExpr, other: TypeExpr) -> list[TypeExpr]:
        """What may stand for an argument: the method's type, the rule's where it is the narrower, where they meet."""
        if self._is_below(mine, other):
            return [mine]
        if self._is_below(other, mine):
            return [mine, other]
        try:
            left, right = (self._library.terms.of(e) for e in (mine, other))
        except ParametricError:
            return [mine]
        met = intersect(left, right)
        made = [] if met is BOTTOM else [expression_of(met)]
        foreign = [] if self._methods.mentions_own(mine) else [other]
        return [mine, *made, *foreign]

    def _is_below(self, narrow: TypeExpr, wide: TypeExpr) -> bool:
        try:
            return subtype(*(self._library.terms.of(e) for e in (narrow, wide)))
        except ParametricError:
            return False
