"""The engine's names as source spells them. The engine is read like any other package and never imported."""

from __future__ import annotations

from dataclasses import replace

from rulecheck.languages.python.kit.spelling import CUSTOMARY, Package
from rulecheck.place import Place

ENGINE = "rulecheck.ad"
ARRAYS = f"{ENGINE}.arrays"
RULES = f"{ENGINE}.rules"
ABSTRACT_ARRAY = f"{ARRAYS}.AbstractArray"
ABSTRACT_MATRIX = f"{ARRAYS}.AbstractMatrix"
ABSTRACT_VECTOR = f"{ARRAYS}.AbstractVector"
VECTOR = f"{ARRAYS}.Vector"
MATRIX = f"{ARRAYS}.Matrix"
TRANSPOSE = f"{ARRAYS}.Transpose"
ADJOINT = f"{ARRAYS}.Adjoint"
WRAPPERS = frozenset({TRANSPOSE, ADJOINT})

PRIMITIVE_REGISTRAR = f"{ENGINE}.primitive"
POLICY_REGISTRAR = f"{ENGINE}.precedence"
FORWARD = f"{ENGINE}.pullback"

TYPES_NAMED = {
    f"{prefix}{name.rpartition('.')[2]}": name
    for name in (ABSTRACT_ARRAY, ABSTRACT_MATRIX, ABSTRACT_VECTOR, MATRIX, VECTOR, TRANSPOSE, ADJOINT)
    for prefix in ("", "ad.", f"{ENGINE}.", f"{ARRAYS}.")
}
PACKAGES = {**CUSTOMARY, ENGINE: Package("from rulecheck import ad", "ad", public=True)}

_FOLDER = "/rulecheck/ad/"


def anywhere(place: Place) -> Place:
    """A place in the engine's sources as it reads on every machine: "rulecheck/ad/rules/linear.py"."""
    path = place.path.replace("\\", "/")
    at = path.rfind(_FOLDER)
    return replace(place, path=path[at + 1 :]) if at >= 0 else place
