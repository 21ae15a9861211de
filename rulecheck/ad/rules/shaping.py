"""Changing shape and order, repeating, and reading by index."""

from __future__ import annotations

from typing import Any

import numpy as np

from rulecheck.ad.errors import NotTraceable
from rulecheck.ad.numpy_pullbacks import constant, kernel, plain, pullbacks_of, rewrite
from rulecheck.ad.rules.helpers import axes_of
from rulecheck.ad.rules.methods import reordered


@rewrite(np.ravel)
def _ravel(a: Any, order: str = "C") -> Any:
    return np.reshape(np.transpose(a) if reordered(a, order) else a, -1)


@rewrite(np.squeeze)
def _squeeze(a: Any, axis: Any = None) -> Any:
    shape = np.shape(a)
    gone = [i for i, n in enumerate(shape) if n == 1] if axis is None else axes_of(axis, len(shape))
    if any(shape[i] != 1 for i in gone):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return np.reshape(a, [n for i, n in enumerate(shape) if i not in gone])


@rewrite(np.atleast_1d)
def _atleast_1d(*arys: Any) -> Any:
    found = [np.reshape(a, 1) if np.ndim(a) == 0 else a for a in arys]
    return found[0] if len(found) == 1 else tuple(found)


@rewrite(np.atleast_2d)
def _atleast_2d(*arys: Any) -> Any:
    found = [np.reshape(a, (1, -1)) if np.ndim(a) < 2 else a for a in arys]
    return found[0] if len(found) == 1 else tuple(found)


@rewrite(np.atleast_3d)
def _atleast_3d(*arys: Any) -> Any:
    found = [_three(a) for a in arys]
    return found[0] if len(found) == 1 else tuple(found)


def _three(a: Any) -> Any:
    if np.ndim(a) < 2:
        return np.reshape(a, (1, -1, 1))
    return np.expand_dims(a, -1) if np.ndim(a) == 2 else a


pullbacks_of(np.flip, lambda g, y, x, axis=None: np.flip(g, axis), None, keeps=False)
pullbacks_of(np.tril, lambda g, y, x, k=0: np.tril(g, k), None, keeps=False)
pullbacks_of(np.triu, lambda g, y, x, k=0: np.triu(g, k), None, keeps=False)


def _unrolled(g: Any, y: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    return np.roll(g, tuple(-s for s in shift) if isinstance(shift, tuple) else -shift, axis)


pullbacks_of(np.roll, _unrolled, None, None, keeps=False)


@rewrite(np.fliplr)
def _fliplr(m: Any) -> Any:
    return np.flip(m, 1)


@rewrite(np.flipud)
def _flipud(m: Any) -> Any:
    return np.flip(m, 0)


@rewrite(np.rot90)
def _rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    a, b = axes
    for _ in range(k % 4):
        m = np.swapaxes(np.flip(m, b), a, b)
    return m


@rewrite(np.matrix_transpose)
def _matrix_transpose(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


@rewrite(np.rollaxis)
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    n = np.ndim(a)
    axis, start = axis % n, start + n if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


@rewrite(np.broadcast_arrays)
def _broadcast_arrays(*args: Any) -> Any:
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    return tuple(np.broadcast_to(a, shape) for a in args)


@rewrite(np.meshgrid)
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    n = len(xi)
    flat = [np.reshape(x, [-1 if i == j else 1 for j in range(n)]) for i, x in enumerate(xi)]
    grid = tuple(flat) if sparse else _broadcast_arrays(*flat)
    return tuple(np.swapaxes(x, 0, 1) for x in grid) if indexing == "xy" and n > 1 else grid


def _along(x: Any, index: Any, axis: int) -> Any:
    return x[(slice(None),) * (axis % np.ndim(x)) + (index,)]


@rewrite(np.take)
def _take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    n = np.shape(a)[axis]
    if mode != "raise":
        indices = np.clip(indices, 0, n - 1) if mode == "clip" else np.mod(indices, n)
    return _along(a, np.asarray(indices), axis)


@rewrite(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    if axis is None:
        arr, axis = np.reshape(arr, -1), 0
    axis %= np.ndim(arr)
    shape = np.shape(indices)
    grid = [
        np.reshape(np.arange(n), [-1 if i == j else 1 for j in range(len(shape))])
        for i, n in enumerate(np.shape(arr)[:axis] + (1,) + np.shape(arr)[axis + 1 :])
    ]
    grid[axis] = indices
    return arr[tuple(grid)]


@rewrite(np.compress)
def _compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    return _take(a, np.nonzero(condition)[0], axis)


@rewrite(np.repeat)
def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return _along(a, np.repeat(np.arange(np.shape(a)[axis]), repeats), axis)


@rewrite(np.tile)
def _tile(A: Any, reps: Any) -> Any:
    counts = list(reps) if isinstance(reps, (tuple, list)) else [reps]
    shape = list(np.shape(A))
    n = max(len(counts), len(shape))
    counts, shape = [1] * (n - len(counts)) + counts, [1] * (n - len(shape)) + shape
    paired = [m for pair in zip([1] * n, shape, strict=True) for m in pair]
    spread = [m for pair in zip(counts, shape, strict=True) for m in pair]
    tiled = np.broadcast_to(np.reshape(A, paired), spread)
    return np.reshape(tiled, [c * m for c, m in zip(counts, shape, strict=True)])


@rewrite(np.delete)
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    if axis is None:
        arr, axis = np.reshape(arr, -1), 0
    return _along(arr, np.delete(np.arange(np.shape(arr)[axis]), obj), axis)


def _inner(x: Any, y: Any, width: Any) -> tuple[slice, ...]:
    """Where the padded array stands in the padding."""
    before = np.broadcast_to(width, (np.ndim(x), 2))[:, 0]
    return tuple(slice(int(b), int(b) + n) for b, n in zip(before, np.shape(x), strict=True))


@kernel(lambda g, y, x, width, value: g[_inner(x, y, width)], None, None, keeps=False)
def padded(x: Any, width: Any, value: Any) -> Any:
    """`numpy.pad` with constants."""
    return np.pad(x, width, constant_values=value)


def _both(width: Any) -> Any:
    return (width, width) if isinstance(width, (int, np.integer)) else width


@rewrite(np.pad)
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **settings: Any) -> Any:
    if isinstance(pad_width, dict):
        pad_width = [_both(pad_width.get(a, pad_width.get(a - np.ndim(array), 0))) for a in range(np.ndim(array))]
    if mode == "constant":
        value = settings.get("constant_values", 0)
        if plain(value) is value:
            return padded(array, pad_width, value)
        if np.ndim(value):
            raise NotTraceable("pad: traced constant_values are one number for all sides")
        inside = np.pad(np.ones(np.shape(array)), pad_width)
        return padded(array, pad_width, 0) + value * (1 - inside)
    if mode not in ("edge", "reflect", "symmetric", "wrap") or settings.get("reflect_type", "even") != "even":
        raise NotTraceable(f"pad: no derivative for mode {mode!r}; constant, edge, reflect, symmetric, wrap have one")
    widths = np.broadcast_to(pad_width, (np.ndim(array), 2))
    for axis, width in enumerate(widths):
        index = np.pad(np.arange(np.shape(array)[axis]), tuple(width), mode=mode)
        array = _along(array, index, axis)
    return array


@rewrite(np.diagonal)
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    moved = np.moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = np.shape(moved)[-2:]
    first = np.arange(max(0, min(rows + min(offset, 0), columns - max(offset, 0))))
    return moved[..., first - min(offset, 0), first + max(offset, 0)]


@rewrite(np.diag)
def _diag(v: Any, k: int = 0) -> Any:
    if np.ndim(v) == 2:
        return np.diagonal(v, k)
    n = np.shape(v)[0] + abs(k)
    return np.expand_dims(np.pad(v, (max(k, 0), max(-k, 0))), 0) * np.eye(n, k=k, dtype=getattr(v, "dtype", None))


@rewrite(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> Any:
    return np.diag(np.reshape(v, -1), k)


@rewrite(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


constant(np.broadcast_shapes, np.tril_indices_from, np.triu_indices_from, np.diag_indices_from, np.ndenumerate)
