"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from rulecheck.ad.errors import NotTraceable
from rulecheck.ad.rows import kernel, rewrite
from rulecheck.ad.rules.helpers import kept, nonzero


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
