"""Which of two signatures Julia 1.5 holds to be the more specific.

A strict subtype is more specific. For all other pairs Julia compares argument by argument, by rules that are no order
in the strict sense: they are facts about Julia, told apart here by what they look at (tuples, unions, declared types,
variables). `invariant` says that the two stand inside braces other than a tuple's.
"""

from __future__ import annotations

from collections.abc import Hashable

from rulecheck.dispatch.parametric.kinds import ANY_TYPE, is_kind
from rulecheck.dispatch.parametric.likeness import likeness_of_two
from rulecheck.dispatch.parametric.subtype import equal, subtype
from rulecheck.dispatch.parametric.term_predicates import obviously_disjoint
from rulecheck.dispatch.parametric.types import (
    ANY,
    BOTTOM,
    BOUND,
    FIXED,
    TYPE,
    TYPE_OF_BOTTOM,
    DataType,
    Term,
    TypeVar,
    UnionAll,
    UnionType,
    Value,
    bind,
    declared_in,
    fixed_length,
    integer,
    is_integer,
    is_tuple,
    is_type,
    is_type_of,
    is_vararg,
    substitute,
    tuple_vararg_kind,
    vararg_kind,
    vararg_length,
)

Scope = tuple[tuple[TypeVar, int], ...]
"""The variables of the `where`s that were entered, the innermost last, each with how often it occurs."""

_KEPT = 1_000_000
_answers: dict[tuple[Term, Term], bool] = {}
_alike: dict[Hashable, bool] = {}


def more_specific(a: Term, b: Term) -> bool:
    """Whether signature a is strictly more specific than b. Both must be closed. Answers are kept."""
    key = (a, b)
    answer = _answers.get(key)
    if answer is None:
        if obviously_disjoint(a, b, for_specificity=True) or a.free or b.free or subtype(b, a):
            answer = False
        else:
            answer = subtype(a, b) or _decided(a, b)
        if len(_answers) >= _KEPT:
            _answers.clear()
        _answers[key] = answer
    return answer


def _decided(a: Term, b: Term) -> bool:
    """What the rules say of two signatures; pairs that differ in names alone share one answer."""
    key = likeness_of_two(a, b)
    if key is None:
        return _beats(a, b, False, ())
    answer = _alike.get(key)
    if answer is None:
        if len(_alike) >= _KEPT:
            _alike.clear()
        answer = _alike[key] = _beats(a, b, False, ())
    return answer


def _beats(a: Term, b: Term, invariant: bool, scope: Scope) -> bool:
    if a is b:
        return False
    if is_tuple(a) and is_tuple(b):
        return _tuple_beats(a, b, invariant, scope)
    if not invariant:
        if a is ANY:
            return False
        if b is ANY and type(a) is not TypeVar:
            return True
    if type(a) is UnionType:
        if type(b) is UnionAll:
            return _beats(a, b.body, invariant, _entered(b, scope))
        return _union_beats(a, b, invariant, scope)
    if is_type_of(a) and not invariant:
        answer = _type_beats(a.parameters[0], b, scope)
        if answer is not None:
            return answer
    if type(b) is UnionType:
        if type(a) is UnionAll:
            return _beats(a.body, b, invariant, _entered(a, scope))
        if _beats(a, b.left, invariant, scope) or _beats(a, b.right, invariant, scope):
            return not _beats(b, a, invariant, scope)
        return False
    if type(a) is DataType and type(b) is DataType:
        return _declared_beats(a, b, scope)
    if type(a) is TypeVar:
        return _variable_beats(a, b, invariant, scope)
    if type(b) is TypeVar:
        return _beats_variable(a, b, invariant, scope)
    if type(a) is UnionAll:
        return _beats(a.body, b, invariant, _entered(a, scope))
    if type(b) is UnionAll:
        return _beats(a, b.body, invariant, _entered(b, scope))
    return False


# What is asked about terms whose variables `scope` holds.


def _entered(term: UnionAll, scope: Scope) -> Scope:
    return (*scope, (term.variable, _count(term.body, term.variable)))


def _count(term: Term, variable: TypeVar) -> int:
    """How often a variable occurs, in the part of each union where it does most."""
    if term is variable:
        return 1
    if variable not in term.free:
        return 0
    if type(term) is UnionType:
        return max(_count(term.left, variable), _count(term.right, variable))
    if type(term) is UnionAll:
        return _count(term.body, variable)
    assert type(term) is DataType
    return sum(_count(p, variable) for p in term.parameters)


def _occurrences(variable: Term, scope: Scope) -> int:
    for known, count in reversed(scope):
        if known is variable:
            return count
    return 0


def _closed(term: Term, scope: Scope) -> Term:
    if type(term) is not Value:
        for variable, _ in reversed(scope):
            term = bind(variable, term)
    return term


def _equal(a: Term, b: Term, scope: Scope) -> bool:
    if type(a) is Value or type(b) is Value:
        return a is b
    return equal(_closed(a, scope), _closed(b, scope))


def _below(a: Term, b: Term, scope: Scope) -> bool:
    return subtype(_closed(a, scope), _closed(b, scope))


# Tuples.


def _tuple_beats(a: DataType, b: DataType, invariant: bool, scope: Scope) -> bool:
    kind_a, kind_b = tuple_vararg_kind(a), tuple_vararg_kind(b)
    # A length that is bound elsewhere can be fixed by a tuple of one length.
    if kind_a == BOUND and kind_b < BOUND and _fixed_beats(a, b, False, scope) is True:
        return True
    if kind_b == BOUND and kind_a < BOUND and _fixed_beats(b, a, True, scope) is False:
        return False
    return _elements_beat(a, b, invariant, scope)


def _fixed_beats(a: DataType, b: DataType, swapped: bool, scope: Scope) -> bool | None:
    """The answer with a's vararg as long as b needs it; None where that changes no earlier element of a."""
    tail = _full_length(b) - len(a.parameters) + 1
    if tail <= 0:
        return None
    length = vararg_length(a.parameters[-1])
    assert type(length) is TypeVar
    fixed = substitute(a, {length: integer(tail)})
    assert type(fixed) is DataType
    if all(p is q for p, q in zip(a.parameters[:-1], fixed.parameters, strict=False)):
        return None
    if _equal(b, fixed, scope):
        return swapped
    return _beats(b, fixed, False, scope) if swapped else _beats(fixed, b, False, scope)


def _full_length(term: DataType) -> int:
    count = len(term.parameters)
    if tuple_vararg_kind(term) == FIXED:
        count += fixed_length(term.parameters[-1]) - 1
    return count


def _element(term: DataType, at: int) -> Term | None:
    """The element at a position, also beyond the first of a vararg; None past the end."""
    last = len(term.parameters) - 1
    if at < last:
        return term.parameters[at]
    if last < 0:
        return None
    if is_vararg(term.parameters[last]):
        element, length = declared_in(term.parameters[last]).parameters
        if is_integer(length) and at >= last + length.value:
            return None
        return element
    return term.parameters[at] if at == last else None


def _elements_beat(a: DataType, b: DataType, invariant: bool, scope: Scope) -> bool:
    count_a, count_b = len(a.parameters), len(b.parameters)
    if not count_b:
        return False
    if not count_a:
        return True
    last = a.parameters[-1]
    kind = vararg_kind(last)
    open_a, open_b = kind >= BOUND, tuple_vararg_kind(b) >= BOUND
    diagonal_a = diagonal_b = better = False
    at = 0
    while not (open_a and open_b and at >= count_a and at >= count_b):
        x, y = _element(a, at), _element(b, at)
        if x is None:
            if y is None:
                break
            return True
        if y is None:
            if not open_a and not better:
                return False
            break
        if _beats(y, x, invariant, scope):
            return False
        diagonal_a = diagonal_a or (type(x) is TypeVar and _occurrences(x, scope) > 1)
        diagonal_b = diagonal_b or (type(y) is TypeVar and _occurrences(y, scope) > 1)
        at_varargs = open_a and open_b and at >= count_a - 1 and at >= count_b - 1
        if at_varargs and (better or (diagonal_a and not diagonal_b)):
            return True  # where the fixed part decides, the varargs may be disjoint
        beats = _beats(x, y, invariant, scope)
        if not beats and not _below(x, y, scope):
            # A vararg whose length the earlier elements fix stays more specific, or the order would not be transitive.
            if not (better and kind == BOUND):
                return False
            return _occurrences(vararg_length(last), scope) > 1
        if not beats and at == count_a - 1 and count_a == count_b and not open_a and open_b:
            both = type(x) is TypeVar and type(y) is TypeVar and not diagonal_a and diagonal_b
            if both and _equal(x, y, scope):
                return False
        better = better or beats
        at += 1
    if open_a and open_b and count_a > count_b and (not diagonal_b or diagonal_a):
        return True
    if open_a and not open_b and not better:
        return False
    return better or (diagonal_a and not diagonal_b)


# Unions, and types of types.


def _union_beats(a: UnionType, b: Term, invariant: bool, scope: Scope) -> bool:
    """A union is more specific where one of its parts is, but none of b's parts is more specific than it."""
    if _below(b, a, scope):
        return False
    if not _beats(a.left, b, invariant, scope) and not _beats(a.right, b, invariant, scope):
        return False
    if type(b) is UnionType:
        return not _beats(b.left, a, invariant, scope) and not _beats(b.right, a, invariant, scope)
    return True


def _type_beats(of: Term, b: Term, scope: Scope) -> bool | None:
    """`Type{of}` against b, where that is told by the kinds; else None."""
    if b is TYPE_OF_BOTTOM:
        return False
    if type(of) is TypeVar:
        return True if is_kind(b) and not _below(ANY, of.upper, scope) else None
    if of is BOTTOM:
        return True if _below(b, ANY_TYPE, scope) else None
    return True if is_kind(b) else None


# Declared types.


def _declared_beats(a: DataType, b: DataType, scope: Scope) -> bool:
    if a is TYPE_OF_BOTTOM and (is_kind(b) or is_type_of(b)):
        return True
    above: DataType | None = a
    while above is not None and above is not ANY:
        if above.constructor is b.constructor:
            if above is not a and _supertype_decides(above, b, scope):
                return True
            return _parameters_beat(above, b, scope)
        above = above.above
    return False


def _supertype_decides(above: DataType, b: DataType, scope: Scope) -> bool:
    """A declared subtype comes first, except that of the kinds below `Type{T}` only a full T counts."""
    if above.constructor is not TYPE:
        return True
    of = b.parameters[0]
    return type(of) is TypeVar and _below(ANY, of.upper, scope)


def _parameters_beat(a: DataType, b: DataType, scope: Scope) -> bool:
    score_a = score_b = 0
    value_a = value_b = shared_a = shared_b = False
    for at, (p, q) in enumerate(zip(a.parameters, b.parameters, strict=False)):
        if not p.free and not q.free and not equal(p, q):
            return False
        if _beats(p, q, True, scope) and (type(p) is TypeVar or not p.free or bool(q.free)):
            score_a += 1
        elif _beats(q, p, True, scope) and (type(q) is TypeVar or not q.free or bool(p.free)):
            score_b += 1
        elif _equal(p, q, scope):
            if not p.free and q.free:
                score_a += 1
            elif p.free and not q.free:
                score_b += 1
        if type(q) is TypeVar and type(p) is Value:
            value_a = True
        elif type(p) is TypeVar and type(q) is Value:
            value_b = True
        shared_a = shared_a or _comes_again(p, a, at)
        shared_b = shared_b or _comes_again(q, b, at)
    if value_a is not value_b:
        return value_a
    if score_b > score_a or (shared_b and not shared_a):
        return False
    return score_a > score_b or (shared_a and not shared_b)


def _comes_again(parameter: Term, of: DataType, at: int) -> bool:
    return type(parameter) is TypeVar and any(parameter in p.free for p in of.parameters[at + 1 :])


# Variables.


def _variable_beats(a: TypeVar, b: Term, invariant: bool, scope: Scope) -> bool:
    if type(b) is TypeVar:
        if _beats(a.upper, b.upper, False, scope) and not _beats(a.lower, b.lower, False, scope):
            return True
        return _beats(b.lower, a.lower, False, scope) and not _beats(b.upper, a.upper, False, scope)
    if not is_type(b):
        return False
    if invariant:
        if a.upper is BOTTOM:
            return True
        if not b.free:
            return False
        if _equal(a.upper, b, scope):
            return _occurrences(a, scope) >= 2
    elif b is ANY and a.upper is ANY and _occurrences(a, scope) >= 2:
        return True  # `Tuple{T,T} where T` is more specific than `Tuple{Any,Any}`
    return _beats(a.upper, b, False, scope)


def _beats_variable(a: Term, b: TypeVar, invariant: bool, scope: Scope) -> bool:
    if not is_type(a):
        return True
    if not invariant:
        return _beats(a, b.upper, False, scope)
    if b.upper is BOTTOM:
        return False
    if a.free:
        if _beats(a, b.upper, False, scope):
            return True
        return _equal(a, b.upper, scope) and _occurrences(b, scope) < 2
    return not obviously_disjoint(a, b.upper, for_specificity=True) and not _beats(b.upper, a, False, scope)
