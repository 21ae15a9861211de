"""Whether a type is a subtype of another, as Julia answers it.

The algorithm is that of Bezanson's thesis (2015, section 4.2.2) and of Zappa Nardelli et al., "Julia subtyping: a
rational reconstruction" (2018), with what Julia 1.5 adds: variables of the left side range over everything within
their bounds, variables of the right side are found while comparing; each union on the left must hold for every part,
each on the right for one. Unions are choices that are replayed until all, or one, succeed. A variable that occurs more
than once, and only covariantly, stands for concrete types alone (the diagonal rule).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from rulecheck.dispatch.parametric.bounds import join, meet
from rulecheck.dispatch.parametric.environment import (
    COVARIANT,
    INVARIANT,
    Binding,
    Choices,
    Saved,
    VariableEnvironment,
    captures,
)
from rulecheck.dispatch.parametric.kinds import ANY_TYPE, is_kind, kind_of
from rulecheck.dispatch.parametric.likeness import likeness_of_two
from rulecheck.dispatch.parametric.term_predicates import (
    ancestor,
    in_union,
    is_invariant,
    is_leaf,
    obviously_unequal,
    occurs_invariantly,
    same,
    seen_by,
    widen_type_of,
)
from rulecheck.dispatch.parametric.tuples import Tuples, is_counted_tuple, is_open_tuple
from rulecheck.dispatch.parametric.types import (
    ANY,
    BOTTOM,
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
    is_type,
    quantify,
    tuple_vararg_kind,
    unwrap,
)


class Solver(VariableEnvironment):
    """One comparison under way."""

    # Unions.

    def pick(self, union: Term, choices: Choices) -> Term:
        while type(union) is UnionType:
            union = union.right if choices.next() else union.left
        return union

    def for_all_exists(self, x: Term, y: Term, position: int) -> bool:
        """Every choice on the left has a choice on the right."""
        saved = self.save()
        self.left.taken = []
        while True:
            if not self._exists(x, y, saved, position):
                return False
            more = self.left.more
            if not more:
                return True
            saved = self.save()
            self.left.advance(more)

    def _exists(self, x: Term, y: Term, saved: Saved, position: int) -> bool:
        self.right.taken = []
        while True:
            self.right.rewind()
            self.left.rewind()
            if self.subtype(x, y, position):
                return True
            more = self.right.more
            self.restore(saved)
            if not more:
                return False
            self.right.advance(more)

    def _aside(self, x: Term, y: Term) -> bool:
        """Compare bounds, with choices of their own."""
        answer = _quickly(x, y)
        if answer is not None:
            return answer
        if self.found is None and not x.free and not y.free:
            return self.closed_subtype(x, y)
        left, right = self.left, self.right
        self.left, self.right = Choices(), Choices()
        answer = self.for_all_exists(x, y, 0)
        self.left, self.right = left, right
        return answer

    def within(self, x: Term, y: Term, depth: int, right_depth: int) -> bool:
        """Compare in the present environment, at given depths, with choices of their own."""
        left, right, depths = self.left, self.right, (self.depth, self.right_depth)
        self.left, self.right, self.depth, self.right_depth = Choices(), Choices(), depth, right_depth
        answer = self.for_all_exists(x, y, 0)
        self.left, self.right = left, right
        self.depth, self.right_depth = depths
        return answer

    # Variables.

    def _left_variable(self, x: Term, y: Term, position: int) -> bool:
        answer = _quickly(x, y)
        return self.subtype(x, y, position) if answer is None else answer

    def below(self, variable: TypeVar, term: Term, position: int) -> bool:
        """Whether variable <: term; narrows a right variable from above."""
        binding = self.bindings.get(variable)
        if binding is None:
            return self.free_are_opaque or self._left_variable(variable.upper, term, position)
        self.record(binding, position)
        if not binding.right:
            return self._left_variable(binding.upper, term, position)
        if binding.upper is term:
            return True
        if not (binding.lower is BOTTOM and type(term) is Value) and not self._aside(binding.lower, term):
            return False
        if self.intersecting:
            upper = self.meet_aside(binding.upper, term, binding.depth)
            if upper is not variable:
                binding.upper = upper
        else:
            binding.upper = meet(binding.upper, term, subtype)
        if type(term) is TypeVar:
            other = self.bindings.get(term)
            if (
                other is not None
                and not other.right
                and in_union(binding.lower, term)
                and binding.depth != other.depth
                and self.is_outside(variable, term)
            ):
                # A found variable cannot equal a universal one inside it, unless that has only one value.
                return self._left_variable(other.upper, other.lower, position)
        return True

    def above(self, variable: TypeVar, term: Term, position: int) -> bool:
        """Whether term <: variable; narrows a right variable from below."""
        binding = self.bindings.get(variable)
        if binding is None:
            return self.free_are_opaque or self._left_variable(term, variable.lower, position)
        self.record(binding, position)
        if not binding.right:
            return self._left_variable(term, binding.lower, position)
        lower = binding.lower
        if lower is binding.upper:
            if type(lower) is TypeVar and type(term) is Value:
                return self.above(lower, term, position)
            if type(term) is TypeVar and type(lower) is Value:
                return self.below(term, lower, position)
        if not (binding.upper is ANY and type(term) is Value) and not self._aside(term, binding.upper):
            return False
        binding.lower = join(binding.lower, term, subtype)
        if type(term) is TypeVar:
            other = self.bindings.get(term)
            if (
                other is not None
                and not other.right
                and binding.depth != other.depth
                and position == INVARIANT
                and self.is_outside(variable, term)
            ):
                return self._left_variable(other.upper, other.lower, position)
        return True

    def _between_variables(self, x: TypeVar, y: TypeVar, position: int) -> bool:
        if x is y:
            return True
        of_x, of_y = self.bindings.get(x), self.bindings.get(y)
        upper = of_x.upper if of_x is not None else x.upper
        lower = of_y.lower if of_y is not None else y.lower
        if self.intersecting:
            # Variables that were set equal stand for each other.
            if type(upper) is TypeVar and upper is (of_x.lower if of_x is not None else x.lower):
                return self.subtype(upper, y, position)
            if type(lower) is TypeVar and lower is (of_y.upper if of_y is not None else y.upper):
                return self.subtype(x, lower, position)
        if of_x is not None and of_x.right:
            if of_y is not None:
                self.record(of_y, position)
                if of_y.right:
                    self.record(of_x, position)
                    return self.subtype(of_x.lower, of_y.upper, 0)
            return self.below(x, y, position)
        if of_y is not None and of_y.right:
            self.record(of_x, position)
            return self.above(y, x, position)
        return self.subtype(upper, y, position) or self.subtype(x, lower, position)

    def meet_aside(self, x: Term, y: Term, depth: int) -> Term:
        """The intersection of two bounds; only asked while intersecting."""
        raise NotImplementedError

    # `where`.

    def _under_where(self, other: Term, term: UnionAll, right: bool, position: int) -> bool:
        term = self.unaliased(term)
        if right:
            return self.opened(term, True, position, lambda p: self.subtype(other, term.body, p))
        return self.opened(term, False, position, lambda p: self.subtype(term.body, other, p))

    def opened(self, term: UnionAll, right: bool, position: int, compare: Callable[[int], bool]) -> bool:
        """Compare with the variable open, then see that the diagonal rule holds and that it does not escape."""
        variable = term.variable
        binding = Binding(variable, right, self.right_depth if right else self.depth)
        self.push(binding)
        if right:
            self.level += 1
            answer = compare(position)
            self.level -= 1
            if not binding.invariant:
                binding.lower = widen_type_of(binding.lower)
            if self.found is not None and self.level < len(self.found):
                self._keep(binding)
        else:
            answer = compare(position)
        answer = answer and self._holds_diagonally(binding, term.body)
        self.pop()
        if answer and binding.lower is not binding.upper:
            return not any(captures(outer, binding) for outer in self.open)
        return answer

    def _holds_diagonally(self, binding: Binding, body: Term) -> bool:
        variable = binding.variable
        diagonal = binding.covariant > 1 and not occurs_invariantly(body, variable)
        if not (binding.concrete or (diagonal and is_leaf(variable.lower))):
            return True
        if binding.concrete and not diagonal and not is_leaf(binding.upper):
            return False
        lower = binding.lower
        if type(lower) is TypeVar:
            other = self.bindings.get(lower)
            if other is not None:
                other.concrete = True
            return True
        return is_leaf(lower)

    def _keep(self, binding: Binding) -> None:
        assert self.found is not None
        lower, variable = binding.lower, binding.variable
        value: Term
        if not binding.invariant and lower is not BOTTOM:
            value = lower if is_leaf(lower) else TypeVar(variable.name, BOTTOM, lower)
        elif lower is binding.upper or lower is not BOTTOM:
            value = lower
        elif binding.upper is variable.upper:
            value = variable
        else:
            value = TypeVar(variable.name, lower, binding.upper)
        known = self.found[self.level]
        if known is not None and not same(known, value):
            self.found[self.level] = variable
            return
        if type(value) is not TypeVar and value.free:
            for free in value.free:
                value = quantify(free, value)
            value = TypeVar(variable.name, BOTTOM, value)
        self.found[self.level] = value

    # The comparison itself.

    @staticmethod
    def closed_subtype(x: Term, y: Term) -> bool:
        """Whether x <: y where neither has free variables: the answer depends on nothing else and is kept."""
        return subtype(x, y)

    def subtype(self, x: Term, y: Term, position: int) -> bool:
        """Whether x <: y in the present environment. `position` is where both stand (see `COVARIANT`)."""
        if type(x) is UnionType:
            if x is y:
                return True
            x = self.pick(x, self.left)
        if type(y) is UnionType:
            if x is y.left or x is y.right:
                return True
            if type(x) is UnionAll:
                return self._under_where(y, x, False, position)
            # A variable is first matched with the whole union, then with the parts.
            if type(x) is not TypeVar or self.right.next():
                y = self.pick(y, self.right)
        if type(x) is TypeVar:
            if type(y) is TypeVar:
                return self._between_variables(x, y, position)
            return self.below(x, y, position)
        if type(y) is TypeVar:
            return self.above(y, x, position)
        if y is ANY and not x.free:
            return True
        if x is BOTTOM and not y.free:
            return True
        if (type(x) is UnionAll or type(y) is UnionAll) and y is not ANY:
            inner_x, inner_y = unwrap(x), unwrap(y)
            if type(inner_x) is DataType and type(inner_y) is DataType and inner_x.constructor is not TYPE:
                if inner_y is ANY:
                    return True
                if ancestor(inner_x, inner_y.constructor) is None:
                    return False
        if type(x) is UnionAll:
            if x is y and (self.found is None or self.level >= len(self.found)):
                return True
            return self._under_where(y, x, False, position)
        if type(y) is UnionAll:
            return self._under_where(x, y, True, position)
        if type(x) is DataType and type(y) is DataType:
            return x is y or y is ANY or self._declared(x, y, position)
        if is_type(y):
            return x is BOTTOM
        return x is y

    def _declared(self, x: DataType, y: DataType, position: int) -> bool:
        if x.constructor is TYPE and y.constructor is not TYPE:
            # A type `T` is a value of `typeof(T)`, so `Type{T}` counts as below it.
            return kind_of(x.parameters[0]) is y
        if y.constructor is TYPE and x.constructor is not TYPE and x is not TYPE_OF_BOTTOM:
            if type(y.parameters[0]) is not TypeVar or not is_kind(x):
                return False
            depth = self.depth
            self.depth = self.right_depth
            answer = self.subtype(ANY_TYPE, y, position)
            self.depth = depth
            return answer
        above = ancestor(x, y.constructor)
        if above is None:
            return False
        if above.constructor is TUPLE:
            return Tuples(self, above, y).compare(position)
        if above.constructor is VARARG:
            return self._bare_varargs(above, y, position)
        return self._parameters_equal(above, y)

    def _parameters_equal(self, x: DataType, y: DataType) -> bool:
        self.depth += 1
        self.right_depth += 1
        answer = all(p is q or self.equal(p, q) for p, q in zip(x.parameters, y.parameters, strict=True))
        self.depth -= 1
        self.right_depth -= 1
        return answer

    def _bare_varargs(self, x: DataType, y: DataType, position: int) -> bool:
        """Varargs outside of a tuple, as in `Type{Vararg{Int,N}}`."""
        if not self.subtype(x.parameters[0], y.parameters[0], position):
            return False
        if not self.subtype(x.parameters[0], y.parameters[0], COVARIANT):
            return False
        return self.equal_deeper(x.parameters[1], y.parameters[1])

    def equal_deeper(self, x: Term, y: Term) -> bool:
        """`equal`, inside one more invariant constructor."""
        self.depth += 1
        self.right_depth += 1
        answer = self.equal(x, y)
        self.depth -= 1
        self.right_depth -= 1
        return answer

    def equal(self, x: Term, y: Term) -> bool:
        """Whether invariant parameters agree: x <: y for every choice on the left, and y <: x."""
        if same(x, y):
            return True
        if not x.free and not y.free:
            return subtype(x, y) and subtype(y, x)
        if type(x) is DataType and type(y) is DataType and x.constructor is y.constructor and is_invariant(x):
            # Parameters that agree agree both ways: asking again from y to x would double the work at each level.
            return self._parameters_equal(x, y)
        if (is_open_tuple(x) and is_counted_tuple(y)) or (is_counted_tuple(x) and is_open_tuple(y)):
            return False
        left = self.left
        self.left = Choices()
        if not x.free or not y.free:
            right = self.right
            self.right = Choices()
            answer = self.for_all_exists(x, y, INVARIANT)
            self.right = right
        else:
            while True:
                self.left.rewind()
                answer = self.subtype(x, y, INVARIANT)
                more = self.left.more
                if not answer or not more:
                    break
                self.left.advance(more)
        self.left = left
        return answer and self.subtype(y, x, 0)


def _quickly(x: Term, y: Term) -> bool | None:
    """The answers that need no comparison; None for all others."""
    if x is y or (x is BOTTOM and is_type(y)) or (y is ANY and is_type(x)):
        return True
    if x is ANY and type(y) is DataType:
        return False
    return None


_KEPT = 1_000_000
_answers: dict[tuple[Term, Term], bool] = {}
_alike: dict[Hashable, bool] = {}


def subtype(x: Term, y: Term) -> bool:
    """Whether x <: y. Answers for closed types are kept. Raises `ParametricError` for types nested too deeply."""
    if x is y or y is ANY or x is BOTTOM:
        return True
    if x.free or y.free:
        return Solver().for_all_exists(x, y, 0)
    key = (x, y)
    answer = _answers.get(key)
    if answer is None:
        try:
            answer = _compared(x, y)
        except RecursionError:
            raise ParametricError("types are nested too deeply to be compared") from None
        if len(_answers) >= _KEPT:
            _answers.clear()
        _answers[key] = answer
    return answer


def _compared(x: Term, y: Term) -> bool:
    answer = _elementwise(x, y)
    if answer is not None:
        return answer
    seen = seen_by(x, y)
    if seen is None:
        return False
    if seen is not x:
        return subtype(seen, y)  # types that differ in what y does not look at share one answer
    if type(x) is DataType and type(y) is UnionAll and y is x.constructor.wrapper and x.constructor.is_open:
        return True
    return _solved(x, y)


def _solved(x: Term, y: Term) -> bool:
    """Whether x <: y, found out by comparing them; pairs that differ in names alone share one answer."""
    key = likeness_of_two(x, y)
    if key is None:
        return Solver().for_all_exists(x, y, 0)
    answer = _alike.get(key)
    if answer is None:
        if len(_alike) >= _KEPT:
            _alike.clear()
        answer = _alike[key] = Solver().for_all_exists(x, y, 0)
    return answer


def _elementwise(x: Term, y: Term) -> bool | None:
    """Whether x <: y for tuples of one length without variables of their own; None for all other types."""
    if type(x) is not DataType or type(y) is not DataType or x.constructor is not TUPLE or y.constructor is not TUPLE:
        return None
    if len(x.parameters) != len(y.parameters) or tuple_vararg_kind(x) or tuple_vararg_kind(y):
        return None
    return all(map(subtype, x.parameters, y.parameters))


def equal(x: Term, y: Term) -> bool:
    """Whether two types are one: each below the other. Values are compared as they are."""
    if x is y:
        return True
    if type(x) is Value or type(y) is Value or obviously_unequal(x, y):
        return False
    return subtype(x, y) and subtype(y, x)
