"""The embedded engine, `rulecheck.ad`, told from source: one table of rules and opt-outs, then the trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model
from rulecheck.model.system import System

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program


def _model(program: Program) -> Model:
    from rulecheck.systems.engine.model import EngineModel

    return EngineModel(SYSTEM, program)


SYSTEM = System(
    name="engine",
    model=_model,
    registrars={
        "rulecheck.ad.adjoint": EntryKind.RULE,
        "rulecheck.ad.opt_out": EntryKind.OPT_OUT,
        "rulecheck.ad.primitive": None,
        "rulecheck.ad.precedence": None,
        "rulecheck.ad.AbstractArray.register": None,
    },
    tokens=(b"rulecheck",),
    handing_on=frozenset({"rulecheck.ad"}),
    appliers=frozenset(
        f"rulecheck.ad.{name}" for name in ("check_gradients", "gradient", "jacobian", "pullback", "value_and_gradient")
    ),
)
