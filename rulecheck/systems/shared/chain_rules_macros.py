"""The macros of ChainRulesCore, for every system that names its table."""

from __future__ import annotations

from rulecheck.languages.julia.expand.rule_macros import FUNCTION, Given, MacroMethod, RuleMacro

_FRULE = MacroMethod("ChainRulesCore.frule", ((None, "Core.Any"), (None, FUNCTION)))
_RRULE = MacroMethod("ChainRulesCore.rrule", ((None, FUNCTION),))
CHAIN_RULES_MACROS = (
    RuleMacro(("non_differentiable",), Given.SIGNATURE, (_FRULE, _RRULE), "Core.Any", any_keyword=True),
    RuleMacro(("scalar_rule",), Given.SIGNATURE, (_FRULE, _RRULE), "Core.Number"),
    RuleMacro(
        ("opt_out",),
        Given.SIGNATURE,
        twins=(("rrule", "ChainRulesCore.no_rrule"), ("frule", "ChainRulesCore.no_frule")),
    ),
)
