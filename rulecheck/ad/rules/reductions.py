"""Reductions, cumulations and what is chosen by order."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from rulecheck.ad.numpy_pullbacks import pullbacks_of, rewrite
from rulecheck.ad.rules.helpers import axes_of, conj, kept, reduced_size
from rulecheck.ad.rules.methods import cast
from rulecheck.ad.rules.norms import length


def of_dtype(x: Any, dtype: Any) -> Any:
    """The array in the dtype that a reduction is asked to compute in."""
    return x if dtype is None or np.dtype(dtype).kind not in "fc" else cast(x, np.dtype(dtype))


def where_or(x: Any, where: Any, other: Any) -> Any:
    """The array with other values where a reduction is asked to pass over its own."""
    return x if where is True else np.where(where, x, other)


@rewrite(np.sum)
def _sum(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    total = np.sum(where_or(of_dtype(a, dtype), where, 0), axis=axis, keepdims=bool(keepdims))
    return total if initial is None else total + initial


@rewrite(np.mean)
def _mean(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    a = of_dtype(a, dtype)
    count = reduced_size(a, axis) if where is True else counted(a, axis, keepdims, where)
    return np.sum(where_or(a, where, 0), axis=axis, keepdims=bool(keepdims)) / count


def counted(x: Any, axis: Any, keepdims: bool, where: Any, less: Any = 0) -> Any:
    """How many elements take part in each element of a reduction, in the array's own precision."""
    count = np.sum(np.broadcast_to(where, np.shape(x)), axis=axis, keepdims=bool(keepdims)) - less
    dtype = getattr(x, "dtype", np.dtype(float))
    return np.asarray(count, np.finfo(dtype).dtype)[()] if dtype.kind in "fc" else count


def _deviations(x: Any, axis: Any, dtype: Any, where: Any, mean: Any) -> Any:
    """The differences to the mean; nothing where an element does not take part."""
    x = of_dtype(x, dtype)
    middle = _mean(x, axis=axis, keepdims=True, where=where) if mean is None else mean
    return where_or(x - middle, where, 0)


@rewrite(np.var)
def _var(
    a: Any, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False, where: Any = True,
    mean: Any = None, correction: float | None = None,
) -> Any:  # fmt: skip
    off = _deviations(a, axis, dtype, where, mean)
    squares = np.real(off * conj(off)) if np.iscomplexobj(off) else off * off
    freedom = counted(off, axis, keepdims, where, ddof if correction is None else correction)
    return np.sum(squares, axis=axis, keepdims=bool(keepdims)) / freedom


@rewrite(np.std)
def _std(
    a: Any, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False, where: Any = True,
    mean: Any = None, correction: float | None = None,
) -> Any:  # fmt: skip
    """By the length of the deviations, whose derivative at zero is taken to be zero."""
    off = _deviations(a, axis, dtype, where, mean)
    freedom = counted(off, axis, keepdims, where, ddof if correction is None else correction)
    return length(off, axis=axis, keepdims=bool(keepdims)) / np.sqrt(freedom)


@rewrite(np.average)
def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    if weights is None:
        found = np.mean(a, axis=axis, keepdims=bool(keepdims))
        total = reduced_size(a, axis) * np.ones(np.shape(found))
    else:
        weights = _spread_weights(weights, np.shape(a), axis)
        total = np.sum(np.broadcast_to(weights, np.shape(a)), axis=axis, keepdims=bool(keepdims))
        found = np.sum(a * weights, axis=axis, keepdims=bool(keepdims)) / total
    return (found, total) if returned else found


def _spread_weights(weights: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """Weights for the elements along some axes, so that they broadcast against the array."""
    if np.shape(weights) == shape:
        return weights
    if axis is None:
        raise TypeError("average: weights of another shape than the array's need an axis that they belong to")
    axes = axes_of(axis, len(shape))
    if np.shape(weights) != tuple(shape[i] for i in axes):
        raise ValueError("average: the weights' shape is not that of the array along the axes")
    ordered = np.transpose(weights, tuple(np.argsort(axes)))
    return np.reshape(ordered, [n if i in axes else 1 for i, n in enumerate(shape)])


def _extreme(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Equal extremes share the cotangent."""
    hit = np.equal(x, kept(y, x, axis, keepdims)) * 1.0
    return kept(g, x, axis, keepdims) * hit / np.sum(hit, axis=axis, keepdims=True)


pullbacks_of(np.max, _extreme)
pullbacks_of(np.min, _extreme)


@rewrite(np.amax)
@rewrite(np.max)
def _max(a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return _bounded(np.max, np.maximum, a, axis, keepdims, initial, where)


@rewrite(np.amin)
@rewrite(np.min)
def _min(a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return _bounded(np.min, np.minimum, a, axis, keepdims, initial, where)


def _bounded(whole: Any, pair: Any, x: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """An extreme that starts from a value, and passes over elements."""
    found = whole(where_or(x, where, initial), axis=axis, keepdims=bool(keepdims))
    return found if initial is None else pair(found, initial)


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


pullbacks_of(np.prod, _product)


@rewrite(np.prod)
def _prod(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    product = np.prod(where_or(of_dtype(a, dtype), where, 1), axis=axis, keepdims=bool(keepdims))
    return product if initial is None else product * initial


def _cumulated_sum(g: Any, y: Any, x: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g, 0)), 0), np.shape(x))
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


pullbacks_of(np.cumsum, _cumulated_sum, keeps=False)


@rewrite(np.cumsum)
def _cumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumsum(of_dtype(a, dtype), axis=axis)


@rewrite(np.cumprod)
def _cumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumprod(of_dtype(a, dtype), axis=axis)


def _cumulated_product(g: Any, y: Any, x: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.reshape(_cumulated_product(g, y, np.reshape(x, -1), 0), np.shape(x))
    x, g = np.moveaxis(x, axis, -1), np.moveaxis(g, axis, -1)
    if not np.size(x):
        return np.moveaxis(g, -1, axis)
    # What comes after an element weighs by the products in between: a recurrence from the end.
    weights = [g[..., -1]]
    for k in range(np.shape(x)[-1] - 2, -1, -1):
        weights.append(g[..., k] + conj(x[..., k + 1]) * weights[-1])
    return np.moveaxis(np.stack(weights[::-1], axis=-1) * conj(_exclusive(x)), -1, axis)


pullbacks_of(np.cumprod, _cumulated_product)


@rewrite(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    edges = [_edge(prepend, a, axis), a, _edge(append, a, axis)]
    given = [e for e in edges if e is not None]
    x = np.concatenate(given, axis=axis) if len(given) > 1 else a
    for _ in range(n):
        x = np.moveaxis(x, axis, -1)
        x = np.moveaxis(x[..., 1:] - x[..., :-1], -1, axis)
    return x


def _edge(value: Any, x: Any, axis: int) -> Any:
    """What is put before or after the elements along an axis; a number stands for one of each."""
    if value is None or np.ndim(value):
        return value
    return np.broadcast_to(value, [1 if i == axis % np.ndim(x) else n for i, n in enumerate(np.shape(x))])


@rewrite(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = np.moveaxis(y, axis, -1)
    if x is not None:
        dx = np.diff(x) if np.ndim(x) == 1 else np.moveaxis(np.diff(x, axis=axis), axis, -1)
    return np.sum(dx * (y[..., 1:] + y[..., :-1]), axis=-1) / 2


def _reduced(whole: Callable[..., Any]) -> Callable[..., Any]:
    """A ufunc's `reduce` as the function that does the same, which starts at another axis."""

    def written(x: Any, axis: Any = 0, dtype: Any = None, keepdims: bool = False) -> Any:
        return whole(x, axis=axis, keepdims=keepdims)

    return written


def _in_segments(whole: Callable[..., Any]) -> Callable[..., Any]:
    """A ufunc's `reduceat`: each segment reduced, from an index to the next; where that is no larger, one element."""

    def written(x: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
        starts = [operator.index(i) for i in np.asarray(indices)]
        x = np.moveaxis(x, axis, 0)
        ends = [*starts[1:], np.shape(x)[0]]
        if not all(0 <= i < np.shape(x)[0] for i in starts):
            raise IndexError(f"reduceat: the indices {starts} are not all within an axis of {np.shape(x)[0]}")
        parts = [whole(x[i:j], axis=0) if i < j else x[i] for i, j in zip(starts, ends, strict=True)]
        return np.moveaxis(np.stack(parts), 0, axis) if parts else np.moveaxis(x[:0], 0, axis)

    return written


for _ufunc, _whole in ((np.add, np.sum), (np.multiply, np.prod), (np.maximum, np.max), (np.minimum, np.min)):
    rewrite((_ufunc, "reduce"))(_reduced(_whole))
    rewrite((_ufunc, "reduceat"))(_in_segments(_whole))


@rewrite((np.logaddexp, "reduce"))
def _logaddexp_reduce(x: Any, axis: Any = 0, dtype: Any = None, keepdims: bool = False) -> Any:
    top = np.max(x, axis=axis, keepdims=True)
    total = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    if keepdims:
        return total
    found = np.squeeze(total, axis=axes_of(axis, np.ndim(x)))
    return found if np.ndim(found) else found[()]


@rewrite((np.add, "accumulate"))
def _add_accumulate(x: Any, axis: int = 0, dtype: Any = None) -> Any:
    return np.cumsum(x, axis=axis)


@rewrite((np.multiply, "accumulate"))
def _multiply_accumulate(x: Any, axis: int = 0, dtype: Any = None) -> Any:
    return np.cumprod(x, axis=axis)
