"""What is open while two types are compared: variables with what is known of them, and choices among unions."""

from __future__ import annotations

from rulecheck.dispatch.parametric.term_predicates import occurs_invariantly
from rulecheck.dispatch.parametric.types import Term, TypeVar, UnionAll, instantiate

COVARIANT, INVARIANT = 1, 2
"""Where a term stands: inside a tuple, inside any other constructor; 0 is outside of both."""


class Binding:
    """What is known of a variable while its `where` is open."""

    __slots__ = (
        "concrete",
        "constraint",
        "covariant",
        "depth",
        "inner",
        "integral",
        "invariant",
        "lower",
        "offset",
        "right",
        "upper",
        "variable",
    )

    def __init__(self, variable: TypeVar, right: bool, depth: int) -> None:
        self.variable = variable
        self.lower = variable.lower
        self.upper = variable.upper
        self.right = right
        self.depth = depth
        self.invariant = 0
        self.covariant = 0
        self.concrete = False
        self.constraint = 0
        self.offset = 0
        self.integral = False
        self.inner: tuple[TypeVar, ...] = ()


class Choices:
    """Which part was taken at each union that was met, and where an untried part is left."""

    __slots__ = ("depth", "more", "taken")

    def __init__(self) -> None:
        self.taken: list[bool] = []
        self.depth = 0
        self.more = 0

    def next(self) -> bool:
        """The choice at the next union: False for the left part."""
        depth = self.depth
        self.depth = depth + 1
        taken = depth < len(self.taken) and self.taken[depth]
        if not taken:
            self.more = depth + 1
        return taken

    def rewind(self) -> None:
        """Start over with the same choices."""
        self.depth = self.more = 0

    def advance(self, at: int) -> None:
        """Take the other part at the deepest union that has one left, `at` of the last round."""
        taken = self.taken[: at - 1]
        taken.extend([False] * (at - 1 - len(taken)))
        taken.append(True)
        self.taken = taken


Saved = tuple[list[tuple[Term, Term, tuple[TypeVar, ...], int, int]], int]
"""Bounds, inner variables and counts of every open variable, and how many right choices were taken."""


class VariableEnvironment:
    """The open variables and the choices among unions of one comparison."""

    def __init__(self) -> None:
        self.open: list[Binding] = []
        self.bindings: dict[TypeVar, Binding] = {}
        self.left = Choices()
        self.right = Choices()
        self.depth = 0
        self.right_depth = 0
        # Set while intersecting: free variables are black boxes, bounds are intersected.
        self.free_are_opaque = False
        self.intersecting = False
        # The values that the right side's outer variables took, in the order of their `where`s.
        self.found: list[Term | None] | None = None
        self.level = 0

    def push(self, binding: Binding) -> None:
        """Open a variable."""
        self.open.append(binding)
        self.bindings[binding.variable] = binding

    def pop(self) -> None:
        """Close the variable that was opened last."""
        del self.bindings[self.open.pop().variable]

    def save(self) -> Saved:
        """What `restore` brings back."""
        if not self.open:
            return [], self.right.depth
        return [(b.lower, b.upper, b.inner, b.invariant, b.covariant) for b in self.open], self.right.depth

    def restore(self, saved: Saved, bounds: bool = True) -> None:
        """Forget what was found since `save`; without `bounds`, only the counts of occurrences."""
        for binding, (lower, upper, inner, invariant, covariant) in zip(self.open, saved[0], strict=True):
            if bounds:
                binding.lower, binding.upper, binding.inner = lower, upper, inner
            binding.invariant, binding.covariant = invariant, covariant
        self.right.depth = saved[1]
        if self.found is not None:
            self.found[self.level :] = [None] * (len(self.found) - self.level)

    def is_outside(self, x: TypeVar, y: TypeVar) -> bool:
        """Whether x was opened before y."""
        for binding in reversed(self.open):
            if binding.variable is x:
                return False
            if binding.variable is y:
                return True
        return False

    def record(self, binding: Binding | None, position: int) -> None:
        """Count an occurrence of a variable; two of a sort are as good as many."""
        if binding is None or not position:
            return
        if position == INVARIANT and (self.right_depth if binding.right else self.depth) > binding.depth:
            if binding.invariant < 2:
                binding.invariant += 1
        elif binding.covariant < 2:
            binding.covariant += 1

    def unaliased(self, term: UnionAll) -> UnionAll:
        """The same type, its variable renewed if the environment knows it already."""
        variable = term.variable
        for binding in self.open:
            own = binding.variable
            if (
                own is variable
                or (binding.lower is not own.lower and variable in binding.lower.free)
                or (binding.upper is not own.upper and variable in binding.upper.free)
            ):
                return renewed(term)
        return term


def renewed(term: UnionAll) -> UnionAll:
    """The same type over a fresh variable."""
    variable = TypeVar(term.variable.name, term.variable.lower, term.variable.upper)
    return UnionAll(variable, instantiate(term, variable))


def captures(outer: Binding, inner: Binding) -> bool:
    """Whether a bound found for an outer variable holds the inner one invariantly: it would escape its `where`."""
    if outer.depth == inner.depth:
        return False
    variable, own = inner.variable, outer.variable
    upper, lower = outer.upper, outer.lower
    return (upper is not variable and own.upper is not upper and occurs_invariantly(upper, variable)) or (
        lower is not variable and own.lower is not lower and occurs_invariantly(lower, variable)
    )
