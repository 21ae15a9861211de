"""Types made from types: braces applied, unions flattened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rulecheck.dispatch.parametric.callbacks import Callbacks
from rulecheck.dispatch.parametric.subtype import subtype
from rulecheck.dispatch.parametric.types import (
    ANY,
    BOTTOM,
    DataType,
    ParametricError,
    Term,
    TypeVar,
    UnionAll,
    Value,
    bind,
    instantiate,
    make,
    members,
    pair,
    substitute,
    tuple_of,
    unwrap,
)


def union_of(terms: Iterable[Term]) -> Term:
    """`Union{terms...}`: flat, by name, without closed members that another one covers."""
    parts: list[Term] = []
    for term in terms:
        parts.extend(p for p in members(term) if p not in parts)
    if ANY in parts:
        return ANY
    kept = [p for i, p in enumerate(parts) if not any(_covers(q, p, j < i) for j, q in enumerate(parts) if j != i)]
    if not kept:
        return BOTTOM
    if len(kept) > 1:
        kept = _ordered(kept)
    result = kept[-1]
    for part in reversed(kept[:-1]):
        result = pair(part, result)
    return result


def _ordered(parts: list[Term]) -> list[Term]:
    """Declared types first, then `where` types, each by name and then by text; variables last, as they stand."""
    named = [(_rank(part), part) for part in parts]
    if len({rank for rank, _ in named}) < len(named):
        named = [((*rank, str(part) if rank[1] else ""), part) for rank, part in named]
    return [part for _, part in sorted(named, key=lambda each: each[0])]


def _rank(part: Term) -> tuple[int | str, ...]:
    inner = unwrap(part)
    if type(inner) is not DataType:
        return (2, "")
    return (0 if inner is part else 1, inner.constructor.name.rpartition(".")[2])


def _covers(wide: Term, part: Term, stands_first: bool) -> bool:
    """Whether a member makes another one needless; of two equal ones the first stays."""
    if wide.free or part.free or type(wide) is Value or type(part) is Value or not subtype(part, wide):
        return False
    return stands_first or not subtype(wide, part)


def fits(argument: Term, lower: Term, upper: Term) -> bool:
    """Whether a parameter is within bounds, as far as they are closed."""
    if type(argument) is Value:
        return lower is BOTTOM and upper is ANY
    if type(argument) is TypeVar:
        return True  # `Complex{T} where T<:AbstractString` is a type, if an empty one
    return (bool(lower.free) or subtype(lower, argument)) and (bool(upper.free) or subtype(argument, upper))


def apply(term: Term, arguments: Sequence[Term]) -> Term:
    """`term{arguments...}`, for a `where` type; fewer arguments than variables leave the last ones open.

    Raises `ParametricError` for too many arguments or one outside its bounds.
    """
    for argument in arguments:
        if type(term) is not UnionAll:
            raise ParametricError(f"too many parameters for {term}")
        variable = term.variable
        if not _within(argument, variable):
            raise ParametricError(f"{argument} cannot be the parameter {variable.name} of {term}")
        term = instantiate(term, argument)
    return term


def _within(argument: Term, variable: TypeVar) -> bool:
    if variable.lower is BOTTOM and variable.upper is ANY:
        return True
    return bool(argument.free) or fits(argument, variable.lower, variable.upper)


def remake(like: DataType, parameters: Sequence[Term]) -> DataType | None:
    """A type of the same family with other parameters; None where one is outside its declared bounds."""
    variables = like.constructor.parameters
    given: dict[TypeVar, Term] = {}
    for variable, parameter in zip(variables, parameters, strict=False):
        if not fits(parameter, substitute(variable.lower, given), substitute(variable.upper, given)):
            return None
        given[variable] = parameter
    return make(like.constructor, parameters)


def tuple_signature(variables: Sequence[TypeVar], parameters: Sequence[Term]) -> Term:
    """`Tuple{parameters...} where {variables...}`, the first variable outermost."""
    term: Term = tuple_of(tuple(parameters))
    for variable in reversed(variables):
        term = bind(variable, term)
    return term


Callbacks.union_of = union_of
