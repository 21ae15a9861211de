"""Structured values and nested lists turned into arrays, without losing a gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rulecheck.ad.box import Box

_ToArray = Callable[[Any], np.ndarray[Any, Any]]


def asarray(value: Any) -> np.ndarray[Any, Any]:
    """The value as an array: what `numpy.asarray` does, for traced and structured values too.

    A structured value is asked for `to_array()`, then `__array__()`, then its elements by `__getitem__`.
    """
    kind = type(value)
    if kind is Box or kind is np.ndarray:
        same: np.ndarray[Any, Any] = value
        return same
    if kind in (list, tuple):
        return array(value)
    if isinstance(value, np.generic):
        return np.asarray(value)
    method: _ToArray | None = getattr(kind, "to_array", None) or getattr(kind, "__array__", None)
    if getattr(method, "__qualname__", "") == "AbstractArray.__array__":
        method = None  # the library's own way, which leads back here
    if method is not None:
        return method(value)
    if hasattr(kind, "__getitem__") and hasattr(value, "shape"):
        elements: np.ndarray[Any, Any] = _by_element(value, ())
        return elements
    if hasattr(kind, "__array_ufunc__"):
        raise TypeError(
            f"{kind.__name__} cannot be turned into an array: give it a method to_array(), or opt out of the generic "
            "rule that needs one"
        )
    return np.asarray(value)


def array(value: Any) -> np.ndarray[Any, Any]:
    """An array from a number, an array, a structured value, or nested lists and tuples of them, traced or not."""
    if type(value) in (list, tuple):
        parts: list[Any] = [array(item) for item in value]
        if any(type(part) is Box for part in parts):
            return np.stack(parts)
        return np.array(parts)
    if type(value) is Box or not isinstance(value, np.ndarray):
        return asarray(value)
    return value.copy()


def hermitian(value: Any) -> Any:
    """The conjugate transpose: `value.H` where the type has it; a vector's is its conjugate."""
    if hasattr(type(value), "H"):
        return value.H
    return np.conj(value.T)


def _by_element(value: Any, index: tuple[int, ...]) -> Any:
    shape = value.shape
    if len(index) == len(shape):
        return value[index if len(index) != 1 else index[0]]
    return array([_by_element(value, (*index, i)) for i in range(shape[len(index)])])
