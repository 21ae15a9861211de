"""The cotangent of a structured value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import numpy as np


class Tangent:
    """Cotangents by field name: `Tangent(c=array)` is that of a value whose only differentiable field is `c`.

    Tangents add, subtract, and multiply with numbers, field by field; a field that is missing counts as zero.
    """

    def __init__(self, /, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __getitem__(self, name: str) -> Any:
        return self.__dict__[name]

    def __getattr__(self, name: str) -> Any:
        known = ", ".join(self.__dict__) or "none"
        raise AttributeError(f"this tangent has no field {name!r}: it has {known}", name=name, obj=self)

    def __repr__(self) -> str:
        return f"Tangent({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"

    def __eq__(self, other: object) -> bool:
        """Whether all fields are equal; one without a derivative, which has None, may as well be missing."""
        return _same_items(self.__dict__, other.__dict__) if type(other) is Tangent else NotImplemented

    __hash__: ClassVar[Any] = None
    __array_ufunc__ = None  # or numpy's own numbers would take it for a sequence

    def __add__(self, other: Any) -> Tangent:
        if type(other) is not Tangent:
            return NotImplemented
        fields = dict(self.__dict__)
        for name in other:
            fields[name] = added(fields.get(name), other[name])
        return Tangent(**fields)

    def __radd__(self, other: Any) -> Tangent:
        return self if type(other) is int and other == 0 else NotImplemented  # what the builtin `sum` starts from

    def __mul__(self, factor: Any) -> Tangent:
        return Tangent(**{name: scaled(value, factor) for name, value in self.__dict__.items()})

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Tangent:
        return Tangent(**{name: scaled(value, 1.0 / divisor) for name, value in self.__dict__.items()})

    def __neg__(self) -> Tangent:
        return self * -1.0

    def __sub__(self, other: Any) -> Tangent:
        return self + -other if type(other) is Tangent else NotImplemented


def added(a: Any, b: Any) -> Any:
    """The sum of two cotangents of the same value; None is zero."""
    if a is None or b is None:
        return b if a is None else a
    if isinstance(a, (tuple, list)):
        return alike(a, map(added, a, b))
    if isinstance(a, dict):
        return {k: added(a.get(k), b.get(k)) for k in {**a, **b}}
    return a + b


def scaled(value: Any, factor: Any) -> Any:
    """A cotangent times a number."""
    if value is None:
        return None
    if isinstance(value, (tuple, list)):
        return alike(value, (scaled(v, factor) for v in value))
    if isinstance(value, dict):
        return {k: scaled(v, factor) for k, v in value.items()}
    return value * factor


def alike(sequence: Any, items: Iterable[Any]) -> Any:
    """A tuple, named tuple or list of other items than this one's."""
    make = getattr(sequence, "_make", None)
    return make(items) if make else (tuple if isinstance(sequence, tuple) else list)(items)


def is_void(cotangent: Any) -> bool:
    """Whether a cotangent holds nothing but None."""
    if isinstance(cotangent, Tangent):
        return all(map(is_void, cotangent.__dict__.values()))
    if isinstance(cotangent, (tuple, list)):
        return all(map(is_void, cotangent))
    if isinstance(cotangent, dict):
        return all(map(is_void, cotangent.values()))
    return cotangent is None


def _same(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return is_void(a) and is_void(b)
    if isinstance(a, Tangent) or isinstance(b, Tangent):
        return bool(a == b)
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and _same_items(a, b)
    return bool(np.array_equal(a, b))


def _same_items(a: dict[Any, Any], b: dict[Any, Any]) -> bool:
    return all(_same(a.get(k), b.get(k)) for k in {**a, **b})
