"""Functions of sampled values: interpolation, differences by position, counts, polynomials and statistics."""

from __future__ import annotations

from typing import Any

import numpy as np

from rulecheck.ad.convert import array
from rulecheck.ad.errors import NotTraceable
from rulecheck.ad.numpy_pullbacks import plain, rewrite
from rulecheck.ad.rules.helpers import conj
from rulecheck.ad.rules.indexing import scatter
from rulecheck.ad.rules.methods import cast


@rewrite(np.interp)
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Straight lines between the points, and the outermost values beyond them."""
    xp, fp = array(xp), array(fp)
    if np.shape(xp)[0] < 2:
        raise NotTraceable("interp: a traced interpolation needs at least two points")
    at, points = np.asarray(plain(x)), np.asarray(plain(xp))
    i = np.clip(np.searchsorted(points, at, side="right") - 1, 0, len(points) - 2)
    between = fp[i] + (x - xp[i]) * ((fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i]))
    below = np.where(at < points[0], fp[0] if left is None else left, between)
    found = np.where(at > points[-1], fp[-1] if right is None else right, below)
    return found if np.ndim(x) else found[()]


@rewrite(np.linspace)
def _linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0
) -> Any:
    """The ends, weighted by the way between them."""
    if dtype is not None:
        raise NotTraceable("linspace: there is a derivative without dtype= only")
    parts = num - 1 if endpoint else num
    shape = np.broadcast_shapes(np.shape(start), np.shape(stop))
    way = np.reshape(np.arange(num) / max(parts, 1), (num, *(1,) * len(shape)))
    way = way.astype(np.result_type(plain(start), plain(stop), 1.0))
    found = np.moveaxis(start * (1 - way) + stop * way, 0, axis)
    return (found, (stop - start) / parts if parts > 0 else np.nan) if retstep else found


@rewrite(np.real_if_close)
def _real_if_close(a: Any, tol: float = 100) -> Any:
    return a if np.iscomplexobj(np.real_if_close(plain(a), tol)) or not np.iscomplexobj(a) else np.real(a)


@rewrite(np.unwrap)
def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    """Whole periods are added, which have no derivative but by the period."""
    if plain(period) is not period:
        raise NotTraceable("unwrap: there is no derivative by the period")
    return p + (np.unwrap(plain(p), discont, axis, period=period) - plain(p))


@rewrite(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    y: Any = 0 * x
    for coefficient in p:
        y = y * x + coefficient
    return y


@rewrite(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences, one-sided at the edges, for samples at equal distances."""
    n = np.ndim(f)
    axes = tuple(range(n)) if axis is None else (axis,) if np.ndim(axis) == 0 else tuple(axis)
    steps = list(varargs) * len(axes) if len(varargs) == 1 else list(varargs) or [1.0] * len(axes)
    if edge_order != 1 or any(map(np.ndim, steps)):
        raise NotTraceable("gradient: there is a derivative for edge_order=1 and distances that are numbers")
    if len(steps) != len(axes):
        raise TypeError("invalid number of arguments")
    found = [_differences(f, a, h) for a, h in zip(axes, steps, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _differences(f: Any, axis: int, step: Any) -> Any:
    f = np.moveaxis(f, axis, 0)
    inside = (f[2:] - f[:-2]) / (2 * step)
    return np.moveaxis(np.concatenate([(f[1:2] - f[:1]) / step, inside, (f[-1:] - f[-2:-1]) / step]), 0, axis)


@rewrite(np.ediff1d)
def _ediff1d(ary: Any) -> Any:
    return np.diff(np.reshape(ary, -1))


@rewrite(np.bincount)
def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    index = np.asarray(plain(x))
    if plain(weights) is weights:
        return np.bincount(index, weights, minlength)
    size = max(int(minlength), int(index.max(initial=-1)) + 1)
    return scatter(weights, (size,), index)


@rewrite(np.extract)
def _extract(condition: Any, arr: Any) -> Any:
    return np.reshape(arr, -1)[np.nonzero(np.ravel(plain(condition)))[0]]


@rewrite(np.full_like)
def _full_like(a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", shape: Any = None) -> Any:
    shape = np.shape(a) if shape is None else shape
    kind = np.result_type(a) if dtype is None else np.dtype(dtype)
    if kind.kind not in "fc" or plain(fill_value) is fill_value:
        return np.full(shape, plain(fill_value), kind)
    return np.broadcast_to(fill_value, shape).astype(kind)


@rewrite(np.cov)
def _cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Any:
    """Of one set of variables, or of two that are put below each other."""
    rows = [np.atleast_2d(x) if rowvar or np.ndim(x) == 1 else np.transpose(x) for x in (m, y) if x is not None]
    x = np.concatenate(rows) if len(rows) > 1 else rows[0]
    x = cast(x, np.result_type(x, np.float64))  # as numpy does, whatever comes
    off = x - np.mean(x, axis=1, keepdims=True)
    freedom = np.shape(x)[1] - ((0 if bias else 1) if ddof is None else ddof)
    return np.squeeze(np.matmul(off, conj(np.transpose(off))) / freedom)


@rewrite(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    c = _cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    spread = np.sqrt(np.real(np.diagonal(c)))
    return c / np.outer(spread, spread)


@rewrite(np.correlate)
def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    v = array(v)
    if np.shape(a)[0] < np.shape(v)[0]:
        raise NotTraceable("correlate: there is a derivative where the first is at least as long as the second")
    return np.convolve(a, conj(v[::-1]), mode)
