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


SYSTEM = System(
    name="zygote",
    model=_model,
    suffixes=(".jl",),
    macros=(*ZYGOTE_MACROS, *CHAIN_RULES_MACROS),
    environment="zygote-0.7",
)
