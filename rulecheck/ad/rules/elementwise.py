"""The elementwise functions beyond the operators. Derivatives at a kink: the mean of both sides, zero for |x|."""

from __future__ import annotations

from typing import Any

import numpy as np

from rulecheck.ad.numpy_pullbacks import constant, constant_if_real, kernel, pullbacks_of, rewrite
from rulecheck.ad.rules.helpers import conj, nonzero
from rulecheck.ad.rules.methods import cast

LOG2 = float(np.log(2))
LOG10 = float(np.log(10))

pullbacks_of(np.expm1, lambda g, y, x: g * conj(y + 1), keeps=False)
pullbacks_of(np.exp2, lambda g, y, x: g * conj(y) * LOG2, keeps=False)
pullbacks_of(np.log2, lambda g, y, x: g / conj(x * LOG2))
pullbacks_of(np.log10, lambda g, y, x: g / conj(x * LOG10))
pullbacks_of(np.log1p, lambda g, y, x: g / conj(x + 1))
pullbacks_of(np.tan, lambda g, y, x: g * conj(1 + y * y), keeps=False)
pullbacks_of(np.sinh, lambda g, y, x: g * np.cosh(conj(x)))
pullbacks_of(np.cosh, lambda g, y, x: g * np.sinh(conj(x)))
pullbacks_of(np.arcsin, lambda g, y, x: g / np.sqrt(1 - conj(x * x)))
pullbacks_of(np.arccos, lambda g, y, x: -g / np.sqrt(1 - conj(x * x)))
pullbacks_of(np.arctan, lambda g, y, x: g / conj(1 + x * x))
pullbacks_of(np.arcsinh, lambda g, y, x: g / np.sqrt(conj(x * x) + 1))
pullbacks_of(np.arccosh, lambda g, y, x: g / (np.sqrt(conj(x) - 1) * np.sqrt(conj(x) + 1)))
pullbacks_of(np.arctanh, lambda g, y, x: g / conj(1 - x * x))
pullbacks_of(np.square, lambda g, y, x: g * (2 * conj(x)))
pullbacks_of(np.cbrt, lambda g, y, x: g / (3 * y * y), keeps=False)
pullbacks_of(np.reciprocal, lambda g, y, x: -g * conj(y * y), keeps=False)
pullbacks_of(np.deg2rad, lambda g, y, x: g * (np.pi / 180), keeps=False)
pullbacks_of(np.radians, lambda g, y, x: g * (np.pi / 180), keeps=False)
pullbacks_of(np.rad2deg, lambda g, y, x: g * (180 / np.pi), keeps=False)
pullbacks_of(np.degrees, lambda g, y, x: g * (180 / np.pi), keeps=False)
pullbacks_of(np.fabs, lambda g, y, x: g * np.sign(x))
pullbacks_of(np.nan_to_num, lambda g, y, x, **_: g * np.isfinite(x))


def _absolute(g: Any, y: Any, x: Any) -> Any:
    return g * (x / nonzero(y)) if np.iscomplexobj(x) else g * np.sign(x)


pullbacks_of(np.absolute, _absolute)
# The angle of z turns by Im(dz / z).
pullbacks_of(np.angle, lambda g, y, z, deg=False: g * (180 / np.pi if deg else 1.0) * 1j / conj(z))
pullbacks_of(
    np.arctan2,
    lambda g, y, a, b: g * b / (a * a + b * b),
    lambda g, y, a, b: -g * a / (a * a + b * b),
)
pullbacks_of(np.hypot, lambda g, y, a, b: g * a / nonzero(y), lambda g, y, a, b: g * b / nonzero(y))
pullbacks_of(np.logaddexp, lambda g, y, a, b: g * np.exp(a - y), lambda g, y, a, b: g * np.exp(b - y))
pullbacks_of(np.logaddexp2, lambda g, y, a, b: g * np.exp2(a - y), lambda g, y, a, b: g * np.exp2(b - y))
pullbacks_of(np.remainder, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.floor(a / b))
pullbacks_of(np.fmod, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.trunc(a / b))
pullbacks_of(np.copysign, lambda g, y, a, b: g * np.sign(a) * np.where(np.signbit(b), -1.0, 1.0), None)
pullbacks_of(np.heaviside, None, lambda g, y, x, middle: g * np.equal(x, 0))
pullbacks_of(np.ldexp, lambda g, y, a, b: g * np.exp2(b), None)


def _ahead(a: Any, b: Any) -> Any:
    """One where a is the greater, a half where they are equal."""
    return np.greater(a, b) + 0.5 * np.equal(a, b)


pullbacks_of(np.maximum, lambda g, y, a, b: g * _ahead(a, b), lambda g, y, a, b: g * _ahead(b, a))
pullbacks_of(np.minimum, lambda g, y, a, b: g * _ahead(b, a), lambda g, y, a, b: g * _ahead(a, b))


def _chosen(a: Any, b: Any, larger: bool) -> Any:
    """The same where fmax and fmin pass over a NaN."""
    ahead = _ahead(a, b) if larger else _ahead(b, a)
    return np.where(np.isnan(b), 1.0, np.where(np.isnan(a), 0.0, ahead))


pullbacks_of(np.fmax, lambda g, y, a, b: g * _chosen(a, b, True), lambda g, y, a, b: g * _chosen(b, a, True))
pullbacks_of(np.fmin, lambda g, y, a, b: g * _chosen(a, b, False), lambda g, y, a, b: g * _chosen(b, a, False))
pullbacks_of(np.where, None, lambda g, y, c, a, b: np.where(c, g, 0), lambda g, y, c, a, b: np.where(c, 0, g))


def _sinc(g: Any, y: Any, x: Any) -> Any:
    safe = nonzero(x)
    return g * conj(np.where(np.equal(x, 0), 0, (np.cos(np.pi * safe) - y) / safe))


pullbacks_of(np.sinc, _sinc)


@kernel(
    lambda g, y, x, low, high: g * np.where((low <= x) & (x <= high), 1.0, 0.0),
    lambda g, y, x, low, high: g * np.where(x < low, 1.0, 0.0),
    lambda g, y, x, low, high: g * np.where(x > high, 1.0, 0.0),
)
def clipped(x: Any, low: Any, high: Any) -> Any:
    """`numpy.clip` between two bounds; on a bound the derivative is that of the inside."""
    return np.clip(x, low, high)


@rewrite(np.clip)
def _clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low = a_min if min is None else min
    high = a_max if max is None else max
    return clipped(x, -np.inf if low is None else low, np.inf if high is None else high)


@rewrite(np.float_power)
def _float_power(a: Any, b: Any) -> Any:
    """In double precision, whatever comes."""
    return np.power(*(cast(x, np.result_type(x, np.float64)) for x in (a, b)))


@rewrite(np.divmod)
def _divmod(a: Any, b: Any) -> Any:
    return np.floor_divide(a, b), np.remainder(a, b)


@rewrite(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    chosen = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        chosen = np.where(condition, choice, chosen)
    return chosen


def _sign_of_complex(g: Any, y: Any, z: Any) -> Any:
    """Z / |z| turns, and does not grow; at zero the derivative is taken to be zero."""
    return (g - y * np.real(conj(y) * g)) * np.where(np.equal(z, 0), 0, 1 / nonzero(np.abs(z)))


@constant_if_real(np.sign)
@kernel(_sign_of_complex)
def sign_of_complex(z: Any) -> Any:
    """`numpy.sign` of a complex number."""
    return np.sign(z)


constant(np.floor_divide, np.spacing, np.isreal, np.iscomplex, np.logical_xor, np.isposinf, np.isneginf)
constant(np.round, np.around, np.fix, np.digitize, np.count_nonzero, np.lexsort, np.nanargmax, np.nanargmin)
constant(np.flatnonzero, np.argwhere, np.argpartition, np.isin, np.may_share_memory, np.can_cast, np.common_type)
constant(np.array2string, np.array_repr, np.array_str, np.linalg.matrix_rank)
