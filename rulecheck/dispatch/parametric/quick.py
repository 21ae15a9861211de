"""Questions about terms that need no environment of variables."""

from __future__ import annotations

from rulecheck.dispatch.parametric.types import (
    ANY,
    BOTTOM,
    KINDS,
    NOT_VARARG,
    TUPLE,
    TYPE,
    TYPE_OF_BOTTOM,
    VARARG,
    DataType,
    Term,
    TypeVar,
    UnionAll,
    UnionType,
    Value,
    is_type,
    kind_of,
    tuple_vararg_kind,
    unwrap,
)


def same(a: Term, b: Term) -> bool:
    """Whether two terms are one by construction, with the same variables."""
    if a is b:
        return True
    kind = type(a)
    if kind is not type(b) or not a.free or not b.free:
        return False
    if kind is DataType:
        return a.constructor is b.constructor and (  # type: ignore[attr-defined]
            len(a.parameters) == len(b.parameters)  # type: ignore[attr-defined]
            and all(map(same, a.parameters, b.parameters))  # type: ignore[attr-defined]
        )
    if kind is UnionType:
        return same(a.left, b.left) and same(a.right, b.right)  # type: ignore[attr-defined]
    if kind is UnionAll:
        return a.variable is b.variable and same(a.body, b.body)  # type: ignore[attr-defined]
    return False


def in_union(union: Term, part: Term) -> bool:
    """Whether a term is, as it stands, the union or one of its parts."""
    while type(union) is UnionType:
        if union is part or in_union(union.left, part):
            return True
        union = union.right
    return union is part


def occurs_inside(term: Term, variable: TypeVar, invariant_only: bool, inside: bool = False) -> bool:
    """Whether a variable stands inside a constructor, or inside an invariant one only."""
    if term is variable:
        return inside
    if variable not in term.free:
        return False
    if type(term) is UnionType:
        return occurs_inside(term.left, variable, invariant_only, inside) or occurs_inside(
            term.right, variable, invariant_only, inside
        )
    if type(term) is UnionAll:
        bounds = (term.variable.lower, term.variable.upper)
        return any(occurs_inside(t, variable, invariant_only, inside) for t in (*bounds, term.body))
    assert type(term) is DataType
    for position, parameter in enumerate(term.parameters):
        invariant = position == 1 if term.constructor is VARARG else term.constructor is not TUPLE
        if occurs_inside(parameter, variable, invariant_only, inside or not invariant_only or invariant):
            return True
    return False


def occurs_invariantly(term: Term, variable: TypeVar) -> bool:
    """Whether a variable stands in an invariant position: it is then no diagonal variable."""
    return variable in term.free and occurs_inside(term, variable, invariant_only=True)


def is_leaf(term: Term) -> bool:
    """Whether a bound is as concrete as a diagonal variable wants its lower bound to be."""
    if type(term) is DataType:
        return term.constructor is TYPE or term.concrete
    return term is BOTTOM or type(term) is Value


def widen_type_of(term: Term) -> Term:
    """`Type{x}` as `typeof(x)`, also in a union whose parts all widen to one kind."""
    if type(term) is DataType and term.constructor is TYPE:
        return kind_of(term.parameters[0]) or term
    if type(term) is UnionType:
        left, right = widen_type_of(term.left), widen_type_of(term.right)
        if left is right:
            return left
    return term


def ancestor(term: DataType, constructor: object) -> DataType | None:
    """The supertype of a type that belongs to a family, or None."""
    found: DataType | None = term
    while found is not None and found.constructor is not constructor:
        found = found.above
    return found


def obviously_disjoint(a: Term, b: Term, for_specificity: bool = False) -> bool:
    """Whether a look at the names and the closed parameters tells that no type is under both.

    With `for_specificity`, pairs of which one could still be called more specific do not count as disjoint.
    """
    if a is b or a is ANY or b is ANY:
        return False
    if for_specificity and a is TYPE_OF_BOTTOM:
        return False
    a, b = unwrap(a), unwrap(b)
    if a is BOTTOM or b is BOTTOM:
        return not (type(a) is DataType and type(b) is DataType)
    if type(a) is not DataType or type(b) is not DataType:
        return False
    if a.constructor is not b.constructor:
        above = ancestor(a, b.constructor)
        if above is not None and above is not ANY:
            a = above
        else:
            above = ancestor(b, a.constructor)
            if above is None or above is ANY:
                return a is not ANY and b is not ANY
            b = above
        if for_specificity:
            return False
    is_tuple = a.constructor is TUPLE
    count = min(len(a.parameters), len(b.parameters))
    if is_tuple:
        count_a, count_b = len(a.parameters), len(b.parameters)
        open_a, open_b = tuple_vararg_kind(a) != NOT_VARARG, tuple_vararg_kind(b) != NOT_VARARG
        if not open_a and not open_b and not for_specificity and count_a != count_b:
            return True
        count = min(count_a - open_a, count_b - open_b)
    return any(
        _parameters_disjoint(p, q, is_tuple, for_specificity)
        for p, q in zip(a.parameters[:count], b.parameters[:count], strict=True)
    )


def _parameters_disjoint(p: Term, q: Term, is_tuple: bool, for_specificity: bool) -> bool:
    if type(p) is TypeVar or type(q) is TypeVar:
        return False
    if is_type(p) and is_type(q):
        if is_tuple and (p is BOTTOM or q is BOTTOM):
            return False
        return obviously_disjoint(p, q, for_specificity)
    if is_type(p):
        return p is not ANY
    if is_type(q):
        return q is not ANY
    return p is not q


def obviously_unequal(a: Term, b: Term) -> bool:
    """Whether Julia takes two types to be unequal at a look; it then compares no further."""
    if a is b:
        return False
    a, b = unwrap(a), unwrap(b)
    if type(a) is DataType and type(b) is DataType:
        return _declared_unequal(a, b)
    if (a is BOTTOM and type(b) is DataType) or (b is BOTTOM and type(a) is DataType):
        return True
    if type(a) is TypeVar and type(b) is TypeVar:
        return obviously_unequal(a.upper, b.upper)
    if type(a) is Value or type(b) is Value:
        return a is not b and any(type(t) is Value and t.type_name in ("Int64", "Symbol") for t in (a, b))
    return False


def _declared_unequal(a: DataType, b: DataType) -> bool:
    if a is TYPE_OF_BOTTOM and b.constructor is TYPE:
        return obviously_unequal(BOTTOM, b.parameters[0])
    if b is TYPE_OF_BOTTOM and a.constructor is TYPE:
        return obviously_unequal(a.parameters[0], BOTTOM)
    if a.constructor is not b.constructor:
        return True
    is_tuple = a.constructor is TUPLE
    if (a.concrete or b.concrete) and not is_tuple and a.constructor is not TYPE:
        return a is not b
    count_a, count_b = len(a.parameters), len(b.parameters)
    if is_tuple:
        open_a, open_b = tuple_vararg_kind(a) != NOT_VARARG, tuple_vararg_kind(b) != NOT_VARARG
        if not open_a and not open_b and count_a != count_b:
            return True
        count_a, count_b = count_a - open_a, count_b - open_b
    return any(map(obviously_unequal, a.parameters[:count_a], b.parameters[:count_b]))


def is_invariant(term: DataType) -> bool:
    """Whether a type's parameters have to be equal, as all but those of tuples and varargs have."""
    return term.constructor is not TUPLE and term.constructor is not VARARG


def is_kind(term: Term) -> bool:
    """Whether a term is one of the types that types have."""
    return term in KINDS
