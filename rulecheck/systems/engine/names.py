"""The engine's names as source spells them. The engine is read like any other package and never imported."""

from __future__ import annotations

from dataclasses import replace

from rulecheck.place import Place

ENGINE = "rulecheck.ad"
ARRAYS = f"{ENGINE}.arrays"
RULES = "rulecheck.ad.rules"
ABSTRACT_ARRAY = f"{ARRAYS}.AbstractArray"
ABSTRACT_MATRIX = f"{ARRAYS}.AbstractMatrix"
ABSTRACT_VECTOR = f"{ARRAYS}.AbstractVector"
VECTOR = f"{ARRAYS}.Vector"
MATRIX = f"{ARRAYS}.Matrix"
TRANSPOSE = f"{ARRAYS}.Transpose"
ADJOINT = f"{ARRAYS}.Adjoint"
WRAPPERS = frozenset({TRANSPOSE, ADJOINT})

RULE_REGISTRAR = "rulecheck.ad.adjoint"
OPT_OUT_REGISTRAR = "rulecheck.ad.opt_out"
PRIMITIVE_REGISTRAR = "rulecheck.ad.primitive"
POLICY_REGISTRAR = "rulecheck.ad.precedence"
REGISTER = "rulecheck.ad.AbstractArray.register"
APPLIERS = frozenset(
    f"{ENGINE}.{name}" for name in ("check_gradients", "gradient", "jacobian", "pullback", "value_and_gradient")
)

_FOLDER = "/rulecheck/ad/"


def anywhere(place: Place) -> Place:
    """A place in the engine's sources as it reads on every machine: "rulecheck/ad/rules/linear.py"."""
    path = place.path.replace("\\", "/")
    at = path.rfind(_FOLDER)
    return replace(place, path=path[at + 1 :]) if at >= 0 else place
