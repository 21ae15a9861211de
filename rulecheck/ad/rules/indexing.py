"""Reading elements, and its transpose."""

from __future__ import annotations

from typing import Any

import numpy as np

from rulecheck.ad.box import Box
from rulecheck.ad.numpy_pullbacks import kernel, plain, rewrite
from rulecheck.ad.operators import attach_method


def _unread(g: Any, y: Any, x: Any, index: Any) -> Any:
    return scatter(g, np.shape(x), index)


def _gather(known: Any, owned: bool, position: int, g: Any, args: tuple[Any, ...]) -> Any:
    """Add a cotangent where the elements were read, so that a loop over elements makes no array for each."""
    x, index = args
    if not owned:
        known = np.zeros(x.shape, x.dtype) if known is None else known + 0.0
    if np.iscomplexobj(g) and not np.iscomplexobj(known):
        g = np.real(g)
    if is_basic(index):
        known[index] += g
    else:
        np.add.at(known, index, g)
    return known


@kernel(_unread, None, keeps=False, gather=_gather)
def read(x: Any, index: Any) -> Any:
    """`x[index]`."""
    return x[index]


@kernel(lambda g, y, values, shape, index: read(g, index), None, None, keeps=False)
def scatter(values: Any, shape: tuple[int, ...], index: Any) -> Any:
    """Zeros of a shape, to whose elements at `index` the values are added."""
    out = np.zeros(shape, dtype=np.result_type(values))
    if is_basic(index):
        out[index] = values
    else:
        np.add.at(out, index, values)
    return out


def is_basic(index: Any) -> bool:
    """Whether an index reads no element twice: integers, slices, None and Ellipsis, or one array of bools."""
    if isinstance(index, tuple):
        return all(isinstance(i, (int, np.integer, slice, type(None), type(Ellipsis))) for i in index)
    if isinstance(index, np.ndarray):
        return bool(index.dtype.kind == "b")
    return isinstance(index, (int, np.integer, slice, type(None), type(Ellipsis)))


def getitem(self: Box, index: Any) -> Any:
    """`box[index]`; an index that is an array is copied, since it is kept."""
    if type(index) not in (int, slice):
        index = _settled(index)
    return read(self, index)


def _settled(index: Any) -> Any:
    index = plain(index)
    if isinstance(index, tuple):
        return tuple(map(_settled, index))
    if isinstance(index, list) and not index:
        return np.array(index, dtype=np.intp)
    return np.array(index) if isinstance(index, (np.ndarray, list)) else index


attach_method("__getitem__", getitem)


@rewrite(np.choose)
def _choose(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    parts = list(choices)
    chosen = np.choose(plain(a), range(len(parts)), mode=mode)
    shape = np.broadcast_shapes(np.shape(chosen), *map(np.shape, parts))
    stacked = np.stack([np.broadcast_to(part, shape) for part in parts])
    return np.take_along_axis(stacked, np.broadcast_to(chosen, shape)[None], axis=0)[0]
