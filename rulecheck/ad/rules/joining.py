"""Joining arrays and taking them apart."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from rulecheck.ad.convert import array
from rulecheck.ad.numpy_pullbacks import kernel, plain, rewrite
from rulecheck.ad.rules.helpers import Pull, PullbackPerArgument
from rulecheck.ad.rules.methods import cast


def _part(position: int) -> Pull:
    def pull(g: Any, y: Any, axis: int, *parts: Any) -> Any:
        start = sum(np.shape(p)[axis] for p in parts[:position])
        return np.moveaxis(np.moveaxis(g, axis, 0)[start : start + np.shape(parts[position])[axis]], 0, axis)

    return pull


@kernel(each=PullbackPerArgument(_part), keeps=False)
def chain(axis: int, *parts: Any) -> Any:
    """`numpy.concatenate` of the parts, along an axis."""
    return np.concatenate(parts, axis=axis)


def _layer(position: int) -> Pull:
    def pull(g: Any, y: Any, axis: int, *parts: Any) -> Any:
        return np.moveaxis(g, axis, 0)[position]

    return pull


@kernel(each=PullbackPerArgument(_layer), keeps=False)
def pile(axis: int, *parts: Any) -> Any:
    """`numpy.stack` of the parts."""
    return np.stack(parts, axis=axis)


def _listed(arrays: Any) -> list[Any]:
    return list(arrays)


@rewrite(np.concatenate)
def _concatenate(arrays: Any, axis: int | None = 0) -> Any:
    if axis is None:
        return chain(0, *(np.reshape(a, -1) for a in _listed(arrays)))
    return chain(axis, *_listed(arrays))


@rewrite(np.stack)
def _stack(arrays: Any, axis: int = 0) -> Any:
    return pile(axis, *_listed(arrays))


@rewrite(np.hstack)
def _hstack(tup: Any) -> Any:
    parts = [np.atleast_1d(a) for a in _listed(tup)]
    return chain(0 if np.ndim(parts[0]) == 1 else 1, *parts)


@rewrite(np.vstack)
def _vstack(tup: Any) -> Any:
    return chain(0, *(np.atleast_2d(a) for a in _listed(tup)))


@rewrite(np.dstack)
def _dstack(tup: Any) -> Any:
    return chain(2, *(np.atleast_3d(a) for a in _listed(tup)))


@rewrite(np.column_stack)
def _column_stack(tup: Any) -> Any:
    return chain(1, *(np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in _listed(tup)))


@rewrite(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return _concatenate([arr, values], axis)


@rewrite(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        arr, axis = np.reshape(arr, -1), 0
    n, order = np.shape(arr)[axis], len(np.shape(arr))
    dtype = np.result_type(arr)  # which the values take, as numpy has it
    values = cast(array(values), dtype) if dtype.kind in "fc" else np.asarray(plain(values)).astype(dtype)
    if np.ndim(values) < order:
        values = np.reshape(values, (1,) * (order - np.ndim(values)) + np.shape(values))
    if not isinstance(obj, slice) and np.ndim(obj) == 0:
        values = np.moveaxis(values, 0, axis)
    old = np.insert(np.arange(n), obj, -np.ones(np.shape(values)[axis], dtype=int))
    new = len(old) - n
    shape = [new if i == axis % order else size for i, size in enumerate(np.shape(arr))]
    both = np.concatenate([arr, np.broadcast_to(values, shape)], axis=axis)
    old[old < 0] = range(n, n + new)
    return np.take(both, old, axis=axis)


@rewrite(np.block)
def _block(arrays: Any) -> Any:
    return _blocks(arrays, -_depth(arrays))


def _depth(arrays: Any) -> int:
    return 1 + _depth(arrays[0]) if isinstance(arrays, list) else 0


def _blocks(arrays: Any, axis: int) -> Any:
    if not isinstance(arrays, list):
        return arrays
    parts = [_blocks(a, axis + 1) for a in arrays]
    ndim = max(-axis, *(np.ndim(p) for p in parts))
    return chain(axis, *(np.reshape(p, (1,) * (ndim - np.ndim(p)) + tuple(np.shape(p))) for p in parts))


@rewrite(np.array_split)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    n = np.shape(ary)[axis]
    moved = np.moveaxis(ary, axis, 0)
    cuts = indices_or_sections
    if isinstance(cuts, (int, np.integer)):
        small, larger = divmod(n, int(cuts))
        cuts = np.cumsum([small + 1] * larger + [small] * (int(cuts) - larger))[:-1]
    ends = [0, *(int(c) for c in cuts), n]
    return [np.moveaxis(moved[a:b], 0, axis) for a, b in itertools.pairwise(ends)]


@rewrite(np.split)
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    if isinstance(indices_or_sections, (int, np.integer)) and np.shape(ary)[axis] % int(indices_or_sections):
        raise ValueError("array split does not result in an equal division")
    return _array_split(ary, indices_or_sections, axis)


@rewrite(np.hsplit)
def _hsplit(ary: Any, indices_or_sections: Any) -> Any:
    return _split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@rewrite(np.vsplit)
def _vsplit(ary: Any, indices_or_sections: Any) -> Any:
    return _split(ary, indices_or_sections, 0)


@rewrite(np.dsplit)
def _dsplit(ary: Any, indices_or_sections: Any) -> Any:
    return _split(ary, indices_or_sections, 2)


@rewrite(np.vander)
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    powers = np.arange(np.shape(x)[0] if N is None else N)
    return np.expand_dims(x, -1) ** (powers if increasing else powers[::-1])


@rewrite(np.apply_along_axis)
def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    rows = np.moveaxis(arr, axis, -1)
    leading = np.shape(rows)[:-1]
    found = [array(func1d(rows[index], *args, **kwargs)) for index in np.ndindex(leading)]
    whole = np.reshape(np.stack(found), (*leading, *np.shape(found[0])))
    own = range(len(leading), np.ndim(whole))
    first = axis % np.ndim(arr)
    return np.moveaxis(whole, list(own), [first + i for i in range(len(own))])
