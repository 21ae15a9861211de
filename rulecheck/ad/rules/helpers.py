"""What several rules use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Pull = Callable[..., Any]


def conj(x: Any) -> Any:
    """The complex conjugate; a real value itself, without a copy."""
    kind = type(x)
    if kind is float or kind is int or (kind is np.ndarray and x.dtype.kind == "f"):
        return x
    return np.conj(x) if np.iscomplexobj(x) else x


def transposed(x: Any) -> Any:
    """The conjugate transpose of the last two axes."""
    return conj(np.swapaxes(x, -1, -2) if np.ndim(x) > 2 else x.T)


def nonzero(x: Any) -> Any:
    """The values with ones in the place of zeros, to divide by."""
    return np.where(np.equal(x, 0), 1, x)


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction goes over, counted from the front: all of them for None."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(int(a) % ndim for a in (axis if isinstance(axis, tuple) else (axis,))) if ndim else ()


def reduced_size(x: Any, axis: Any) -> int:
    """How many elements each element of a reduction's result stands for."""
    shape = np.shape(x)
    return int(np.prod([shape[a] for a in axes_of(axis, len(shape))], dtype=int))


def kept(y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """The result of a reduction of x with the reduced axes kept, so that it broadcasts against x."""
    if keepdims or (axis is None and np.ndim(y) == np.ndim(x)):
        return y
    return np.reshape(y, [1 if a in axes_of(axis, np.ndim(x)) else n for a, n in enumerate(np.shape(x))])


class PullbackPerArgument:
    """One pullback per argument, for functions of any number of them; the first `settings` arguments have none."""

    def __init__(self, make: Callable[[int], Pull], settings: int = 1) -> None:
        self.make = make
        self.settings = settings
        self.made: dict[int, Pull] = {}

    def __len__(self) -> int:
        return 1 << 30

    def __getitem__(self, position: int) -> Pull | None:
        if position < self.settings:
            return None
        if position not in self.made:
            self.made[position] = self.make(position - self.settings)
        return self.made[position]
