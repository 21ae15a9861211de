"""The operators on numbers and arrays, and the commonest elementwise functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from rulecheck.ad.numpy_pullbacks import constant, pullbacks_of
from rulecheck.ad.rules.helpers import conj


def _same(g: Any, y: Any, *args: Any) -> Any:
    return g


def _negated(g: Any, y: Any, *args: Any) -> Any:
    return -g


def _times_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    return g * (b if b.__class__ is float else conj(b))


def _times_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    return g * (a if a.__class__ is float else conj(a))


def _power_base(g: Any, y: Any, a: Any, b: Any) -> Any:
    if b.__class__ is int or b.__class__ is float:
        if b == 2:
            return g * (2 * conj(a))
        if b == 0:
            return g * 0
        return g * conj(b * a ** (b - 1))
    return g * conj(b * np.power(a, np.where(b == 0, 1, b - 1)))


def _power_exponent(g: Any, y: Any, a: Any, b: Any) -> Any:
    safe = np.where(np.equal(a, 0), 1, a)
    if np.iscomplexobj(y):
        safe = safe + 0j  # a negative number has a logarithm then
    return g * conj(y * np.log(safe))


def _tanh(g: Any, y: Any, x: Any) -> Any:
    slope = y * y
    if type(slope) is np.ndarray and type(g) is np.ndarray and slope.dtype == g.dtype and g.dtype.kind == "f":
        np.subtract(1.0, slope, out=slope)  # nothing else sees it: no more arrays are made
        slope *= g
        return slope
    return g * (1 - conj(slope))


pullbacks_of(np.add, _same, _same, keeps=False)
pullbacks_of(np.subtract, _same, _negated, keeps=False)
pullbacks_of(np.multiply, _times_left, _times_right)
pullbacks_of(np.divide, lambda g, y, a, b: g / conj(b), lambda g, y, a, b: -g * conj(y / b))
pullbacks_of(np.power, _power_base, _power_exponent)
pullbacks_of(np.negative, _negated, keeps=False)
pullbacks_of(np.positive, _same, keeps=False)
pullbacks_of(np.exp, lambda g, y, x: g * conj(y), keeps=False)
pullbacks_of(np.log, lambda g, y, x: g / conj(x))
pullbacks_of(np.sin, lambda g, y, x: g * np.cos(conj(x)))
pullbacks_of(np.cos, lambda g, y, x: -g * np.sin(conj(x)))
pullbacks_of(np.tanh, _tanh, keeps=False)
pullbacks_of(np.sqrt, lambda g, y, x: 0.5 * g / conj(y), keeps=False)
pullbacks_of(np.conjugate, lambda g, y, x: conj(g), keeps=False)

constant(
    np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type, np.zeros_like, np.ones_like,
    np.empty_like, np.argmax, np.argmin, np.argsort, np.isnan, np.isinf, np.isfinite,
    np.floor, np.ceil, np.rint, np.trunc, np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_not, np.array_equal, np.allclose, np.isclose, np.any, np.all,
    np.nonzero, np.searchsorted, np.signbit, np.shares_memory,
)  # fmt: skip
