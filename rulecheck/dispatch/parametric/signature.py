"""A method's signature taken apart, so that most calls are told by looking at each argument alone."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from functools import lru_cache

from rulecheck.dispatch.parametric.types import (
    BOUND,
    FIXED,
    NOT_VARARG,
    TUPLE,
    Constructor,
    DataType,
    ParametricError,
    Term,
    TypeVar,
    UnionType,
    closed,
    fixed_length,
    members,
    outer_variables,
    tuple_vararg_kind,
    unwrap,
    vararg_element,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a signature asks of each argument.

    `fixed` are the types of the first arguments and `tail` that of all further ones (None: there are no further ones),
    each closed. A call fits if every argument does; unless the signature is `separable` that is necessary only, since
    variables, or the length of the tail, tie the arguments together.
    """

    fixed: tuple[Term, ...]
    tail: Term | None
    separable: bool

    def takes(self, count: int) -> bool:
        """Whether a call can have so many arguments."""
        return count == len(self.fixed) or (self.tail is not None and count > len(self.fixed))

    def at(self, position: int) -> Term:
        """What is asked of the argument at a position that `takes` allows."""
        if position < len(self.fixed):
            return self.fixed[position]
        assert self.tail is not None
        return self.tail


def shape_of(signature: Term) -> Shape:
    """The shape of a tuple type. Raises `ParametricError` for any other type."""
    body = unwrap(signature)
    if type(body) is not DataType or body.constructor is not TUPLE or signature.free:
        raise ParametricError(f"{signature} is no signature: it has to be a tuple type")
    variables = outer_variables(signature)
    parameters = list(body.parameters)
    kind = tuple_vararg_kind(body)
    tail: Term | None = None
    separable = True
    if kind != NOT_VARARG:
        last = parameters.pop()
        element = vararg_element(last)
        if kind == FIXED:
            parameters.extend([element] * fixed_length(last))
        else:
            tail = closed(element, variables)
            separable = kind != BOUND and not element.free
    used: set[TypeVar] = set()
    for parameter in parameters:
        own = _used_by(parameter)
        separable = separable and used.isdisjoint(own)
        used |= own
    return Shape(tuple(closed(p, variables) for p in parameters), tail, separable)


def _used_by(term: Term) -> set[TypeVar]:
    """The variables of a term, and those of their bounds."""
    found: set[TypeVar] = set()
    waiting = list(term.free)
    while waiting:
        variable = waiting.pop()
        if variable not in found:
            found.add(variable)
            waiting.extend(variable.lower.free | variable.upper.free)
    return found


def head(term: Term) -> Constructor | None:
    """The family that a type belongs to; None for unions and variables, which can be of many."""
    inner = unwrap(term)
    return inner.constructor if type(inner) is DataType else None


def families(term: Term) -> Collection[Constructor | None]:
    """The families of which one holds whatever declared type is below a type; None where it could be any."""
    own = head(term)
    return (own,) if own is not None else {part.constructor for part in _declared_in(term)} or (None,)


def outline(shape: Shape) -> Hashable:
    """What equal signatures have in common, cheaply told: the widest families at each position."""
    parts = [*shape.fixed] if shape.tail is None else [*shape.fixed, shape.tail]
    return (shape.tail is None, *map(_widest_in, parts))


@lru_cache(maxsize=100_000)
def _widest_in(term: Term) -> frozenset[Constructor]:
    """The widest families that a type is a union of."""
    return _widest(_declared_in(term))


def _declared_in(term: Term) -> list[DataType]:
    """The declared types that a type is a union of; a variable counts as its upper bound."""
    found = []
    for part in members(unwrap(term)):
        inner = unwrap(part)
        if type(inner) is DataType:
            found.append(inner)
        elif type(inner) is TypeVar:
            found.extend(_declared_in(inner.upper))
        elif type(inner) is UnionType:
            found.extend(_declared_in(inner))
    return found


def _widest(parts: list[DataType]) -> frozenset[Constructor]:
    families = {p.constructor for p in parts}
    if len(families) > 1:
        for part in parts:
            above = part.above
            while above is not None and above.constructor not in families:
                above = above.above
            if above is not None and above.constructor is not part.constructor:
                families.discard(part.constructor)
    return frozenset(families)
