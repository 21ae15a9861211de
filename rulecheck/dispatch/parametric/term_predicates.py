"""Questions about terms that need no environment of variables."""

from __future__ import annotations

from functools import lru_cache

from rulecheck.dispatch.parametric.kinds import KINDS, kind_of
from rulecheck.dispatch.parametric.types import (
    ANY,
    BOTTOM,
    NOT_VARARG,
    TUPLE,
    TYPE,
    TYPE_OF_BOTTOM,
    VARARG,
    Constructor,
    DataType,
    Term,
    TypeVar,
    UnionAll,
    UnionType,
    Value,
    closed,
    is_type,
    is_vararg,
    outer_variables,
    tuple_vararg_kind,
    unwrap,
    vararg_element,
)


def same(a: Term, b: Term) -> bool:
    """Whether two terms are one by construction, with the same variables."""
    if a is b:
        return True
    if not a.free or not b.free:
        return False
    if type(a) is DataType and type(b) is DataType:
        return (
            a.constructor is b.constructor
            and len(a.parameters) == len(b.parameters)
            and all(map(same, a.parameters, b.parameters))
        )
    if type(a) is UnionType and type(b) is UnionType:
        return same(a.left, b.left) and same(a.right, b.right)
    if type(a) is UnionAll and type(b) is UnionAll:
        return a.variable is b.variable and same(a.body, b.body)
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


def seen_by(x: Term, y: Term) -> Term | None:
    """A type that is below y exactly if x is: of a declared type its supertype of y's family. None where x is not.

    Of a tuple it is made element by element, since an element is compared with nothing but the one at its position.
    """
    inner_x = x if type(x) is DataType else unwrap(x)
    inner_y = y if type(y) is DataType else unwrap(y)
    if type(inner_x) is not DataType or type(inner_y) is not DataType:
        return x
    if inner_x.constructor is not TUPLE or inner_y.constructor is not TUPLE:
        found = _seen_from(x, inner_y.constructor)
        return x if found is y and not _is_below_itself(y) else found
    seen: list[Term] = []
    tail = vararg_element(inner_y.parameters[-1]) if inner_y.parameters else ANY
    last = len(inner_y.parameters) - 1
    for position, element in enumerate(inner_x.parameters):
        if is_vararg(element):
            return x
        found = seen_by(element, inner_y.parameters[position] if position < last else tail)
        if found is None:
            return None
        seen.append(found)
    whole = _instead(x, inner_x, TUPLE.of(seen))
    return x if whole is y and not _is_below_itself(y) else whole


@lru_cache(maxsize=100_000)
def _is_below_itself(term: Term) -> bool:
    """Whether comparing a type with itself part by part would find it below itself.

    Julia misses some with variables in unions, or of which one stands for concrete types alone. It only sees that an
    object is itself, which must not be told of another one.
    """
    if type(term) is DataType:
        return not term.free or (term.constructor is not TUPLE and all(map(_is_below_itself, term.parameters)))
    if type(term) is UnionAll:
        return all(map(_is_below_itself, (term.variable.lower, term.variable.upper, term.body)))
    return not term.free or type(term) is TypeVar


@lru_cache(maxsize=100_000)
def _seen_from(x: Term, constructor: Constructor) -> Term | None:
    """What is seen of a declared type from another family."""
    inner = unwrap(x)
    assert type(inner) is DataType
    if inner.constructor is TYPE:
        return x
    if constructor is TYPE:
        return x if inner in KINDS else None
    above = ancestor(inner, constructor)
    return None if above is None else _instead(x, inner, above)


def _instead(x: Term, inner: DataType, seen: DataType) -> Term:
    """X with another type inside its `where`s, if the variables mean the same there."""
    if seen is inner:
        return x
    for variable in seen.free:
        # One that no longer stands inside of another type could only be a concrete one.
        if not occurs_invariantly(seen, variable) and occurs_invariantly(inner, variable):
            return x
    return closed(seen, outer_variables(x))


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
