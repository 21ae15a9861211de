"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from rulecheck.ad.numpy_pullbacks import kernel, plain, rewrite
from rulecheck.ad.rules.helpers import axes_of, kept, nonzero


def _length(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return kept(g / nonzero(y), x, axis, keepdims) * x


@kernel(_length)
def length(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The root of the sum of squared magnitudes; at zero the derivative is taken to be zero."""
    return np.sqrt(np.sum(np.real(x * np.conj(x)), axis=axis, keepdims=keepdims))


@rewrite(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if axis is None and ord is not None and np.ndim(x) > 2:
        raise ValueError(f"norm: of order {ord!r} along which axes? It is one of vectors or matrices")
    matrix = (isinstance(axis, tuple) and len(axis) == 2) or (axis is None and np.ndim(x) == 2)
    if ord is None or (ord == "fro" and matrix) or (ord == 2 and not matrix):
        return length(x, axis=axis, keepdims=keepdims)
    if matrix:
        first, second = axes_of(axis, np.ndim(x))
        found = _matrix_norm(np.moveaxis(x, (first, second), (-2, -1)), ord)
        return np.expand_dims(found, (first, second)) if keepdims else found
    if isinstance(ord, str):
        raise ValueError(f"norm: there is no {ord!r} norm of vectors")
    if ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.linalg.norm(plain(x), 0, axis, keepdims)  # a count
    return np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims) ** (1 / ord)


def _matrix_norm(x: Any, ord: Any) -> Any:
    """The norm of the matrices in the last two axes."""
    if ord in (1, -1, np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(np.sum(np.abs(x), axis=-2 if abs(ord) == 1 else -1), axis=-1)
    if ord in (2, -2, "nuc"):
        values = np.linalg.svd(x, compute_uv=False)
        return np.sum(values, axis=-1) if ord == "nuc" else values[..., 0 if ord == 2 else -1]
    raise ValueError(f"norm: there is no norm of matrices of order {ord!r}")
