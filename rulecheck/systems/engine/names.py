"""The engine's names as source spells them. The engine is read like any other package and never imported."""

from __future__ import annotations

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
REGISTER = "rulecheck.ad.AbstractArray.register"
