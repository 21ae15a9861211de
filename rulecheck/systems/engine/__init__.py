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


_PAGE = """\
## Layers, in the order in which they are asked

1. rule: one table of rules and opt-outs, keyed by the function and the types of its arguments. The most specific entry
   that applies wins; an opt-out makes the layer decline; no unique best raises and names both.
2. trace: the method that ordinary Python dispatch runs, differentiated operation by operation.

Under `ad.precedence("most-specific")` a rule answers only if it is at least as specific as the method: no shadows.
"""

SYSTEM = System(
    name="engine",
    summary="The embedded engine, rulecheck.ad: a table of rules is asked before your code is traced.",
    page=_PAGE,
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
