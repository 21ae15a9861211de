"""Which of numpy's functions ask whom: names, as numpy 2.4.6 answered when each was called with a class that tells.

A ufunc asks `__array_ufunc__`. Any other function asks `__array_function__`; some then hand over to a method of the
argument; what is left is converted to an array.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from rulecheck.dispatch.operators import ASKING, BY_FUNCTION, COMPARISON, DIVMOD, OPERATORS, UFUNCS, Operator
from rulecheck.languages.python.kit.array_classes import MATMUL
from rulecheck.model.operand_misses import REFLECTED


class FunctionKind(Enum):
    """How a function looks for an answer."""

    OPERATOR = "operator"
    IN_PLACE = "in-place operator"
    UFUNC = "ufunc"
    FUNCTION = "function"
    # A method of ndarray, or a plain conversion: no protocol is asked.
    METHOD = "method"


@dataclass(frozen=True, slots=True)
class FunctionSpelling:
    """One function: the operator that it means, if any, and the method of its argument that it hands over to."""

    name: str
    kind: FunctionKind
    operator: Operator | None = None
    hands_to: str | None = None
    # A reduction falls back on a ufunc's `reduce`, which asks `__array_ufunc__`.
    reduces: bool = False
    # Raises where an argument is taken for a scalar.
    wants_dimensions: bool = False


def _names(text: str) -> tuple[str, ...]:
    return tuple(f"numpy.{name}" for name in text.split())


_UFUNC_ALIASES = {
    "numpy.true_divide": "operator.truediv",
    "numpy.mod": "operator.mod",
    "numpy.pow": "operator.pow",
    "numpy.abs": "operator.abs",
    "numpy.bitwise_not": "operator.invert",
    "numpy.bitwise_invert": "operator.invert",
    "numpy.bitwise_left_shift": "operator.lshift",
    "numpy.bitwise_right_shift": "operator.rshift",
}

# Ufuncs that mean no operator.
_UFUNCS = _names(
    """acos acosh arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh atan atan2 atanh cbrt ceil conj
    conjugate copysign cos cosh deg2rad degrees exp exp2 expm1 fabs float_power floor fmax fmin fmod frexp gcd heaviside
    hypot isfinite isinf isnan isnat lcm ldexp log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not
    logical_or logical_xor maximum minimum modf nextafter rad2deg radians reciprocal rint sign signbit sin sinh spacing
    sqrt square tan tanh trunc bitwise_count"""
)

UNARY_UFUNCS = tuple(
    name.removeprefix("numpy.")
    for name in _names(
        """arccos arccosh arcsin arcsinh arctan arctanh bit_count cbrt conjugate cos cosh deg2rad degrees exp exp2 expm1
        fabs log log10 log1p log2 rad2deg radians rint sin sinh sqrt tan tanh"""
    )
)
"""Ufuncs that call a method of their own name on a scalar of dtype object."""

# Generalised ufuncs: they ask `__array_ufunc__`, and want dimensions.
_GENERALISED = _names("matvec vecdot vecmat")

_REDUCTIONS = {name: name.removeprefix("numpy.") for name in _names("all any max min prod sum")} | {
    "numpy.amax": "max",
    "numpy.amin": "min",
}

_HANDS_OVER = {
    name: name.removeprefix("numpy.")
    for name in _names(
        """argmax argmin argpartition argsort choose clip cumprod cumsum mean nonzero put repeat reshape round
        searchsorted squeeze std swapaxes take transpose var"""
    )
} | {"numpy.around": "round", "numpy.permute_dims": "transpose"}

HANDED_OVER = frozenset((*_REDUCTIONS.values(), *_HANDS_OVER.values()))
"""The methods that numpy's functions hand over to."""

READ = ("imag", "ndim", "real", "shape", "size")
"""Attributes that functions of the same name read, and convert only what has none."""

NDARRAY_NAMES = frozenset(
    {
        *(o.method for o in (*REFLECTED, *COMPARISON)),
        *(str(o.reflected) for o in REFLECTED),
        *HANDED_OVER,
        *("__array__", "__array_interface__", "__array_struct__", "__array_priority__", "__len__", "__getitem__"),
        *("__array_ufunc__", "__array_function__", "dot", *READ),
    }
)
"""What ndarray has, of all that the walk and the judgement ask for."""

SILENT = frozenset(
    _names(
        """common_type diag_indices_from iscomplexobj isrealobj isscalar iterable result_type tril_indices_from
        triu_indices_from"""
    )
)
"""Functions that neither ask anybody nor convert: they look at the type, or at such attributes alone."""

SHARED = frozenset(
    name.removeprefix("numpy.")
    for name in _names(
        """abs absolute cholesky cond conj conjugate cross det diag diagonal eig eigh eigvals eigvalsh inner inv kron
        lstsq matrix_power matrix_rank matrix_transpose multi_dot negative norm outer pinv qr sign slogdet solve svd
        svdvals tensordot tensorinv tensorsolve trace tril triu vdot vecdot"""
    )
)
"""Methods of a matrix that mean what numpy's function of that name means. Not of any: `append` may change the matrix,
and `exp` be the exponential of matrices, where numpy's is that of the elements."""

_WANTS_DIMENSIONS = frozenset(_names("einsum tensordot vdot trace diagonal"))

PRODUCTS = {"numpy.dot": MATMUL, "numpy.einsum": MATMUL, "numpy.linalg.matmul": MATMUL}

# These convert at once, as their caller asked.
_CONVERTERS = _names("array asarray asanyarray ascontiguousarray asfortranarray asarray_chkfinite copy fromiter")


def _make_spellings() -> dict[str, FunctionSpelling]:
    found: dict[str, FunctionSpelling] = {}

    def add(name: str, kind: FunctionKind, operator: Operator | None = None, **how: object) -> None:
        found[name] = FunctionSpelling(name, kind, operator, **how)  # type: ignore[arg-type]

    for name, (operator, in_place) in ASKING.items():
        add(
            name,
            FunctionKind.IN_PLACE if in_place else FunctionKind.OPERATOR,
            operator,
            wants_dimensions=operator is MATMUL,
        )
    for operator in (*OPERATORS, DIVMOD):
        add(UFUNCS[operator.function], FunctionKind.UFUNC, operator, wants_dimensions=operator is MATMUL)
    for alias, function in _UFUNC_ALIASES.items():
        add(alias, FunctionKind.UFUNC, BY_FUNCTION[function])
    for name in _UFUNCS:
        add(name, FunctionKind.UFUNC)
    for name in _GENERALISED:
        add(name, FunctionKind.UFUNC, wants_dimensions=True)
    for name, method in _REDUCTIONS.items():
        add(name, FunctionKind.FUNCTION, hands_to=method, reduces=True)
    for name, method in _HANDS_OVER.items():
        add(name, FunctionKind.FUNCTION, hands_to=method)
    for name in READ:
        add(f"numpy.{name}", FunctionKind.FUNCTION, hands_to=name)
    for name, product in PRODUCTS.items():
        add(name, FunctionKind.FUNCTION, product, wants_dimensions=name != "numpy.dot")
    for name in _CONVERTERS:
        add(name, FunctionKind.METHOD)
    add("numpy.ndarray.dot", FunctionKind.METHOD, MATMUL)
    return found


# A public function of numpy, and not a class's method: numpy's classes are left out where their names look like it.
_FUNCTION = re.compile(
    r"numpy\.(?:(?:linalg|fft)\.)?(?!(?:ndarray|dtype|poly1d|matrix|vectorize|errstate)\b)[a-z]\w*\Z"
)

_SPELLINGS = _make_spellings()


def meaning(operator: Operator) -> tuple[str, ...]:
    """The functions that mean an operator, itself among them, but for its form in place."""
    apart = FunctionKind.IN_PLACE
    return tuple(n for n, found in _SPELLINGS.items() if found.operator is operator and found.kind is not apart)


def spelling(function: str) -> FunctionSpelling | None:
    """How a function looks for an answer; None where numpy has no part in it."""
    known = _SPELLINGS.get(function)
    if known is None and _FUNCTION.match(function) is not None and function not in SILENT:
        wants = function in _WANTS_DIMENSIONS or function.startswith("numpy.linalg.")
        return FunctionSpelling(
            function, FunctionKind.FUNCTION, wants_dimensions=wants and function != "numpy.linalg.multi_dot"
        )
    return known
