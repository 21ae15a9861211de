"""What is chosen by order: sorted values, and quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from rulecheck.ad.convert import array
from rulecheck.ad.errors import NotTraceable
from rulecheck.ad.numpy_pullbacks import plain, rewrite
from rulecheck.ad.rules.helpers import axes_of
from rulecheck.ad.rules.methods import cast


@rewrite(np.sort)
def _sort(a: Any, axis: int | None = -1, kind: Any = None, stable: Any = None) -> Any:
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return np.take_along_axis(a, np.argsort(a, axis=axis, kind="stable"), axis=axis)


@rewrite(np.partition)
def _partition(a: Any, kth: Any, axis: int | None = -1) -> Any:
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return np.take_along_axis(a, np.argpartition(plain(a), kth, axis=axis), axis=axis)


@rewrite(np.unique)
def _unique(
    ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False,
    axis: Any = None, equal_nan: bool = True, sorted: bool = True,
) -> Any:  # fmt: skip
    """Of equal elements the first is taken."""
    if axis is not None:
        raise NotTraceable("unique: there is a derivative for axis=None only")
    _, index, inverse, counts = np.unique(plain(ar), True, True, True, equal_nan=equal_nan)
    found = np.reshape(ar, -1)[index]
    wanted = [
        x for x, is_wanted in ((index, return_index), (inverse, return_inverse), (counts, return_counts)) if is_wanted
    ]
    return (found, *wanted) if wanted else found


def _ordered(x: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """The elements along some axes in ascending order, as the last axis; and the axes."""
    axes = axes_of(axis, np.ndim(x))
    others = [i for i in range(np.ndim(x)) if i not in axes]
    moved = np.transpose(x, (*others, *axes))
    return np.sort(np.reshape(moved, (*np.shape(moved)[: len(others)], -1)), axis=-1), axes


def _between(ordered: Any, position: Any) -> Any:
    """The value at a place between two elements, in proportion; by the place its derivative is their difference."""
    last = np.shape(ordered)[-1] - 1
    low = min(int(plain(position)), last)
    high = min(low + 1, last)
    share = position - low
    return ordered[..., low] * (1 - share) + ordered[..., high] * share


@rewrite(np.median)
def _median(a: Any, axis: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    return _quantile(a, 0.5, axis, keepdims=keepdims)


@rewrite(np.quantile)
def _quantile(
    a: Any, q: Any, axis: Any = None, overwrite_input: bool = False, method: str = "linear", keepdims: bool = False
) -> Any:
    if method != "linear":
        raise NotTraceable(f"quantile: there is a derivative for method='linear', not {method!r}")
    ordered, axes = _ordered(a, axis)
    wanted = array(q) * 1.0
    if type(plain(q)) in (int, float) and ordered.dtype.kind == "f":
        wanted = cast(wanted, ordered.dtype)  # a number of Python's takes the array's precision
    if np.any(wanted < 0) or np.any(wanted > 1):
        raise ValueError("Quantiles must be in the range [0, 1]")
    last = np.shape(ordered)[-1] - 1
    places = np.reshape(wanted, -1) * last
    parts = [_between(ordered, places[i]) for i in range(np.size(wanted))]
    if keepdims:
        parts = [np.expand_dims(part, axes) for part in parts]
    if not np.ndim(wanted):
        return parts[0]
    return np.reshape(np.stack(parts), (*np.shape(wanted), *np.shape(parts[0])))


@rewrite(np.percentile)
def _percentile(
    a: Any, q: Any, axis: Any = None, overwrite_input: bool = False, method: str = "linear", keepdims: bool = False
) -> Any:
    return _quantile(a, (q if np.ndim(q) == 0 else array(q)) / 100, axis, method=method, keepdims=keepdims)
