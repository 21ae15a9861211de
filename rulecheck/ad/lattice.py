"""The order among the types of running programs, and the type that a value is dispatched on."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from rulecheck.ad.arrays import Matrix, Vector, parametric
from rulecheck.ad.box import Box
from rulecheck.ad.intercept import VIRTUAL, on_registration
from rulecheck.dispatch import Lattice

# What numbers answer to, beyond object.
_NUMBERS: dict[type, tuple[type, ...]] = {
    bool: (int, numbers.Integral),
    int: (numbers.Integral,),
    float: (numbers.Real,),
    complex: (numbers.Complex,),
}


class ClassLattice(Lattice[type]):
    """Classes, with the virtual subclasses that `AbstractArray.register` made, and a fixed table for numbers."""

    def declared(self, key: type) -> Sequence[type]:
        return tuple(key.__mro__)

    def virtual(self, key: type) -> Sequence[type]:
        if key is Vector or key is Matrix:
            return (np.ndarray,)
        return (*VIRTUAL.get(key, ()), *_NUMBERS.get(key, ()))

    def unwrap(self, key: type) -> tuple[type, type] | None:
        parts: tuple[type, type] | None = key.__dict__.get("parts")
        return parts

    def wrap(self, wrapper: type, parameter: type) -> type:
        made: type = parametric(wrapper, parameter)
        return made


LATTICE = ClassLattice()
on_registration(LATTICE.forget)


def key_of(value: Any) -> type:
    """The type that a value is dispatched on: arrays by rank, numpy's scalars and 0-d arrays as Python's numbers."""
    kind = type(value)
    while kind is Box:
        value = value.value
        kind = type(value)
    if kind is np.ndarray or issubclass(kind, np.ndarray):
        rank = value.ndim
        if rank == 2:
            return Matrix
        if rank == 1:
            return Vector
        return np.ndarray if rank else _number(value.dtype.kind)
    if issubclass(kind, np.generic):
        return _number(value.dtype.kind)
    return kind


def _number(kind: str) -> type:
    return {"f": float, "c": complex, "i": int, "u": int, "b": bool}.get(kind, np.ndarray)


def rank_key(kind: Any) -> type:
    """The type to dispatch on for a type that is named instead of a value: numpy's scalar types count as numbers."""
    if isinstance(kind, type) and issubclass(kind, np.generic):
        return _number(np.dtype(kind).kind)
    return kind  # type: ignore[no-any-return]
