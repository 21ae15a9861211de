"""The system `zygote`: which derivative rule of Zygote and ChainRules answers a call in a Julia project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulecheck.model.model import Model
from rulecheck.model.system import System

if TYPE_CHECKING:
    from rulecheck.languages.julia.program import JuliaProgram


def _model(program: JuliaProgram) -> Model:
    from rulecheck.systems.zygote.model import ZygoteModel

    return ZygoteModel(program)


SYSTEM = System(name="zygote", registrars=frozenset(), tokens=(), model=_model, suffixes=(".jl",))
