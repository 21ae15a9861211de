"""Julia's dispatch: types with parameters, subtyping, intersection, specificity and method lookup, as of Julia 1.5."""

from rulecheck.dispatch.parametric.construct import apply, tuple_signature, union_of
from rulecheck.dispatch.parametric.declare import Alias, Declaration, Declarations, TypeParameter
from rulecheck.dispatch.parametric.intersect import intersect, intersects
from rulecheck.dispatch.parametric.methods import AmbiguousMethods, Method, MethodClaim, MethodTable, Resolution
from rulecheck.dispatch.parametric.show import show
from rulecheck.dispatch.parametric.specificity import more_specific
from rulecheck.dispatch.parametric.subtype import equal, subtype
from rulecheck.dispatch.parametric.types import BOTTOM, ParametricError, Term

__all__ = [
    "BOTTOM",
    "Alias",
    "AmbiguousMethods",
    "Declaration",
    "Declarations",
    "Method",
    "MethodClaim",
    "MethodTable",
    "ParametricError",
    "Resolution",
    "Term",
    "TypeParameter",
    "apply",
    "equal",
    "intersect",
    "intersects",
    "more_specific",
    "show",
    "subtype",
    "tuple_signature",
    "union_of",
]
