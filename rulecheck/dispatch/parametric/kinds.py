"""The types of types."""

from __future__ import annotations

from rulecheck.dispatch.parametric.types import (
    BOTTOM,
    TYPE,
    TYPE_OF_BOTTOM,
    Constructor,
    DataType,
    Term,
    UnionAll,
    UnionType,
    declared_in,
)


def _kind(name: str) -> DataType:
    constructor = Constructor(name, abstract=False)
    constructor.complete((), declared_in(TYPE.wrapper))
    return constructor.of(())


ANY_TYPE = TYPE.wrapper
"""`Type`, every type."""
DATA_TYPE, UNION_ALL, UNION = _kind("DataType"), _kind("UnionAll"), _kind("Union")
KINDS = frozenset((DATA_TYPE, UNION_ALL, UNION, TYPE_OF_BOTTOM))


def kind_of(term: Term) -> Term | None:
    """`typeof` of a type; None for variables and values."""
    kind = type(term)
    if kind is DataType:
        return DATA_TYPE
    if kind is UnionAll:
        return UNION_ALL
    if kind is UnionType:
        return UNION
    return TYPE_OF_BOTTOM if term is BOTTOM else None


def is_kind(term: Term) -> bool:
    """Whether a term is one of the types that types have."""
    return term in KINDS
