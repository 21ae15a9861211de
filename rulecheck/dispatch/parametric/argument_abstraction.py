"""What methods can tell of an argument: no more than its supertype of the lowest family that any of them asks for.

Arguments that differ below that are one to a table, so that its answer for one holds for all: a package's hundred
matrix types are each `AbstractMatrix` to the rules of a library that knows none of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.dispatch.parametric.kinds import KINDS
from rulecheck.dispatch.parametric.signature import Shape
from rulecheck.dispatch.parametric.types import (
    ANY,
    TUPLE,
    TYPE,
    Constructor,
    DataType,
    Term,
    declared_in,
    members,
    unwrap,
    vararg_element,
)

# Tuples are looked into, and a type of types is below what is not declared to be above it.
_WHOLE = frozenset({TUPLE, TYPE, *(kind.constructor for kind in KINDS)})

Heads = frozenset[Constructor] | None
"""The families that are asked for at one position; None where an argument may be looked at as a whole."""


def heads_of(signatures: Iterable[tuple[Term, Shape]], position: int) -> Heads:
    """The families that signatures ask for at a position."""
    found: set[Constructor] = set()
    for signature, shape in signatures:
        asked = shape.at(position) if shape.separable else _element(signature, position)
        for part in members(unwrap(asked)):
            inner = unwrap(part)
            if type(inner) is not DataType:
                return None  # a variable that ties the argument to others: it stands for the whole of it
            found.add(inner.constructor)
    return frozenset(found)


def _element(signature: Term, position: int) -> Term:
    parameters = declared_in(signature).parameters
    return vararg_element(parameters[min(position, len(parameters) - 1)])


def joined(a: Heads, b: Heads) -> Heads:
    """The families of both."""
    return None if a is None or b is None else a | b


class ArgumentAbstraction:
    """Arguments as methods see them at one position."""

    def __init__(self, heads: Heads) -> None:
        self._heads = heads
        self._known: dict[Term, Term] = {}

    def of(self, argument: Term) -> Term:
        """The supertype that tells all; the argument itself where it may count as a whole."""
        found = self._known.get(argument)
        if found is None:
            found = self._known[argument] = self._of(argument)
        return found

    def _of(self, argument: Term) -> Term:
        if self._heads is None or type(argument) is not DataType or argument.constructor in _WHOLE:
            return argument
        above: DataType | None = argument
        while above is not None and above.constructor not in self._heads:
            above = above.above
        return ANY if above is None else above
