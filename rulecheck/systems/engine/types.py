"""Between the reader's types and the engine's keys: arrays by rank, wrappers of known types, numbers."""

from __future__ import annotations

from itertools import product

from rulecheck.dispatch import OneOf
from rulecheck.facts import NDARRAY, Generic, Type, TypeName, short
from rulecheck.systems.engine.names import MATRIX, VECTOR, WRAPPERS

_BY_RANK = {"0": "builtins.float", "1": VECTOR, "2": MATRIX}
# An array of unknown rank is asked about as each rank that rules tell apart.
_ANY_RANK = (VECTOR, MATRIX)
_MOST = 16


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


def alternatives(type_: Type) -> tuple[TypeName, ...]:
    """The keys that a value of the type may have: a union's members, an array of unknown rank by its ranks."""
    members = sorted(type_.members, key=str) if isinstance(type_, OneOf) else [type_]
    keys: dict[TypeName, None] = {}
    for member in members:
        key = key_of(member)
        keys.update(dict.fromkeys(_ANY_RANK if key == NDARRAY and member == NDARRAY else (key,)))
    return tuple(keys)


def choices(types: tuple[Type, ...]) -> list[tuple[TypeName, ...]]:
    """Every combination of the alternatives, or none where they are too many to say anything of all."""
    found = list(product(*map(alternatives, types)))
    return found if len(found) <= _MOST else []


def shown(type_: Type | None) -> str:
    """A type as people write it in a signature; None stands for a parameter without annotation."""
    return "..." if type_ is None else short(type_)
