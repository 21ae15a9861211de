"""Reductions, cumulations and what is chosen by order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rulecheck.ad.errors import NotTraceable
from rulecheck.ad.rows import kernel, rewrite, row
from rulecheck.ad.rules.helpers import axes_of, conj, kept, nonzero, reduced_size


@rewrite(np.mean)
def _mean(x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return np.sum(x, axis=axis, keepdims=keepdims) / reduced_size(x, axis)


@rewrite(np.var)
def _var(x: Any, axis: Any = None, dtype: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    off = x - np.mean(x, axis=axis, keepdims=True)
    squares = np.real(off * conj(off)) if np.iscomplexobj(off) else off * off
    return np.sum(squares, axis=axis, keepdims=keepdims) / (reduced_size(x, axis) - ddof)


@rewrite(np.std)
def _std(x: Any, axis: Any = None, dtype: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    return np.sqrt(np.var(x, axis=axis, ddof=ddof, keepdims=keepdims))


@rewrite(np.average)
def _average(x: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
    if weights is None:
        return np.mean(x, axis=axis, keepdims=keepdims)
    if np.shape(weights) != np.shape(x):
        if np.ndim(weights) != 1 or not isinstance(axis, int):
            raise TypeError("average: weights are of the array's shape, or one for each element along an axis")
        weights = np.reshape(weights, [-1 if a == axis % np.ndim(x) else 1 for a in range(np.ndim(x))])
    total = np.sum(np.broadcast_to(weights, np.shape(x)), axis=axis, keepdims=keepdims)
    return np.sum(x * weights, axis=axis, keepdims=keepdims) / total


@rewrite(np.nansum)
def _nansum(x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return np.sum(np.where(np.isnan(x), 0, x), axis=axis, keepdims=keepdims)


@rewrite(np.nanmean)
def _nanmean(x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return np.nansum(x, axis=axis, keepdims=keepdims) / np.sum(~np.isnan(x), axis=axis, keepdims=keepdims)


def _extreme(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Equal extremes share the cotangent."""
    hit = np.equal(x, kept(y, x, axis, keepdims)) * 1.0
    return kept(g, x, axis, keepdims) * hit / np.sum(hit, axis=axis, keepdims=True)


row(np.max, _extreme)
row(np.min, _extreme)


@rewrite(np.ptp)
def _ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.max(x, axis=axis, keepdims=keepdims) - np.min(x, axis=axis, keepdims=keepdims)


def _exclusive(x: Any) -> Any:
    """The products of all elements before each one, along the last axis."""
    return np.concatenate([np.ones_like(x[..., :1]), np.cumprod(x[..., :-1], axis=-1)], axis=-1)


def _product(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Products of the others, by cumulation from both ends, so that zeros do no harm."""
    axes = axes_of(axis, np.ndim(x))
    order = [a for a in range(np.ndim(x)) if a not in axes] + list(axes)
    moved = np.transpose(x, order)
    flat = np.reshape(moved, (*np.shape(moved)[: len(order) - len(axes)], -1))
    others = _exclusive(flat) * np.flip(_exclusive(np.flip(flat, -1)), -1)
    back = np.transpose(np.reshape(others, np.shape(moved)), np.argsort(order))
    return kept(g, x, axis, keepdims) * conj(back)


row(np.prod, _product)


def _cumulated_sum(g: Any, y: Any, x: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g, 0)), 0), np.shape(x))
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


row(np.cumsum, _cumulated_sum, keeps=False)


def _cumulated_product(g: Any, y: Any, x: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.reshape(_cumulated_product(g, y, np.reshape(x, -1), 0), np.shape(x))
    x, g = np.moveaxis(x, axis, -1), np.moveaxis(g, axis, -1)
    # What comes after an element weighs by the products in between: a recurrence from the end.
    weights = [g[..., -1]]
    for k in range(np.shape(x)[-1] - 2, -1, -1):
        weights.append(g[..., k] + conj(x[..., k + 1]) * weights[-1])
    return np.moveaxis(np.stack(weights[::-1], axis=-1) * conj(_exclusive(x)), -1, axis)


row(np.cumprod, _cumulated_product)


@rewrite(np.sort)
def _sort(x: Any, axis: int | None = -1, kind: Any = None) -> Any:
    if axis is None:
        x, axis = np.reshape(x, -1), 0
    return np.take_along_axis(x, np.argsort(x, axis=axis, kind="stable"), axis=axis)


@rewrite(np.median)
def _median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    if axis is None:
        shape = (1,) * np.ndim(x) if keepdims else ()
        return np.reshape(np.median(np.reshape(x, -1), axis=0), shape)
    if not isinstance(axis, int):
        raise NotTraceable("median: traced arrays are reduced over one axis or over all")
    ordered = np.moveaxis(np.sort(x, axis=axis), axis, 0)
    n = np.shape(ordered)[0]
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return np.expand_dims(middle, axis) if keepdims else middle


@rewrite(np.diff)
def _diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    for _ in range(n):
        x = np.moveaxis(x, axis, -1)
        x = np.moveaxis(x[..., 1:] - x[..., :-1], -1, axis)
    return x


@rewrite(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = np.moveaxis(y, axis, -1)
    if x is not None:
        dx = np.diff(x) if np.ndim(x) == 1 else np.moveaxis(np.diff(x, axis=axis), axis, -1)
    return np.sum(dx * (y[..., 1:] + y[..., :-1]), axis=-1) / 2


def _length(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return kept(g / nonzero(y), x, axis, keepdims) * x


@kernel(_length)
def length(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The root of the sum of squared magnitudes; at zero the derivative is taken to be zero."""
    return np.sqrt(np.sum(np.real(x * np.conj(x)), axis=axis, keepdims=keepdims))


@rewrite(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    matrix = (isinstance(axis, tuple) and len(axis) == 2) or (axis is None and np.ndim(x) == 2)
    if ord is None or (ord == "fro" and matrix) or (ord == 2 and not matrix):
        return length(x, axis=axis, keepdims=keepdims)
    if not matrix and ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(np.abs(x), axis=axis, keepdims=keepdims)
    if not matrix and isinstance(ord, (int, float)) and ord != 0:
        return np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims) ** (1 / ord)
    if matrix and ord in (1, np.inf) and np.ndim(x) == 2 and not keepdims:
        return np.max(np.sum(np.abs(x), axis=0 if ord == 1 else 1))
    if matrix and ord in (2, "nuc") and np.ndim(x) == 2 and not keepdims:
        values = np.linalg.svd(x, compute_uv=False)
        return values[0] if ord == 2 else np.sum(values)
    raise NotTraceable(f"norm: no derivative for ord={ord!r} over axis={axis!r}")


def _reduced(whole: Callable[..., Any]) -> Callable[..., Any]:
    """A ufunc's `reduce` as the function that does the same, which starts at another axis."""

    def written(x: Any, axis: Any = 0, dtype: Any = None, keepdims: bool = False) -> Any:
        return whole(x, axis=axis, keepdims=keepdims)

    return written


for _ufunc, _whole in ((np.add, np.sum), (np.multiply, np.prod), (np.maximum, np.max), (np.minimum, np.min)):
    rewrite((_ufunc, "reduce"))(_reduced(_whole))


@rewrite((np.logaddexp, "reduce"))
def _logaddexp_reduce(x: Any, axis: Any = 0, dtype: Any = None, keepdims: bool = False) -> Any:
    top = np.max(x, axis=axis, keepdims=True)
    total = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axes_of(axis, np.ndim(x)))


@rewrite((np.add, "accumulate"))
def _add_accumulate(x: Any, axis: int = 0, dtype: Any = None) -> Any:
    return np.cumsum(x, axis=axis)


@rewrite((np.multiply, "accumulate"))
def _multiply_accumulate(x: Any, axis: int = 0, dtype: Any = None) -> Any:
    return np.cumprod(x, axis=axis)
