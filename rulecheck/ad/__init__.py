"""The embedded engine: reverse-mode automatic differentiation on numpy, with one table of rules and opt-outs."""

from importlib import import_module

from rulecheck.ad.arrays import AbstractArray, AbstractMatrix, AbstractVector, Adjoint, Matrix, Transpose, Vector
from rulecheck.ad.calibration import calibrate
from rulecheck.ad.check import GradientMismatch, check_gradients
from rulecheck.ad.convert import array, asarray
from rulecheck.ad.derivatives import gradient, jacobian, pullback, value_and_gradient
from rulecheck.ad.errors import ADError, AmbiguousRule, BadCotangent, ChangedValue, EscapedValue, NotTraceable
from rulecheck.ad.memory import keep_freed_memory
from rulecheck.ad.operators import attach
from rulecheck.ad.registry import adjoint, opt_out, precedence, primitive
from rulecheck.ad.tangent import Tangent
from rulecheck.ad.which import which

import_module("rulecheck.ad.rules")
attach()
calibrate()
keep_freed_memory()

__all__ = [
    "ADError",
    "AbstractArray",
    "AbstractMatrix",
    "AbstractVector",
    "Adjoint",
    "AmbiguousRule",
    "BadCotangent",
    "ChangedValue",
    "EscapedValue",
    "GradientMismatch",
    "Matrix",
    "NotTraceable",
    "Tangent",
    "Transpose",
    "Vector",
    "adjoint",
    "array",
    "asarray",
    "check_gradients",
    "gradient",
    "jacobian",
    "opt_out",
    "precedence",
    "primitive",
    "pullback",
    "value_and_gradient",
    "which",
]
