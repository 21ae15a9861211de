"""Joins and meets of bounds: not the exact ones, but those by which Julia narrows a variable.

`is_below` is the subtype relation on closed types.
"""

from __future__ import annotations

from collections.abc import Callable

from rulecheck.dispatch.parametric.kinds import is_kind, kind_of
from rulecheck.dispatch.parametric.term_predicates import in_union, obviously_disjoint, same
from rulecheck.dispatch.parametric.types import (
    ANY,
    BOTTOM,
    Term,
    TypeVar,
    UnionType,
    Value,
    is_type_of,
    pair,
)

Order = Callable[[Term, Term], bool]


def join(a: Term, b: Term, is_below: Order) -> Term:
    """A small type above both: one of the two where it is above the other, else their union."""
    if a is BOTTOM or b is ANY or same(a, b):
        return b
    if b is BOTTOM or a is ANY:
        return a
    if type(a) is Value or type(b) is Value:
        return ANY
    if (type(a) is UnionType and in_union(a, b)) or _is_kind_of(a, b) or (type(a) is TypeVar and same(b, a.lower)):
        return a
    if (type(b) is UnionType and in_union(b, a)) or _is_kind_of(b, a) or (type(b) is TypeVar and same(a, b.lower)):
        return b
    if not a.free and not b.free and not _types_of_other_kinds(a, b):
        if is_below(a, b):
            return b
        if is_below(b, a):
            return a
    return pair(a, b)


def meet(a: Term, b: Term, is_below: Order) -> Term:
    """A type below a that holds all that is below both; where neither is below the other, b itself."""
    if a is ANY or b is BOTTOM or same(a, b):
        return b
    if b is ANY or a is BOTTOM:
        return a
    if type(a) is Value or type(b) is Value:
        return BOTTOM
    if (type(a) is UnionType and in_union(a, b)) or _is_kind_of(a, b) or (type(a) is TypeVar and same(b, a.upper)):
        return b if type(a) is not TypeVar else a
    if (type(b) is UnionType and in_union(b, a)) or _is_kind_of(b, a) or (type(b) is TypeVar and same(a, b.upper)):
        return a if type(b) is not TypeVar else b
    if obviously_disjoint(a, b):
        return BOTTOM
    if not a.free and not b.free and is_below(a, b):
        return a
    return b


def _is_kind_of(kind: Term, term: Term) -> bool:
    return is_kind(kind) and is_type_of(term) and kind_of(term.parameters[0]) is kind


def _types_of_other_kinds(a: Term, b: Term) -> bool:
    """`Type{x}` and `Type{y}` with x and y of different kinds are kept apart in unions."""
    return is_type_of(a) and is_type_of(b) and kind_of(a.parameters[0]) is not kind_of(b.parameters[0])
