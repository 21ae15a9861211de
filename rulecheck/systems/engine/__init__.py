"""The embedded engine, `rulecheck.ad`, told from source: one table of rules and opt-outs, then the trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulecheck.model.model import Model
from rulecheck.model.system import System
from rulecheck.systems.engine.names import (
    APPLIERS,
    OPT_OUT_REGISTRAR,
    POLICY_REGISTRAR,
    PRIMITIVE_REGISTRAR,
    REGISTER,
    RULE_REGISTRAR,
)

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program


def _model(program: Program) -> Model:
    from rulecheck.systems.engine.model import EngineModel

    return EngineModel(program)


SYSTEM = System(
    name="engine",
    registrars=frozenset({RULE_REGISTRAR, OPT_OUT_REGISTRAR, PRIMITIVE_REGISTRAR, POLICY_REGISTRAR, REGISTER}),
    tokens=(b"rulecheck",),
    model=_model,
    appliers=APPLIERS,
)
