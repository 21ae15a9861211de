"""The system `zygote`: which derivative rule of Zygote and ChainRules answers a call in a Julia project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulecheck.model.model import Model
from rulecheck.model.system import System
from rulecheck.systems.shared.chain_rules_macros import CHAIN_RULES_MACROS
from rulecheck.systems.zygote.macros import ZYGOTE_MACROS

if TYPE_CHECKING:
    from rulecheck.languages.julia.program import JuliaProgram


def _model(program: JuliaProgram) -> Model:
    from rulecheck.systems.zygote.model import ZygoteModel

    return ZygoteModel(program)


_PAGE = """\
## Layers, in the order in which they are asked

1. adjoint: `_pullback` methods, as `@adjoint` makes them; the most specific one answers.
2. rrule: the rules of ChainRulesCore, those that take a configuration first. An opt-out counts with exactly the rule's
   own signature: where it is the most specific entry, the layer declines.
3. types-only: a call of types with nothing but types has no derivative.
4. trace: the method that ordinary dispatch runs.
"""

SYSTEM = System(
    name="zygote",
    summary="Zygote with the rules of ChainRules, in Julia: rules are asked before your method is traced.",
    page=_PAGE,
    model=_model,
    suffixes=(".jl",),
    macros=(*ZYGOTE_MACROS, *CHAIN_RULES_MACROS),
    environment="zygote-0.7",
)
