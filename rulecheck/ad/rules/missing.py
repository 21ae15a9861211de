"""Reductions that pass over NaN."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from rulecheck.ad.errors import NotTraceable
from rulecheck.ad.numpy_pullbacks import plain, rewrite


def _there(x: Any) -> Any:
    return ~np.isnan(plain(x))


def _filled(x: Any, value: float) -> Any:
    """The array with a value in the place of each NaN."""
    return np.where(_there(x), x, value)


@rewrite(np.nansum)
def _nansum(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return np.sum(_filled(a, 0), axis=axis, dtype=dtype, keepdims=keepdims)


@rewrite(np.nanprod)
def _nanprod(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return np.prod(_filled(a, 1), axis=axis, dtype=dtype, keepdims=keepdims)


@rewrite(np.nancumsum)
def _nancumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumsum(_filled(a, 0), axis=axis, dtype=dtype)


@rewrite(np.nancumprod)
def _nancumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumprod(_filled(a, 1), axis=axis, dtype=dtype)


@rewrite(np.nanmax)
def _nanmax(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return _extreme_there(np.max, -np.inf, a, axis, keepdims)


@rewrite(np.nanmin)
def _nanmin(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return _extreme_there(np.min, np.inf, a, axis, keepdims)


def _extreme_there(whole: Any, least: float, x: Any, axis: Any, keepdims: bool) -> Any:
    """An extreme of what is there, and NaN where nothing is."""
    found = whole(_filled(x, least), axis=axis, keepdims=keepdims)
    some = np.any(_there(x), axis=axis, keepdims=keepdims)
    if np.all(some):
        return found
    warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=2)
    return np.where(some, found, np.nan)[()]


@rewrite(np.nanmedian)
def _nanmedian(a: Any, axis: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """Where nothing is missing."""
    if not np.all(_there(a)):
        raise NotTraceable("nanmedian: there is a derivative where nothing is NaN")
    return np.median(a, axis=axis, keepdims=bool(keepdims))


@rewrite(np.nanmean)
def _nanmean(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return np.mean(_filled(a, 0), axis=axis, dtype=dtype, keepdims=keepdims, where=_there(a))


@rewrite(np.nanvar)
def _nanvar(a: Any, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return np.var(_filled(a, 0), axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=_there(a))


@rewrite(np.nanstd)
def _nanstd(a: Any, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return np.std(_filled(a, 0), axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=_there(a))
