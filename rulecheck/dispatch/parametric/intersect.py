"""The intersection of two types, as Julia 1.5 finds it.

The meet need not be expressible; Julia then answers with a type above it. Empty is answered by `BOTTOM`.
"""

from __future__ import annotations

from functools import lru_cache

from rulecheck.dispatch.parametric.bounds import join
from rulecheck.dispatch.parametric.construct import remake, union_of
from rulecheck.dispatch.parametric.environment import COVARIANT, INVARIANT, Binding, Choices, renewed
from rulecheck.dispatch.parametric.kinds import is_kind, kind_of
from rulecheck.dispatch.parametric.narrowing import EITHER, FROM_ABOVE, FROM_BELOW, Narrowing
from rulecheck.dispatch.parametric.subtype import Solver, subtype
from rulecheck.dispatch.parametric.term_predicates import ancestor, is_leaf, obviously_disjoint, occurs_invariantly
from rulecheck.dispatch.parametric.types import (
    ANY,
    BOTTOM,
    NOT_VARARG,
    TUPLE,
    TYPE,
    TYPE_OF_BOTTOM,
    VARARG,
    DataType,
    ParametricError,
    Term,
    TypeVar,
    UnionAll,
    UnionType,
    Value,
    bind,
    integer,
    is_integer,
    is_tuple,
    is_type,
    is_vararg,
    make,
    outer_variables,
    quantify,
    tuple_of,
    tuple_vararg_kind,
    unwrap,
    vararg_element,
    vararg_length,
)

_MOST_ROUNDS = 100_000
_MOST_PARTS = 3


class Intersection(Narrowing):
    """One intersection under way."""

    def meet_aside(self, x: Term, y: Term, depth: int) -> Term:
        if x is ANY and type(y) is not TypeVar:
            return y
        if y is ANY and type(x) is not TypeVar:
            return x
        right, depths = self.right, (self.depth, self.right_depth)
        self.right = Choices()
        self.depth = self.right_depth = depth
        result = self.over_all_choices(x, y)
        self.right = right
        self.depth, self.right_depth = depths
        return result

    def over_all_choices(self, x: Term, y: Term) -> Term:
        """The union of what every choice among unions gives; y itself where that has too many parts."""
        choices = self.right = Choices()
        saved = self.save()
        result: Term = BOTTOM
        parts = 0
        for _ in range(_MOST_ROUNDS):
            found = self.intersect(x, y, 0)
            if found is BOTTOM:
                more = choices.more
                self.restore(saved)
                choices.more = more
            else:
                saved = self.save()
            if result is BOTTOM:
                result = found
            elif found is not BOTTOM:
                result = union_of((result, found))
                parts += 1
            if parts > _MOST_PARTS:
                return y
            if not choices.more:
                return result
            choices.advance(choices.more)
            choices.rewind()
        return y

    def intersect(self, x: Term, y: Term, position: int) -> Term:
        if x is y:
            return y
        if type(x) is TypeVar:
            if type(y) is TypeVar:
                return self._two_variables(x, y, position)
            self.record(self.bindings.get(x), position)
            return self._with_variable(x, y, False, position)
        if type(y) is TypeVar:
            self.record(self.bindings.get(y), position)
            return self._with_variable(y, x, True, position)
        if not x.free and not y.free and not is_vararg(x) and not is_vararg(y):
            if subtype(x, y):
                return x
            if subtype(y, x):
                return y
        if y is ANY:
            return x
        if x is ANY:
            return y
        if type(x) is UnionType:
            return y if y is x.left or y is x.right else self._with_union(y, x, False, position)
        if type(y) is UnionType:
            if x is y.left or x is y.right:
                return x
            if type(x) is UnionAll and (x.free or y.free):
                return self._meet_under_where(y, x, False, position)
            return self._with_union(x, y, True, position)
        if type(x) is UnionAll:
            if type(y) is UnionAll:
                return self._two_wheres(x, y, position)
            return self._meet_under_where(y, x, False, position)
        if type(y) is UnionAll:
            return self._meet_under_where(x, y, True, position)
        if type(x) is DataType and type(y) is DataType:
            return self._two_declared(x, y, position)
        return BOTTOM

    def _with_union(self, term: Term, union: UnionType, right: bool, position: int) -> Term:
        if position == INVARIANT or (not term.free and not union.free):
            choices = self.right
            first, second = (
                self.over_all_choices(term, part) if right else self.over_all_choices(part, term)
                for part in (union.left, union.right)
            )
            self.right = choices
            return join(first, second, subtype)
        part = self.pick(union, self.right)
        return self.intersect(term, part, position) if right else self.intersect(part, term, position)

    # `where`.

    def _two_wheres(self, x: UnionAll, y: UnionAll, position: int) -> Term:
        saved = self.save()
        first = self._meet_under_where(y, x, False, position)
        second: Term = BOTTOM
        if type(first) is UnionAll and type(first.body) is UnionAll:
            inner = first.body.variable
            if first.variable in inner.upper.free or first.variable in inner.lower.free:
                self.restore(saved, bounds=False)
                second = self._meet_under_where(x, y, True, position)
        if not first.free and not second.free:
            if subtype(first, second):
                return second
            if subtype(second, first):
                return first
        return join(first, second, subtype)

    def _meet_under_where(self, other: Term, term: UnionAll, right: bool, position: int) -> Term:
        """Open the variable; what its occurrences then say decides how it is to be constrained the second time."""
        declared = term.variable
        binding = Binding(declared, right, self.right_depth if right else self.depth)
        saved = self.save()
        result = self._once(other, term, right, position, binding)
        if result is BOTTOM:
            return result
        counts = (binding.invariant, binding.covariant)
        if binding.concrete or counts[0] > 1 or declared.lower is not BOTTOM or all(counts):
            self.restore(saved, bounds=False)
            binding.covariant = binding.invariant = 0
            binding.constraint = EITHER
            return self._once(other, term, right, position, binding)
        if binding.covariant:
            after = self.save()
            for constraint in (FROM_ABOVE, FROM_BELOW):
                self.restore(saved)
                binding.covariant = binding.invariant = 0
                binding.lower, binding.upper = declared.lower, declared.upper
                binding.constraint = constraint
                again = self._once(other, term, right, position, binding)
                if again is not BOTTOM:
                    return again
            self.restore(after)
        return result

    def _once(self, other: Term, term: UnionAll, right: bool, position: int, binding: Binding) -> Term:
        for outer in self.open:
            if term.variable in (outer.variable, outer.lower, outer.upper):
                term = renewed(term)
                break
        variable = binding.variable = term.variable
        self.push(binding)
        if right:
            self.level += 1
            result = self.intersect(other, term.body, position)
            self.level -= 1
        else:
            result = self.intersect(term.body, other, position)
        if binding.covariant > 1 and is_leaf(variable.lower) and not occurs_invariantly(term.body, variable):
            binding.concrete = True
        if binding.concrete and type(binding.lower) is not TypeVar and not is_leaf(binding.lower):
            result = BOTTOM
        self.pop()
        if result is not BOTTOM and (
            (binding.upper is BOTTOM and binding.covariant)
            or variable in binding.lower.free
            or variable in binding.upper.free
        ):
            return BOTTOM
        return self._closed(result, binding) if result is not BOTTOM else BOTTOM

    # Declared types.

    def _two_declared(self, x: DataType, y: DataType, position: int) -> Term:
        if position < INVARIANT:
            if x.constructor is TYPE and y.constructor is not TYPE:
                return _type_with(x, y)
            if y.constructor is TYPE and x.constructor is not TYPE:
                return _type_with(y, x)
        if x.constructor is y.constructor:
            if x.constructor is TUPLE:
                return self._two_tuples(x, y, position)
            if x.constructor is VARARG:
                return self._two_varargs(x, y, position)
            found = []
            for p, q in zip(x.parameters, y.parameters, strict=True):
                common = self._invariant(p, q)
                if common is None:
                    return BOTTOM
                found.append(common)
            return remake(x, found) or BOTTOM
        if position == INVARIANT:
            return BOTTOM
        above = ancestor(x, y.constructor)
        if above is not None and above is not ANY:
            return self._below_declared(x, y, False, position)
        above = ancestor(y, x.constructor)
        if above is not None and above is not ANY:
            return self._below_declared(y, x, True, position)
        return BOTTOM

    def _below_declared(self, sub: DataType, sup: DataType, right: bool, position: int) -> Term:
        """The intersection with a declared supertype: what it asks of the supertype is asked of the parameters."""
        above = sub.above
        assert above is not None
        common = self.intersect(sup, above, position) if right else self.intersect(above, sup, position)
        if common is BOTTOM:
            return BOTTOM
        if not sub.parameters or not above.parameters or not sub.free:
            return sub
        constructor = sub.constructor
        variables = constructor.parameters
        assert constructor.supertype is not None
        pattern: Term = constructor.supertype
        for variable in reversed(variables):
            pattern = quantify(variable, pattern)
        solver = Solver()
        solver.free_are_opaque = True
        solver.found = [None] * len(variables)
        if not solver.for_all_exists(common, pattern, 0):
            return BOTTOM
        parameters = []
        for variable, found, own in zip(variables, solver.found, sub.parameters, strict=True):
            if found is None or found is variable or (type(found) is TypeVar and found not in self.bindings):
                parameters.append(own)
            else:
                parameters.append(found)
        try:
            return remake(sub, parameters) or BOTTOM
        except ParametricError:
            return BOTTOM

    def _invariant(self, x: Term, y: Term) -> Term | None:
        """What two invariant parameters can both be; None where they cannot agree."""
        if not x.free and not y.free:
            if type(x) is Value or type(y) is Value:
                return y if x is y else None
            return y if subtype(x, y) and subtype(y, x) else None
        self.depth += 1
        self.right_depth += 1
        common = self.intersect(x, y, INVARIANT)
        self.depth -= 1
        self.right_depth -= 1
        if type(x) is TypeVar and type(y) is TypeVar and (type(common) is TypeVar or not is_type(common)):
            return common
        if common is BOTTOM:
            depths = (self.depth, self.right_depth)
            if not self.within(x, BOTTOM, *depths):
                return None
            self.swap_sides()
            empty = self.within(y, BOTTOM, *depths)
            self.swap_sides()
            return BOTTOM if empty else None
        saved = self.save()
        agree = self.existentially(x, y, False, self.depth) and self.existentially(y, x, False, self.depth)
        self.restore(saved)
        return common if agree else None

    # Tuples.

    def _two_varargs(self, x: DataType, y: DataType, position: int) -> Term:
        (element_x, length_x), (element_y, length_y) = x.parameters, y.parameters
        # Twice, as two elements: that is what the diagonal rule looks at.
        if self.intersect(element_x, element_y, position or COVARIANT) is BOTTOM:
            return BOTTOM
        element = self.intersect(element_x, element_y, COVARIANT)
        if element is BOTTOM:
            return BOTTOM
        for length in (length_x, length_y):
            binding = self.bindings.get(length) if type(length) is TypeVar else None
            if binding is not None:
                binding.integral = True
        common = self._invariant(length_x, length_y)
        if is_integer(common):
            return VARARG.of((element, common)) if common.value >= 0 else BOTTOM
        if type(common) is TypeVar and common.lower is BOTTOM and common.upper is ANY:
            return VARARG.of((element, common))
        return BOTTOM

    def _has_length(self, vararg: Term, count: int, right: bool) -> bool:
        own = None
        if type(vararg) is UnionAll:
            own, vararg = vararg.variable, vararg.body
        length = vararg_length(vararg)
        if type(length) is not TypeVar or length is own:
            return True
        number = integer(count)
        found = self.intersect(number, length, INVARIANT) if right else self.intersect(length, number, INVARIANT)
        return found is not BOTTOM

    def _length_binding(self, vararg: Term) -> Binding | None:
        length = vararg_length(vararg)
        return self.bindings.get(length) if type(length) is TypeVar else None

    def _two_tuples(self, x: DataType, y: DataType, position: int) -> Term:
        xs, ys = x.parameters, y.parameters
        count_x, count_y = len(xs), len(ys)
        if not xs and not ys:
            return y
        if tuple_vararg_kind(x) == tuple_vararg_kind(y) == NOT_VARARG and count_x != count_y:
            return BOTTOM
        found: list[Term] = []
        i = j = 0
        while i < count_x or j < count_y:
            p = xs[i] if i < count_x else None
            q = ys[j] if j < count_y else None
            if p is None or q is None:
                # One side is at its end: the other must be at a vararg, which then has no more elements.
                result: Term = BOTTOM
                if p is not None and is_vararg(p) and self._has_length(p, count_y + 1 - count_x, False):
                    result = tuple_of(tuple(found[:j]))
                if q is not None and is_vararg(q) and self._has_length(q, count_x + 1 - count_y, True):
                    result = tuple_of(tuple(found[:i]))
                return result
            varies_p, varies_q = is_vararg(p), is_vararg(q)
            if varies_p and varies_q:
                return self._tuple_ends(p, q, found, (count_x, count_y), position)
            common = self.intersect(vararg_element(p), vararg_element(q), position or COVARIANT)
            if common is BOTTOM:
                return BOTTOM
            found.append(common)
            if i < count_x - 1 or not varies_p:
                i += 1
            if j < count_y - 1 or not varies_q:
                j += 1
        return tuple_of(tuple(found))

    def _tuple_ends(self, p: Term, q: Term, found: list[Term], counts: tuple[int, int], position: int) -> Term:
        """Both tuples are at their varargs, of which one can begin later than the other."""
        count_x, count_y = counts
        of_p, of_q = self._length_binding(p), self._length_binding(q)
        if of_p is not None:
            of_p.offset = count_y - count_x
        if of_q is not None:
            of_q.offset = count_x - count_y
        common = self.intersect(p, q, position or COVARIANT)
        if of_p is not None:
            of_p.offset = 0
        if of_q is not None:
            of_q.offset = 0
        if common is not BOTTOM:
            return tuple_of((*found, common))
        # No element is common: both varargs are empty, if their lengths allow it.
        length = len(found)
        for binding, count in ((of_p, count_x), (of_q, count_y)):
            known = binding.lower if binding is not None else None
            if is_integer(known) and count - 1 + known.value != length:
                return BOTTOM
        if position == INVARIANT and (type(p) is UnionAll) is not (type(q) is UnionAll):
            return BOTTOM
        if of_p is not None:
            self._set_to_value(of_p, integer(length - count_x + 1), of_q)
        if of_q is not None:
            self._set_to_value(of_q, integer(length - count_y + 1), of_p)
        return tuple_of(tuple(found))


def _type_with(of: DataType, other: DataType) -> Term:
    """`Type{T}` with a type that is none such: only the kinds have anything in common with it."""
    parameter = of.parameters[0]
    if type(parameter) is not TypeVar:
        return of if kind_of(parameter) is other else BOTTOM
    if not is_kind(other):
        return BOTTOM
    if other is TYPE_OF_BOTTOM and parameter.lower is BOTTOM:
        return TYPE.of((BOTTOM,))
    return other if parameter.upper is ANY else of


@lru_cache(maxsize=100_000)
def intersect(a: Term, b: Term) -> Term:
    """A type that holds what is both in a and in b, `BOTTOM` where nothing is; Julia's `typeintersect`."""
    if obviously_disjoint(a, b):
        return BOTTOM
    if subtype(a, b):
        return a
    concrete_a = type(a) is DataType and a.concrete
    concrete_b = type(b) is DataType and b.concrete
    if concrete_a and concrete_b:
        return BOTTOM
    if subtype(b, a):
        return b
    if (concrete_a and not _can_hold_concrete(b)) or (concrete_b and not _can_hold_concrete(a)):
        return BOTTOM
    try:
        result = Intersection().over_all_choices(a, b)
    except RecursionError:  # bounds that hold each other: all that can be said is that it is not above b
        return b
    if result is BOTTOM or not (is_tuple(unwrap(a)) and is_tuple(unwrap(b))):
        return result
    inner = unwrap(result)
    if type(inner) is UnionType:
        # Signatures cannot be unions: the tuple of the unions stands for the union of the tuples.
        merged = _merged(inner.left, inner.right)
        if merged is not None:
            for variable in reversed(outer_variables(result)):
                merged = quantify(variable, merged)
            result = merged
    return result if type(unwrap(result)) is DataType else b


def intersects(a: Term, b: Term) -> bool:
    """Whether anything can be both in a and in b, as far as Julia tells."""
    return intersect(a, b) is not BOTTOM


def _can_hold_concrete(term: Term) -> bool:
    """Whether a type that is not above a concrete one can still have something in common with it."""
    term = unwrap(term)
    if type(term) is TypeVar:
        return True
    if type(term) is UnionType:
        return _can_hold_concrete(term.left) or _can_hold_concrete(term.right)
    if type(term) is not DataType:
        return False
    if term.constructor is VARARG:
        return _can_hold_concrete(term.parameters[0])
    if term.constructor is TYPE:
        return True
    is_tuple = term.constructor is TUPLE
    return any(type(p) is TypeVar or (is_tuple and (p is BOTTOM or _can_hold_concrete(p))) for p in term.parameters)


def _merged(a: Term, b: Term) -> Term | None:
    """Two tuples of one length with the unions of their elements; None for anything else."""
    for first, second in ((a, b), (b, a)):
        if type(first) is UnionAll:
            inner = _merged(first.body, second) if first is a else _merged(second, first.body)
            return None if inner is None else bind(first.variable, inner)
    if type(a) is UnionType:
        merged = _merged(a.left, a.right)
        return None if merged is None else _merged(merged, b)
    if type(b) is UnionType:
        merged = _merged(b.left, b.right)
        return None if merged is None else _merged(a, merged)
    if not is_tuple(a) or not is_tuple(b):
        return None
    if len(a.parameters) != len(b.parameters) or tuple_vararg_kind(a) or tuple_vararg_kind(b):
        return None
    return make(TUPLE, [union_of(pair) for pair in zip(a.parameters, b.parameters, strict=True)])
