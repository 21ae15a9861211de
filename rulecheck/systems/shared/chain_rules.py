"""The rules of ChainRulesCore in one program: `rrule`, its twin `no_rrule` for opt-outs, and the same for `frule`.

Several systems name this table: one asks it for every call, others take single rules over from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from rulecheck.dispatch import Outcome
from rulecheck.dispatch.parametric import AmbiguousMethods, MethodClaim, Term, equal
from rulecheck.languages.julia.facts import JuliaMethod, TypeExpr
from rulecheck.languages.julia.kit.library import Library
from rulecheck.languages.julia.kit.rule_tables import RuleTable, RuleTables, takes_setting
from rulecheck.languages.julia.kit.spelling import Signature, Speller, Spellers

PACKAGE = "ChainRulesCore"
RRULE, NO_RRULE, FRULE, NO_FRULE = (f"{PACKAGE}.{name}" for name in ("rrule", "no_rrule", "frule", "no_frule"))
OPT_OUTS = (NO_RRULE, NO_FRULE)
CONFIGURATION: TypeExpr = ("name", f"{PACKAGE}.RuleConfig")
OPT_OUT = "@opt_out"
# Why the universal rule answers: an opt-out made a `rrule` of its own, so that only `no_rrule` knows of it.
NOTHING = "an opt-out has no `rrule` of its signature beside it: Zygote expects a rule, gets `nothing`, and fails"


class Found(NamedTuple):
    """What the table says of a call: methods that claim, that opt out, or among which it cannot choose."""

    outcome: Outcome
    methods: tuple[JuliaMethod, ...] = ()
    reason: str = ""


class ChainRules:
    """The table of one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._program = library.program
        self.tables = {name: RuleTable(library, name) for name in (NO_RRULE, FRULE, NO_FRULE)}
        self.tables[RRULE] = RuleTable(library, RRULE, methods=self._rrules)

    def _rrules(self) -> Iterable[JuliaMethod]:
        yield from self._library.methods(RRULE)
        if self.qualifies_opt_outs:
            for half in self._local_halves:
                yield replace(half, function=RRULE, self_type=("typeof", RRULE))

    @cached_property
    def qualifies_opt_outs(self) -> bool:
        """Whether `@opt_out rrule(...)` means the `rrule` of ChainRulesCore, imported or not: so from 1.12.1 on."""
        version = self._program.environment.packages.get(PACKAGE) or "0"
        return tuple(int(part) for part in re.findall(r"\d+", version)[:3]) >= (1, 12, 1)

    @cached_property
    def _local_halves(self) -> tuple[JuliaMethod, ...]:
        """The methods of a `rrule` that opt-outs made in their own modules."""
        own = (m for m in self._program.owned_methods if m.maker == OPT_OUT)
        return tuple(m for m in own if m.function.endswith(".rrule") and m.function != RRULE)

    def local_half(self, rule: JuliaMethod) -> JuliaMethod | None:
        """The `rrule` that an opt-out made where it is not the one of ChainRulesCore."""
        if rule.function != NO_RRULE or self.qualifies_opt_outs:
            return None
        return next((half for half in self._local_halves if half.place == rule.place), None)

    def answer(
        self, tables: RuleTables, function: str, types: tuple[Term, ...], configuration: Term | None = None
    ) -> Found:
        """What answers a call that is asked with a configuration, or with none.

        Configured rules come first, then plain ones; an opt-out counts only with exactly the rule's own signature. No
        rule means that both tables have nothing but their universal entries, which are opposites too.
        """
        leading = () if configuration is None else (configuration,)
        found = tables.lookup(RRULE, function, types, leading) if leading else None
        if found is None or (isinstance(found, MethodClaim) and is_redispatch(found.method.value)):
            leading = ()
            found = tables.lookup(RRULE, function, types)
        if isinstance(found, AmbiguousMethods):
            return Found(Outcome.AMBIGUOUS, tuple(m.value for m in found.methods))
        if found is None:
            return Found(Outcome.DECLINES)
        rule, none = found.method.value, is_universal(found.method.value)
        opposite = tables.lookup(NO_RRULE, function, types, leading)
        if isinstance(opposite, MethodClaim) and self._are_alike(rule, opposite.method.value):
            return Found(Outcome.DECLINES, () if none else (opposite.method.value,), "" if none else "opted out")
        return Found(Outcome.CLAIMS, (rule,), NOTHING if none else "")

    def _are_alike(self, rule: JuliaMethod, opposite: JuliaMethod) -> bool:
        """Whether two signatures are type-equal beyond the names of the two functions."""
        left = self.tables[RRULE].beyond_name(rule)
        right = self.tables[NO_RRULE].beyond_name(opposite)
        return left is not None and right is not None and equal(left, right)


def is_universal(method: JuliaMethod) -> bool:
    """Whether this is the rule that says that there is none."""
    return method.function in (RRULE, NO_RRULE) and is_open(method.arguments)


def is_redispatch(method: JuliaMethod) -> bool:
    """Whether this hands a configured question on to the plain rules (or is the universal rule itself)."""
    return (
        method.function in (RRULE, NO_RRULE)
        and method.module.startswith(PACKAGE)
        and (is_open(method.arguments) or is_open(method.arguments[1:]))
    )


def is_open(arguments: tuple[TypeExpr, ...]) -> bool:
    """Whether a signature takes any function with any arguments."""
    return bool(arguments) and all(a == ("name", "Core.Any") or a[0] == "vararg" for a in arguments)


def opt_out_of(rule: JuliaMethod, function: str, signature: Signature) -> tuple[JuliaMethod, JuliaMethod]:
    """The two methods that the macro would make for an opt-out of a rule's calls: in `no_rrule` and in `rrule`."""
    config = rule.arguments[:1] if takes_setting(rule) else ()
    used = tuple(v for v in rule.variables if config and config[0] == ("var", v[0]))
    made = replace(
        rule, function=RRULE, self_type=("typeof", RRULE), maker=OPT_OUT, names=(),
        arguments=(*config, ("typeof", function), *signature.arguments), variables=(*used, *signature.variables),
    )  # fmt: skip
    return replace(made, function=NO_RRULE, self_type=("typeof", NO_RRULE)), made


def opt_out_text(
    spellers: Spellers, speller: Speller, rule: JuliaMethod, function: str, signature: Signature
) -> str | None:
    """The opt-out in words; None where its module would not take them for the signature."""
    config = rule.arguments[:1] if takes_setting(rule) else ()
    if config and config[0][0] == "var":
        config = (CONFIGURATION,)
    leading = speller.arguments((*config, ("typeof", function)))
    rest = speller.arguments(signature.arguments)
    where = speller.where(signature.variables)
    speller.name(RRULE)
    if not spellers.reads_as_meant(speller, signature):
        return None
    return f"{PACKAGE}.{OPT_OUT} {RRULE}({', '.join(filter(None, (leading, rest)))}){where}"


def both_halves(rule: JuliaMethod) -> tuple[JuliaMethod, ...]:
    """What the statement of a rule makes: of an opt-out, a method of `no_rrule` and one of `rrule`."""
    if rule.maker != OPT_OUT or rule.function != NO_RRULE:
        return (rule,)
    return rule, replace(rule, function=RRULE, self_type=("typeof", RRULE))
