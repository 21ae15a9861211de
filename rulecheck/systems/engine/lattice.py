"""The engine's keys and their order: what `rulecheck.ad` makes of classes and arrays at run time, told from source."""

from __future__ import annotations

from collections.abc import Sequence

from rulecheck.dispatch import OneOf
from rulecheck.facts import NDARRAY, OBJECT, Generic, Type, TypeName
from rulecheck.languages.python.kit.class_lattice import ClassLattice
from rulecheck.systems.engine.names import ABSTRACT_ARRAY, MATRIX, VECTOR, WRAPPERS

_BY_RANK = {"0": "builtins.float", "1": VECTOR, "2": MATRIX}
_RANKS = {VECTOR: "1", MATRIX: "2"}


class EngineLattice(ClassLattice):
    """The hierarchy of the types that a program names, with numpy's arrays by rank and the lazy wrappers."""

    def declared(self, key: TypeName) -> Sequence[TypeName]:
        """The class's own C3 order, the universal type last."""
        return (key, OBJECT) if key == NDARRAY else super().declared(key)

    def virtual(self, key: TypeName) -> Sequence[TypeName]:
        """The engine's abstract types on which the class was registered, and what numbers and arrays are."""
        if key in (VECTOR, MATRIX):
            return (NDARRAY,)
        if key == NDARRAY:
            return (ABSTRACT_ARRAY,)
        found = super().virtual(key)
        if isinstance(key, Generic) or key.startswith("builtins."):
            return found
        return [base for base in found if ABSTRACT_ARRAY in self.declared(base)]

    def unwrap(self, key: TypeName) -> tuple[TypeName, TypeName] | None:
        """`Transpose[P]` and `Adjoint[P]` follow their parameter's line."""
        if isinstance(key, Generic) and key.wrapper in WRAPPERS:
            return key.wrapper, key.parameter
        return None

    def wrap(self, wrapper: TypeName, parameter: TypeName) -> TypeName:
        """`wrapper[parameter]`."""
        assert isinstance(wrapper, str)
        return Generic(wrapper, parameter)


def key_of(type_: TypeName) -> TypeName:
    """The engine's key of a type as the reader names it; parameters that dispatch never looks at are dropped."""
    if not isinstance(type_, Generic):
        return type_
    if type_.wrapper == NDARRAY:
        return _BY_RANK.get(type_.parameter, NDARRAY) if isinstance(type_.parameter, str) else NDARRAY
    if type_.wrapper in WRAPPERS:
        return Generic(type_.wrapper, key_of(type_.parameter))
    return type_.wrapper


def pattern_of(type_: Type) -> Type:
    """A type of a signature as the table holds it."""
    if isinstance(type_, OneOf):
        members = frozenset(key_of(member) for member in type_.members)
        return OneOf(members) if len(members) > 1 else next(iter(members))
    return key_of(type_)


def reader_type(key: TypeName) -> Type:
    """The reader's name for a key: arrays of known rank."""
    return Generic(NDARRAY, _RANKS[key]) if isinstance(key, str) and key in _RANKS else key
