"""The methods that a box has because arrays have them, by way of numpy's functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rulecheck.ad.box import Box
from rulecheck.ad.errors import NotTraceable
from rulecheck.ad.numpy_pullbacks import PULLBACKS, kernel, plain, pullbacks_of, rewrite
from rulecheck.ad.operators import attach_method


def _spread(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """A cotangent of a reduction, repeated over what was reduced."""
    if axis is None and type(g) is np.float64 and type(x) is np.ndarray:
        one = np.array(g)
        return np.ndarray(x.shape, one.dtype, one, 0, (0,) * x.ndim)
    shape = np.shape(x)
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, shape)


def _sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    reduce: Any = np.add.reduce if type(x) is np.ndarray else np.sum  # what numpy's sum ends at
    return reduce(x, axis=axis, keepdims=keepdims)


pullbacks_of(np.sum, _spread, keeps=False)
PULLBACKS[np.sum].run = _sum
pullbacks_of(np.broadcast_to, lambda g, y, x, shape: g, None, keeps=False)
pullbacks_of(np.expand_dims, lambda g, y, x, axis: np.reshape(g, np.shape(x)), None, keeps=False)
pullbacks_of(np.reshape, lambda g, y, x, shape: np.reshape(g, np.shape(x)), None, keeps=False)
pullbacks_of(np.swapaxes, lambda g, y, x, axis1, axis2: np.swapaxes(g, axis1, axis2), None, None, keeps=False)


def reordered(x: Any, order: Any) -> bool:
    """Whether elements are to be taken column by column: a traced array does not tell how its value lies in memory."""
    if order not in ("C", "F"):
        raise NotTraceable(f"traced arrays are flattened and reshaped in order 'C' or 'F', not {order!r}")
    return bool(order == "F")


@rewrite(np.reshape)
def _reshaped(x: Any, shape: Any, order: Any = "C", copy: Any = None) -> Any:
    """The orders that the pullback does not know."""
    if not reordered(x, order):
        return np.reshape(x, shape)
    wanted = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    return np.transpose(np.reshape(np.transpose(x), wanted[::-1]))


pullbacks_of(np.real, lambda g, y, x: g, keeps=False)
pullbacks_of(np.imag, lambda g, y, x: 1j * g, keeps=False)


def _untransposed(g: Any, y: Any, x: Any, axes: Any = None) -> Any:
    return np.transpose(g, None if axes is None else tuple(np.argsort(np.mod(axes, np.ndim(x)))))


pullbacks_of(np.transpose, _untransposed, None, keeps=False)


pullbacks_of(
    np.moveaxis,
    lambda g, y, x, source, destination: np.moveaxis(g, destination, source),
    None,
    None,
    keeps=False,
)


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Box, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    return call


for name in (
    "sum", "mean", "std", "var", "prod", "cumsum", "cumprod", "max", "min", "argmax", "argmin", "all", "any", "trace",
    "ravel", "squeeze", "swapaxes", "dot", "diagonal", "repeat", "clip", "round", "take", "argsort", "nonzero",
    "searchsorted", "argpartition",
):  # fmt: skip
    attach_method(name, _method(getattr(np, name)))


def _reshape(self: Any, *shape: Any, order: Any = "C") -> Any:
    wanted = shape[0] if len(shape) == 1 else shape
    return np.reshape(self, wanted) if order == "C" else np.reshape(self, wanted, order=order)


def _transpose(self: Any, *axes: Any) -> Any:
    return np.transpose(self) if not axes else np.transpose(self, axes[0] if len(axes) == 1 else axes)


def _astype(self: Box, dtype: Any, **kwargs: Any) -> Any:
    to = np.dtype(dtype)
    return cast(self, to) if to.kind in "fc" else np.asarray(plain(self)).astype(to, **kwargs)


def _item(self: Any, *index: Any) -> Any:
    """The only element, or the one at an index; traced, unlike an array's."""
    if index:
        return self[index[0] if isinstance(index[0], tuple) else np.unravel_index(index[0], self.shape)]
    if self.size != 1:
        raise ValueError("can only convert an array of size 1 to a number")
    return self[(0,) * self.ndim] if self.ndim else self


def _tolist(self: Any) -> Any:
    """Nested lists of traced numbers."""
    return [_tolist(part) for part in self] if self.ndim else self


def _floored(self: Any, other: Any) -> Any:
    return np.floor_divide(self, other)


def _floored_from(self: Any, other: Any) -> Any:
    return np.floor_divide(other, self)


@kernel(lambda g, y, x, dtype: g, None, keeps=False)
def cast(x: Any, dtype: Any) -> Any:
    """The array with another dtype."""
    return x.astype(dtype) if isinstance(x, (np.ndarray, np.generic)) else dtype.type(x)


def _compress(self: Any, condition: Any, axis: Any = None) -> Any:
    return np.compress(condition, self, axis=axis)


attach_method("compress", _compress)
attach_method("reshape", _reshape)
attach_method("transpose", _transpose)
attach_method("flatten", _method(np.ravel))
attach_method("conj", _method(np.conjugate))
attach_method("conjugate", _method(np.conjugate))
attach_method("astype", _astype)
attach_method("item", _item)
attach_method("tolist", _tolist)
attach_method("__floordiv__", _floored)
attach_method("__rfloordiv__", _floored_from)
attach_method("__divmod__", lambda self, other: (self // other, self % other))
attach_method("__rdivmod__", lambda self, other: (other // self, other % self))
attach_method("__round__", lambda self, digits=0: np.round(self, digits or 0))
attach_method("copy", lambda self: +self)
_READ: dict[str, Callable[[Any], Any]] = {
    "T": np.transpose,
    "real": np.real,
    "imag": np.imag,
    "mT": np.matrix_transpose,
    "flat": lambda self: np.reshape(self, -1),
}
for name, read in _READ.items():
    setattr(Box, name, property(read))
