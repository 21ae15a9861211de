"""The order among the types of running programs."""

from __future__ import annotations

import numbers
from collections.abc import Sequence

import numpy as np

from rulecheck.ad.arrays import Matrix, Vector, parametric
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
