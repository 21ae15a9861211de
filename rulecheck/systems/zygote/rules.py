"""Zygote's tables in one program: `_pullback` and the rules of ChainRulesCore, as entries that walks can end at."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from rulecheck.dispatch.parametric import ParametricError, Term
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.kit.display import shown_rule
from rulecheck.languages.julia.kit.rule_tables import RuleTable, RuleTables, behind_function, rule_function
from rulecheck.languages.julia.link.type_expressions import split_name
from rulecheck.place import Place
from rulecheck.systems.shared.chain_rules import NO_RRULE, OPT_OUT, OPT_OUTS, RRULE, ChainRules, is_open
from rulecheck.systems.shared.julia_rules import JuliaRules

PULLBACK = "ZygoteRules._pullback"
ADJOINT_LAYER, RRULE_LAYER, TYPES_LAYER, TRACE = "adjoint", "rrule", "types-only", "trace"
LAYERS = {PULLBACK: ADJOINT_LAYER, RRULE: RRULE_LAYER, NO_RRULE: RRULE_LAYER}
# Makers of rules that only say "no derivative here": they hide nothing.
NO_DERIVATIVE = frozenset({"@non_differentiable", "@nograd"})
# The maker of a `_pullback` that hands a call on to Zygote's own, where the tool makes one up to try it.
HANDS_ON = "invoke"
# Packages whose purpose is to hold rules for others.
RULE_COLLECTIONS = frozenset({"ChainRules", "Zygote", "ZygoteRules", "ChainRulesCore", "DiffRules"})


class ZygoteRules(JuliaRules):
    """The tables of one project, and the entries that stand for methods in them."""

    layer_of = LAYERS
    last = TRACE
    answering = (RRULE, PULLBACK)
    opt_outs = OPT_OUTS
    called = (PULLBACK,)

    def make_tables(self) -> RuleTables:
        """`_pullback`, and the tables of ChainRulesCore, which are asked with a configuration first."""
        pullback = RuleTable(self.library, PULLBACK, before=1)
        plain: list[tuple[str, tuple[Term, ...]]] = [(RRULE, ()), (NO_RRULE, ())]
        configured = [(name, (self.config,)) for name, _ in plain if self.config is not None]
        asked = [(PULLBACK, (self.context,)), *plain, *configured]
        return RuleTables(self.library, {PULLBACK: pullback, **self.chain.tables}, asked)

    @cached_property
    def chain(self) -> ChainRules:
        """The rules of ChainRulesCore."""
        return ChainRules(self.library)

    @cached_property
    def context(self) -> Term:
        """The type of the context that Zygote passes: concrete in every version."""
        return self.library.declarations.parse(self._context)

    @cached_property
    def config(self) -> Term | None:
        """The configuration with which Zygote asks for rules; None where it does so without, as it did at first."""
        try:
            return self.library.declarations.parse(f"Zygote.ZygoteRuleConfig{{{self._context}}}")
        except ParametricError:
            return None

    @cached_property
    def _context(self) -> str:
        has_parameter = any(t.name == "Zygote.Context" and t.parameters for t in self.program.types())
        return "Zygote.Context{false}" if has_parameter else "Zygote.Context"

    @cached_property
    def is_rule_collection(self) -> bool:
        """Whether the project's purpose is to hold rules for others' functions."""
        return bool(self.methods.roots & RULE_COLLECTIONS)

    def shown(self, rule: JuliaMethod) -> str:
        """A rule as its author wrote it: `rrule(::typeof(*), A::AbstractMatrix)`, `@adjoint *(A::AbstractMatrix)`."""
        at = behind_function(rule)
        if rule.function == PULLBACK and at:
            return shown_rule(rule, f"@adjoint {split_name(rule_function(rule))[2]}", at)
        return shown_rule(rule, split_name(rule.function)[2].replace("no_", "@opt_out ", 1))

    def counts(self, rule: JuliaMethod) -> bool:
        """Whether a method is what its statement is about: of an opt-out, the half in the opt-outs' own table."""
        return rule.function in OPT_OUTS if rule.maker == OPT_OUT else super().counts(rule)

    def hands_on(self, rule: JuliaMethod) -> bool:
        """Whether a `_pullback` only hands a call on to Zygote's own, which asks the next layers."""
        return rule.maker == HANDS_ON or (not rule.maker and rule.place in self._handing)

    @cached_property
    def _handing(self) -> frozenset[Place]:
        bodies = (b for b in self.program.bodies if b.method.function == PULLBACK and not b.method.maker)
        return frozenset(b.method.place for b in bodies if any(_invokes_open(call.expr) for call in b.calls))


def is_generated(method: JuliaMethod) -> bool:
    """Whether this is Zygote's generated `_pullback`, which asks the next layers."""
    return method.function == PULLBACK and method.module.startswith("Zygote") and is_open(method.arguments[1:])


def _invokes_open(call: tuple[Any, ...]) -> bool:
    """Whether a call is `invoke(_pullback, Tuple{AContext,Any,Vararg{Any}}, ...)`."""
    if call[:2] != ("call", ("sym", "invoke")) or len(call[2]) < 2:
        return False
    function, types = call[2][:2]
    function = function[2] if function[0] == "." else function
    return bool(function == ("sym", "_pullback") and types[0] == "curly" and types[2][1:2] == (("sym", "Any"),))
