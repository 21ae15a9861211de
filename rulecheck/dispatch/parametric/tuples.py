"""Subtyping of tuple types: covariant elements, and varargs whose length is given, bound elsewhere or open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from rulecheck.dispatch.parametric.environment import COVARIANT, INVARIANT, Binding
from rulecheck.dispatch.parametric.term_predicates import same
from rulecheck.dispatch.parametric.types import (
    ANY,
    BOUND,
    FIXED,
    NOT_VARARG,
    OPEN,
    DataType,
    Term,
    TypeVar,
    UnionAll,
    declared_in,
    fixed_length,
    integer,
    is_integer,
    is_tuple,
    is_vararg,
    tuple_vararg_kind,
    unwrap,
    vararg_element,
    vararg_length,
)


def is_open_tuple(term: Term) -> bool:
    """Whether a term is a tuple type of any length."""
    term = unwrap(term)
    return is_tuple(term) and tuple_vararg_kind(term) == OPEN


def is_counted_tuple(term: Term) -> bool:
    """Whether a term is, or is bounded by, a tuple type of one length."""
    term = unwrap(term.upper if type(term) is TypeVar else term)
    return is_tuple(term) and tuple_vararg_kind(term) in (NOT_VARARG, FIXED)


class TermComparer(Protocol):
    """The comparison that tuples are part of, as far as they ask it: elements may be of any kind."""

    bindings: dict[TypeVar, Binding]
    depth: int
    right_depth: int

    def subtype(self, x: Term, y: Term, position: int) -> bool:
        """Whether x <: y in the present environment."""
        ...

    def closed_subtype(self, x: Term, y: Term, /) -> bool:
        """Whether x <: y where neither has free variables."""
        ...

    def equal_deeper(self, x: Term, y: Term) -> bool:
        """Whether the two are equal inside one more invariant constructor."""
        ...

    def unaliased(self, term: UnionAll) -> UnionAll:
        """The term with a variable that is not open yet."""
        ...

    def opened(self, term: UnionAll, right: bool, position: int, compare: Callable[[int], bool]) -> bool:
        """Compare with the variable open."""
        ...


class Tuples:
    """One comparison of two tuple types, element by element."""

    def __init__(self, solver: TermComparer, x: DataType, y: DataType) -> None:
        self.solver = solver
        self.xs, self.ys = x.parameters, y.parameters
        self.kind_x, self.kind_y = tuple_vararg_kind(x), tuple_vararg_kind(y)
        self.i = self.j = 0
        # The varargs at the ends, once reached, and how many of their elements were.
        self.tail_x: Term | None = None
        self.tail_y: Term | None = None
        self.taken_x = self.taken_y = 0
        self.last_x: Term | None = None
        self.last_y: Term | None = None

    def compare(self, position: int) -> bool:
        """Whether x <: y, where the tuples stand at `position`."""
        if not self.xs and not self.ys:
            return True
        return self._lengths_fit() and self._elements(position or COVARIANT)

    def _lengths_fit(self) -> bool:
        count_x, count_y = len(self.xs), len(self.ys)
        length_x = self._binding_of_length()
        given = length_x.lower if length_x is not None else None
        if self.kind_x in (BOUND, OPEN) and not is_integer(given):
            if self.kind_x == OPEN or (length_x is not None and not length_x.right):
                return self.kind_y in (BOUND, OPEN) and count_x >= count_y
            return self.kind_y != NOT_VARARG or self._has_length(self.xs[-1], count_y + 1 - count_x)
        if self.kind_x == FIXED:
            count_x += fixed_length(self.xs[-1]) - 1
        elif is_integer(given):
            count_x += given.value - 1
        if self.kind_y in (BOUND, OPEN):
            return count_y - 1 <= count_x
        if self.kind_y == FIXED:
            count_y += fixed_length(self.ys[-1]) - 1
        return count_x == count_y

    def _binding_of_length(self) -> Binding | None:
        if self.kind_x != BOUND:
            return None
        length = vararg_length(self.xs[-1])
        return self.solver.bindings.get(length) if type(length) is TypeVar else None

    def _has_length(self, vararg: Term, count: int) -> bool:
        """Whether a vararg can have so many elements; a length that is bound elsewhere is set."""
        own = None
        if type(vararg) is UnionAll:
            own, vararg = vararg.variable, vararg.body
        length = vararg_length(vararg)
        if length is own:
            return True
        solver = self.solver
        solver.depth += 1
        solver.right_depth += 1
        number = integer(count)
        answer = solver.subtype(number, length, INVARIANT) and solver.subtype(length, number, 0)
        solver.depth -= 1
        solver.right_depth -= 1
        return answer

    def _elements(self, position: int) -> bool:
        solver = self.solver
        xs, ys = self.xs, self.ys
        repeated = 1
        while self.i < len(xs):
            x = xs[self.i]
            if self.i == len(xs) - 1 and self.kind_x:
                if self.tail_x is None:
                    if type(x) is UnionAll:
                        self.tail_x = opened = solver.unaliased(x)
                        return solver.opened(opened, False, position, self._elements)
                    self.tail_x = x
                x = self.tail_x
            y: Term | None = None
            if self.j < len(ys):
                y = ys[self.j]
                if self.j == len(ys) - 1 and self.kind_y:
                    if self.tail_y is None:
                        if type(y) is UnionAll:
                            self.tail_y = opened = solver.unaliased(y)
                            return solver.opened(opened, True, position, self._elements)
                        self.tail_y = y
                    y = self.tail_y
            self.taken_x += self.tail_x is not None
            self.taken_y += self.tail_y is not None
            if self.taken_x and self.taken_y:
                return self._varargs(position)
            if y is None:
                return bool(self.taken_x)
            if self.taken_x:
                x = vararg_element(x)
            as_before = self.last_x is not None and same(x, self.last_x)
            if self.taken_y:
                y = vararg_element(y)
                if not self.kind_x and y is ANY:
                    break
                repeated = repeated + 1 if as_before else 1
            # An element that comes again tells nothing new after the second time.
            if repeated <= 2 and not (as_before and y is self.last_y and self._is_settled(x, y)):
                if not x.free and not y.free:
                    if not solver.closed_subtype(x, y):
                        return False
                elif not solver.subtype(x, y, position):
                    return False
            self.last_x, self.last_y = x, y
            if self.i < len(xs) - 1 or not self.taken_x:
                self.i += 1
            if self.j < len(ys) - 1 or not self.taken_y:
                self.j += 1
        return self._ends_fit()

    def _is_settled(self, x: Term, y: Term) -> bool:
        if not x.free and not y.free:
            return True
        return not self.taken_x and bool(self.taken_y) and type(x) is DataType and x.concrete

    def _ends_fit(self) -> bool:
        count_x, count_y = len(self.xs), len(self.ys)
        if not self.taken_y and self.j < count_y and is_vararg(self.ys[self.j]):
            self.taken_y += 1
        rest = count_x + 1 - count_y
        if self.taken_y and not self.taken_x and rest >= 0 and not self._has_length(self.ys[-1], rest):
            return False
        if count_x + self.taken_x == count_y + self.taken_y:
            return True
        return bool(self.taken_y) and count_x >= (count_y if self.taken_x else count_y - 1)

    def _known_length(self, term: Term) -> Term:
        if type(term) is TypeVar:
            binding = self.solver.bindings.get(term)
            return binding.lower if binding is not None else term
        return term

    def _varargs(self, position: int) -> bool:
        """Both are at their varargs: compare the elements twice, for the diagonal rule, and equate the lengths."""
        assert self.tail_x is not None
        assert self.tail_y is not None
        open_x, open_y = type(self.tail_x) is UnionAll, type(self.tail_y) is UnionAll
        element_x, length_x = declared_in(self.tail_x).parameters
        element_y, length_y = declared_in(self.tail_y).parameters
        exhausted = False
        if open_x:
            if is_integer(self._known_length(length_y)):
                return False
        else:
            known = self._known_length(length_x)
            if is_integer(known) and known.value + 1 == self.taken_x:
                if open_y:
                    exhausted = True
                else:
                    other = self._known_length(length_y)
                    if is_integer(other):
                        return bool(other.value + 1 == self.taken_y)
        solver = self.solver
        if not exhausted:
            if not solver.subtype(element_x, element_y, position):
                return False
            if not solver.subtype(element_x, element_y, COVARIANT):
                return False
        if open_x and is_integer(self._known_length(length_y)):
            return False  # the comparison just fixed it
        if is_integer(length_x) and self.taken_x != 1:
            length_x = integer(length_x.value - self.taken_x + 1)
        if is_integer(length_y) and self.taken_y != 1:
            length_y = integer(length_y.value - self.taken_y + 1)
        return solver.equal_deeper(length_x, length_y)
