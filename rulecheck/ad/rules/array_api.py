"""The names that numpy has for the array API standard, each by numpy's older name for the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rulecheck.ad.numpy_pullbacks import rewrite
from rulecheck.ad.rules.helpers import conj


def newer(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`rewrite` of a function that not every numpy has."""
    function = getattr(np, name, None)
    return (lambda written: written) if function is None else rewrite(function)


@newer("cumulative_sum")
def _cumulative_sum(x: Any, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    return _cumulative(np.cumsum, 0, x, axis, dtype, include_initial)


@newer("cumulative_prod")
def _cumulative_prod(x: Any, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    return _cumulative(np.cumprod, 1, x, axis, dtype, include_initial)


def _cumulative(function: Any, start: float, x: Any, axis: int | None, dtype: Any, include_initial: bool) -> Any:
    if axis is None:
        if np.ndim(x) != 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
        axis = 0
    found = function(x, axis=axis, dtype=dtype)
    if not include_initial:
        return found
    first = np.full([1 if i == axis % np.ndim(x) else n for i, n in enumerate(np.shape(x))], start, np.result_type(x))
    return np.concatenate([first, found], axis=axis)


@newer("unstack")
def _unstack(x: Any, axis: int = 0) -> Any:
    return tuple(np.moveaxis(x, axis, 0))


@newer("astype")
def _astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    return x.astype(dtype)


@rewrite(np.copy)
def _copy(a: Any, order: Any = "K", subok: bool = False) -> Any:
    return +a


@newer("matvec")
def _matvec(a: Any, x: Any) -> Any:
    return np.matmul(a, np.expand_dims(x, -1))[..., 0]


@newer("vecmat")
def _vecmat(x: Any, a: Any) -> Any:
    return np.matmul(np.expand_dims(conj(x), -2), a)[..., 0, :]


@rewrite(np.linalg.outer)
def _outer(x1: Any, x2: Any) -> Any:
    return np.outer(x1, x2)


@rewrite(np.linalg.vecdot)
def _vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    return np.sum(conj(x1) * x2, axis=axis)


@rewrite(np.linalg.cross)
def _cross(x1: Any, x2: Any, axis: int = -1) -> Any:
    return np.cross(x1, x2, axis=axis)


@rewrite(np.linalg.matmul)
def _matmul(x1: Any, x2: Any) -> Any:
    return np.matmul(x1, x2)


@rewrite(np.linalg.tensordot)
def _tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    return np.tensordot(x1, x2, axes=axes)


@rewrite(np.linalg.svdvals)
def _svdvals(x: Any) -> Any:
    return np.linalg.svd(x, compute_uv=False)


@rewrite(np.linalg.diagonal)
def _diagonal(x: Any, offset: int = 0) -> Any:
    return np.diagonal(x, offset, -2, -1)


@rewrite(np.linalg.trace)
def _trace(x: Any, offset: int = 0) -> Any:
    return np.trace(x, offset, -2, -1)


@rewrite(np.linalg.matrix_transpose)
def _matrix_transpose(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


@rewrite(np.linalg.matrix_norm)
def _matrix_norm(x: Any, keepdims: bool = False, ord: Any = "fro") -> Any:
    return np.linalg.norm(x, ord, axis=(-2, -1), keepdims=keepdims)


@rewrite(np.linalg.vector_norm)
def _vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Over several axes the elements are taken for one vector, whatever their order."""
    if axis is None or isinstance(axis, tuple):
        axes = tuple(range(np.ndim(x))) if axis is None else tuple(a % np.ndim(x) for a in axis)
        others = [i for i in range(np.ndim(x)) if i not in axes]
        moved = np.transpose(x, (*others, *axes))
        found = np.linalg.norm(np.reshape(moved, (*np.shape(moved)[: len(others)], -1)), ord, axis=-1)
        return np.expand_dims(found, axes) if keepdims else found
    return np.linalg.norm(x, ord, axis=axis, keepdims=keepdims)
