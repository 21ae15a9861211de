"""What intersecting does to the variables that are open: narrow them, set them equal, and close them again."""

from __future__ import annotations

from rulecheck.dispatch.parametric.bounds import join
from rulecheck.dispatch.parametric.environment import INVARIANT, Binding
from rulecheck.dispatch.parametric.subtype import Solver, subtype
from rulecheck.dispatch.parametric.term_predicates import in_union, is_leaf, occurs_inside, same
from rulecheck.dispatch.parametric.types import (
    ANY,
    BOTTOM,
    ParametricError,
    Term,
    TypeVar,
    UnionAll,
    Value,
    instantiate,
    integer,
    is_integer,
    quantify,
    substitute,
)

UNTRIED, FROM_ABOVE, FROM_BELOW, EITHER = 0, 1, 2, 3
"""How a variable in covariant position is constrained: not yet, by its upper bound, its lower one, or as it comes."""


class Narrowing(Solver):
    """An intersection under way, as far as variables go."""

    def __init__(self) -> None:
        super().__init__()
        self.intersecting = True
        self.free_are_opaque = True

    def intersect(self, x: Term, y: Term, position: int) -> Term:
        """A type that holds what is both in x and in y; `BOTTOM` where nothing is."""
        raise NotImplementedError

    def _aside_of(self, variable: TypeVar, term: Term, right: bool, depth: int) -> Term:
        """The intersection of a variable's upper bound with a term, on the sides where they stood."""
        binding = self.bindings.get(variable)
        upper = variable.upper if binding is None else binding.upper
        return self.meet_aside(term, upper, depth) if right else self.meet_aside(upper, term, depth)

    def _bounds_within(self, x: Term, y: Term, right: bool, depth: int) -> bool:
        return self.within(x, y, self.depth if right else depth, depth if right else self.right_depth)

    def existentially(self, x: Term, y: Term, right: bool, depth: int) -> bool:
        """Whether x <: y can be made true by a choice of every open variable."""
        if x is BOTTOM or y is ANY:
            return True
        sides = [binding.right for binding in self.open]
        for binding in self.open:
            binding.right = True
        answer = self._bounds_within(x, y, right, depth)
        for binding, side in zip(self.open, sides, strict=True):
            binding.right = side
        return answer

    def swap_sides(self) -> None:
        """Make left variables right ones, and the other way round."""
        for binding in self.open:
            binding.right = not binding.right

    @staticmethod
    def _set_to_value(binding: Binding, value: Term, other: Binding | None) -> Term:
        offset = binding.offset or (-other.offset if other is not None else 0)
        if binding.lower is BOTTOM and binding.upper is ANY:
            if is_integer(value):
                value = integer(value.value + offset)
            binding.lower = binding.upper = value
        elif value is not binding.lower:
            return BOTTOM
        return value

    def _set_bound(self, binding: Binding, upper: bool, term: Term) -> None:
        """Set a bound, unless the variable would come to stand in its own."""
        variable = binding.variable
        if in_union(term, variable):
            return
        for other in self.open:
            if other.lower is variable and other.upper is variable and in_union(term, other.variable):
                return
        if upper:
            binding.upper = term
        else:
            binding.lower = term

    def _with_variable(self, variable: TypeVar, term: Term, right: bool, position: int) -> Term:
        """The intersection of a variable with a term; `right` where the variable stood on the right."""
        binding = self.bindings.get(variable)
        if binding is None:
            return self._aside_of(variable, term, right, 0)
        if binding.lower is binding.upper and type(binding.lower) is TypeVar and binding.lower is not variable:
            return self.intersect(term, binding.lower, position)
        if type(term) is Value:
            return self._set_to_value(binding, term, None)
        if position == INVARIANT:
            return self._fixed(binding, term, right)
        depth = binding.depth
        if binding.constraint == UNTRIED:
            if type(binding.upper) is not TypeVar and type(term) is not TypeVar:
                saved = self.save()
                covered = self._bounds_within(binding.upper, term, False, depth)
                self.restore(saved)
                if covered:
                    return variable
            return self._aside_of(variable, term, right, depth)
        if binding.concrete or binding.constraint == FROM_ABOVE:
            upper = self._aside_of(variable, term, right, depth)
            if upper is BOTTOM or (not right and not self._bounds_within(binding.lower, term, False, depth)):
                return BOTTOM
            self._set_bound(binding, True, upper)
            return variable
        if binding.constraint == FROM_BELOW:
            if not self._bounds_within(term, binding.upper, True, depth):
                binding.lower = variable  # circular: nothing can satisfy it any more
                return BOTTOM
            self._set_bound(binding, False, join(binding.lower, term, subtype))
            return term
        return self._as_it_comes(binding, term, right)

    def _fixed(self, binding: Binding, term: Term, right: bool) -> Term:
        """The variable in invariant position: it has to be the term."""
        variable, depth = binding.variable, binding.depth
        if term.free:
            found = self._aside_of(variable, term, right, depth)
        else:
            saved = self.save()
            possible = self.existentially(binding.lower, term, False, depth)
            possible = possible and self.existentially(term, binding.upper, True, depth)
            self.restore(saved)
            if not possible:
                return BOTTOM
            found = term
        if found is not variable:
            if found.free:
                # X == Ref{X} has no solution; nor has it through a variable that was set equal to X.
                equals = [b.variable for b in self.open if b.lower is variable and b.upper is variable]
                if any(occurs_inside(found, v, invariant_only=False) for v in (variable, *equals)):
                    return BOTTOM
            binding.upper = binding.lower = found
        return found

    def _as_it_comes(self, binding: Binding, term: Term, right: bool) -> Term:
        variable, depth = binding.variable, binding.depth
        upper = self._aside_of(variable, term, right, depth)
        if upper is BOTTOM:
            return BOTTOM
        if type(term) is TypeVar:
            return variable
        if upper is term:
            if binding.lower is BOTTOM:
                self._set_bound(binding, True, term)
                return variable
            return upper
        if binding.upper is binding.lower:
            return upper
        saved = self.save()
        lower = binding.lower
        found = self.meet_aside(term, lower, depth) if right else self.meet_aside(lower, term, depth)
        if found is BOTTOM:
            self.restore(saved)
            self._set_bound(binding, True, upper)
            return variable
        return found

    def _two_variables(self, x: TypeVar, y: TypeVar, position: int) -> Term:
        of_x, of_y = self.bindings.get(x), self.bindings.get(y)
        right = False
        if of_x is not None and of_y is not None and self.is_outside(x, y):
            # The outer variable keeps the bounds, the inner one is set equal to it.
            x, y, of_x, of_y, right = y, x, of_y, of_x, True
        if position == INVARIANT:
            return self._equated(x, y, of_x, of_y, right)
        self.record(of_x, position)
        self.record(of_y, position)
        if of_x is not None and of_y is not None and of_x.concrete and not of_y.concrete:
            return self._with_variable(x, y, right, position)
        return self._with_variable(y, x, not right, position)

    def _equated(self, x: TypeVar, y: TypeVar, of_x: Binding | None, of_y: Binding | None, right: bool) -> Term:
        lower_x, upper_x = (x.lower, x.upper) if of_x is None else (of_x.lower, of_x.upper)
        lower_y, upper_y = (y.lower, y.upper) if of_y is None else (of_y.lower, of_y.upper)
        self.record(of_x, INVARIANT)
        if of_x is not None and of_y is not None and of_x.depth != of_y.depth:
            self.record(of_y, INVARIANT)
            return y if self.within(of_y.upper, of_y.lower, self.depth, self.right_depth) else BOTTOM
        if upper_x is lower_x and type(upper_x) is TypeVar:
            if y is upper_x:
                self.record(of_y, INVARIANT)
                return y
            return self.intersect(y, upper_x, INVARIANT)
        self.record(of_y, INVARIANT)
        if type(lower_y) is Value:
            if of_x is not None:
                return self._set_to_value(of_x, lower_y, of_y)
            return lower_y if (lower_x is BOTTOM and upper_x is ANY) or lower_x is lower_y else BOTTOM
        if type(lower_x) is Value:
            if of_y is not None:
                return self._set_to_value(of_y, lower_x, of_x)
            return lower_x if lower_y is BOTTOM and upper_y is ANY else BOTTOM
        if not self._overlap((lower_x, upper_x), (lower_y, upper_y), right):
            return BOTTOM
        if occurs_inside(upper_x, y, invariant_only=False) and occurs_inside(upper_y, x, invariant_only=False):
            return y  # circular: the whole will be empty, and intersecting the bounds would not end
        upper = self.meet_aside(upper_x, upper_y, of_x.depth if of_x is not None else 0)
        lower = join(lower_x, lower_y, subtype)
        if of_y is not None:
            if lower is not y:
                of_y.lower = lower
            if upper is not y:
                of_y.upper = upper
        if of_x is not None:
            of_x.lower = of_x.upper = y
        return y

    def _overlap(self, x: tuple[Term, Term], y: tuple[Term, Term], swapped: bool) -> bool:
        """Whether the lower bound of each of two variables is below the other's upper one."""
        if swapped:
            self.swap_sides()
        depths = (self.depth, self.right_depth)
        answer = self.within(x[0], y[1], *depths) and self.within(y[0], x[1], *depths)
        if swapped:
            self.swap_sides()
        return answer

    # Closing a variable.

    def _closed(self, result: Term, binding: Binding) -> Term:
        """The result with the variable replaced by its one value, or bound by a `where` around it."""
        variable, lower, upper = binding.variable, binding.lower, binding.upper
        value = _only_value(binding)
        if binding.integral:
            settled = (value is not None and is_integer(value)) or (lower is BOTTOM and upper is ANY)
            if not settled and not (type(lower) is TypeVar and upper is lower):
                return BOTTOM
        fresh = variable
        if value is None and (lower is not variable.lower or upper is not variable.upper):
            fresh = TypeVar(variable.name, lower, upper)
        wrap = True
        for outer in reversed(self.open):
            if variable in outer.lower.free:
                if lower is outer.variable:
                    return BOTTOM
                if value is None and outer.lower is not variable and _moves_outside(binding, outer):
                    # An outer S was found to be Ref{T}: `where T` moves outside of `where S`.
                    if fresh is not variable:
                        outer.lower = substitute(outer.lower, {variable: fresh})
                        outer.upper = substitute(outer.upper, {variable: fresh})
                    outer.inner = (*outer.inner, fresh)
                    wrap = False
                    continue
                outer.lower, result = _closed_bound(outer.lower, lower, variable, value, result)
            if variable in outer.upper.free:
                if upper is outer.variable:
                    return BOTTOM
                outer.upper, result = _closed_bound(outer.upper, upper, variable, value, result)
        if variable in result.free:
            result = self._rewrapped(result, variable, fresh, value, wrap)
        if result is not BOTTOM:
            for inner in binding.inner:
                if inner in result.free:
                    result = quantify(inner, result)
        return result

    @staticmethod
    def _rewrapped(result: Term, variable: TypeVar, fresh: TypeVar, value: Term | None, wrap: bool) -> Term:
        if value is None:
            if fresh is not variable:
                result = substitute(result, {variable: fresh})
            return quantify(fresh, result) if wrap else result
        try:
            result = substitute(result, {variable: value})
            while type(result) is UnionAll and same(result.variable.lower, result.variable.upper):
                result = instantiate(result, result.variable.lower)
        except ParametricError:
            return BOTTOM
        return result


def _only_value(binding: Binding) -> Term | None:
    """What a variable that is closed has to be; None where it can be more than one thing."""
    lower, upper = binding.lower, binding.upper
    only_upper = (is_integer(upper) and type(lower) is TypeVar) or same(lower, upper)
    return upper if only_upper or (not binding.invariant and is_leaf(upper)) else None


def _moves_outside(binding: Binding, outer: Binding) -> bool:
    """Whether the `where` of a variable that both bounds of an outer one hold can stand around the outer one's."""
    return (
        outer.depth == binding.depth
        and outer.variable not in binding.lower.free
        and outer.variable not in binding.upper.free
        and binding.variable in outer.upper.free
    )


def _closed_bound(bound: Term, own: Term, variable: TypeVar, value: Term | None, result: Term) -> tuple[Term, Term]:
    """An outer variable's bound without the variable, whose `own` bound that is, and the whole intersection.

    The intersection is empty where the variable's value in the bound makes no type.
    """
    if value is None:
        return own if bound is variable else quantify(variable, bound), result
    try:
        return substitute(bound, {variable: value}), result
    except ParametricError:
        return bound, BOTTOM
