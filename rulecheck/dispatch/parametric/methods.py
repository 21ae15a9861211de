"""Method tables: which method answers a call, as Julia 1.5 picks it.

A method applies if the tuple of the argument types is a subtype of its signature; the applicable method that is more
specific than all others answers. For a call, each argument's type is compared once with each type that stands at its
position in any signature; a bit per method keeps the outcome, so that a further call costs little more than
conjunctions of these masks. Signatures whose variables tie arguments together are then compared as a whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rulecheck.dispatch.parametric.argument_abstraction import ArgumentAbstraction, Heads, heads_of, joined
from rulecheck.dispatch.parametric.intersect import intersects
from rulecheck.dispatch.parametric.kinds import KINDS
from rulecheck.dispatch.parametric.signature import Shape, families, head, outline, shape_of
from rulecheck.dispatch.parametric.specificity import more_specific
from rulecheck.dispatch.parametric.subtype import equal, subtype
from rulecheck.dispatch.parametric.term_predicates import obviously_disjoint, seen_by
from rulecheck.dispatch.parametric.types import (
    ANY,
    TUPLE,
    TYPE,
    Constructor,
    DataType,
    Term,
    UnionType,
    tuple_of,
    unwrap,
)

V = TypeVar("V")


@dataclass(frozen=True, slots=True, eq=False)
class Method(Generic[V]):
    """A signature, the function's own type first, and what stands behind it; `order` counts the additions."""

    signature: Term
    value: V
    order: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class MethodClaim(Generic[V]):
    """The one applicable method that is more specific than all others."""

    method: Method[V]


@dataclass(frozen=True, slots=True)
class AmbiguousMethods(Generic[V]):
    """Applicable methods of which none is the most specific; a call raises a MethodError."""

    methods: tuple[Method[V], ...]


Resolution = MethodClaim[V] | AmbiguousMethods[V] | None
"""What a table says of a call; None where no method applies."""

Masks = dict[Constructor | None, list[tuple[Term, int]]]
"""For one position: the types asked for, by family, each with the bits of the methods that ask for it."""


class _Plan(Generic[V]):
    """The methods that can take calls of one function type's family and one number of arguments."""

    def __init__(self, methods: Sequence[Method[V]], count: int) -> None:
        self.methods = [m for m in methods if m.shape.takes(count)]
        self.positions: list[Masks] = []
        for position in range(count):
            bits: dict[Term, int] = {}
            for index, method in enumerate(self.methods):
                asked = method.shape.at(position)
                bits[asked] = bits.get(asked, 0) | (1 << index)
            masks: Masks = {}
            for asked, mask in bits.items():
                for family in families(asked):
                    masks.setdefault(family, []).append((asked, mask))
            self.positions.append(masks)
        self.known: list[dict[Term, int]] = [{} for _ in range(count)]
        # For each position: the methods of a family that take what they see of an argument.
        self.partial: list[dict[tuple[Constructor, Term], int]] = [{} for _ in range(count)]
        taken = [(m.signature, m.shape) for m in self.methods]
        self.heads = [heads_of(taken, position) for position in range(count)]

    def fitting(self, arguments: Sequence[Term]) -> Iterator[Method[V]]:
        """The methods of which each type asked for is above the argument's."""
        mask = -1
        for position, argument in enumerate(arguments):
            known = self.known[position]
            fits = known.get(argument)
            if fits is None:
                fits = known[argument] = self._mask(position, argument)
            mask &= fits
            if not mask:
                return
        if mask == -1:
            mask = (1 << len(self.methods)) - 1
        while mask:
            lowest = mask & -mask
            yield self.methods[lowest.bit_length() - 1]
            mask ^= lowest

    def _mask(self, position: int, argument: Term) -> int:
        masks = self.positions[position]
        families = _families_above(argument)
        found = 0
        for family in masks if families is None else families & masks.keys():
            group = masks[family]
            if family is None or family in _WHOLE or any(head(asked) is not family for asked, _ in group):
                found |= _fitting(argument, group)
                continue
            # They see no more of the argument than its supertype of their family: many arguments share that.
            seen = seen_by(argument, group[0][0])
            if seen is None:
                continue
            known = self.partial[position].get((family, seen))
            if known is None:
                known = self.partial[position][family, seen] = _fitting(seen, group)
            found |= known
        return found


def _fitting(argument: Term, group: Sequence[tuple[Term, int]]) -> int:
    """The methods of which the type asked for is above an argument's."""
    found = 0
    for asked, mask in group:
        if asked is ANY or subtype(argument, asked):
            found |= mask
    return found


_KIND_FAMILIES = frozenset(kind.constructor for kind in KINDS)
_WHOLE = _KIND_FAMILIES | {TUPLE, TYPE}


def _families_above(term: Term) -> set[Constructor | None] | None:
    """The families that can hold a supertype of a type; None where it could be any."""
    inner = unwrap(term)
    if type(inner) is not DataType:
        return None
    found: set[Constructor | None] = {None}
    above: DataType | None = inner
    while above is not None:
        found.add(above.constructor)
        above = above.above
    if inner.constructor is TYPE:
        found |= _KIND_FAMILIES
    return found


class MethodTable(Generic[V]):
    """Methods of any number of functions. A method with a type-equal signature replaces the earlier one.

    A table can stand `over` another one: it then answers with the methods of both, and the lower one stays as it is.
    The lower one must not change any more. A `trial` has few methods of its own and is asked about few calls, so that
    it is not worth while to sort the methods.
    """

    def __init__(self, over: MethodTable[V] | None = None, trial: bool = False) -> None:
        self._over = over
        self._is_trial = trial
        self._count: int = 0 if over is None else over._count
        self._by_function: dict[Constructor | None, list[Method[V]]] = {}
        self._by_outline: dict[Hashable, list[Method[V]]] = {}
        self._hidden: set[int] = set()
        self._plans: dict[tuple[Constructor | None, int], _Plan[V]] = {}
        self._applicable: dict[tuple[Term, ...], list[Method[V]]] = {}
        self._resolved: dict[tuple[Term, ...], Resolution[V]] = {}
        self._seen: dict[tuple[Constructor | None, int], list[ArgumentAbstraction]] = {}

    def add(self, signature: Term, value: V) -> Method[V] | None:
        """Add a method; gives the one that it replaces, if any. Raises `ParametricError` if it is no tuple type."""
        shape = shape_of(signature)
        method = Method(signature, value, self._count, shape)
        self._count += 1
        sketch = outline(shape)
        replaced = self._with_signature(signature, sketch)
        if replaced is not None:
            self._drop(replaced)
        function = head(shape.at(0)) if shape.takes(1) or shape.fixed else None
        self._by_function.setdefault(function, []).append(method)
        self._by_outline.setdefault(sketch, []).append(method)
        self._forget()
        return replaced

    def find(self, signature: Term) -> Method[V] | None:
        """The method whose signature is type-equal to this one, if there is any."""
        return self._with_signature(signature, outline(shape_of(signature)))

    def _with_signature(self, signature: Term, sketch: Hashable) -> Method[V] | None:
        for method in self._by_outline.get(sketch, ()):
            if equal(method.signature, signature):
                return method
        found = self._over._with_signature(signature, sketch) if self._over is not None else None
        return None if found is None or found.order in self._hidden else found

    def remove(self, signature: Term) -> Method[V] | None:
        """Take out the method of a signature; gives it, or None where there was none."""
        found = self.find(signature)
        if found is not None:
            self._drop(found)
            self._forget()
        return found

    def _drop(self, method: Method[V]) -> None:
        own = self._by_outline.get(outline(method.shape), [])
        if method not in own:
            self._hidden.add(method.order)
            return
        own.remove(method)
        for methods in self._by_function.values():
            if method in methods:
                methods.remove(method)

    def _forget(self) -> None:
        self._plans.clear()
        self._applicable.clear()
        self._resolved.clear()
        self._seen.clear()

    def methods(self, function: Term | None = None) -> list[Method[V]]:
        """All methods in the order of addition, or those that can answer calls of a function, given by its type."""
        found = [m for m in self._over.methods(function) if m.order not in self._hidden] if self._over else []
        own = [m for group in self._groups(function) for m in group]
        return found + sorted(own, key=lambda m: m.order)

    def _groups(self, function: Term | None) -> list[list[Method[V]]]:
        families = _families_above(function) if function is not None else None
        if families is None:
            return list(self._by_function.values())
        return [self._by_function[f] for f in families if f in self._by_function]

    def applicable(self, arguments: Sequence[Term]) -> list[Method[V]]:
        """Every method that a call with arguments of these types can run, the function's own type first."""
        key = tuple(arguments)
        found = self._applicable.get(key)
        if found is None:
            found = self._applicable[key] = self._find_applicable(key)
        return found

    def _find_applicable(self, arguments: tuple[Term, ...]) -> list[Method[V]]:
        found = self._own_applicable(arguments)
        if self._over is None:
            return found
        return [*(m for m in self._over.applicable(arguments) if m.order not in self._hidden), *found]

    def _own_applicable(self, arguments: tuple[Term, ...]) -> list[Method[V]]:
        """The table's own methods that a call can run."""
        if not self._by_function:
            return []
        found = []
        whole: Term | None = None
        alone = not any(type(a) is UnionType for a in arguments)
        for method in self._fitting(arguments):
            if not (method.shape.separable and alone):
                whole = whole or tuple_of(arguments)
                if not subtype(whole, method.signature):
                    continue
            found.append(method)
        return found

    def _fitting(self, arguments: tuple[Term, ...]) -> Iterable[Method[V]]:
        """The table's own methods of which each type asked for is above the argument's, in the order of addition."""
        if not self._is_trial:
            return self._plan(arguments).fitting(arguments)
        own = [m for group in self._by_function.values() for m in group if m.shape.takes(len(arguments))]
        return [m for m in own if all(subtype(a, m.shape.at(i)) for i, a in enumerate(arguments))]

    def _plan(self, arguments: tuple[Term, ...]) -> _Plan[V]:
        function = head(arguments[0]) if arguments else None
        key = (function, len(arguments))
        plan = self._plans.get(key)
        if plan is None:
            methods = [m for group in self._groups(arguments[0] if function else None) for m in group]
            plan = self._plans[key] = _Plan(sorted(methods, key=lambda m: m.order), len(arguments))
        return plan

    def lookup(self, arguments: Sequence[Term]) -> Resolution[V]:
        """The method that answers a call with arguments of these types, the function's own type first."""
        key = tuple(arguments)
        try:
            return self._resolved[key]
        except KeyError:
            pass
        seen = self._seen_of(key)
        answer = self._resolve(key) if seen == key else self.lookup(seen)
        self._resolved[key] = answer
        return answer

    def _seen_of(self, arguments: tuple[Term, ...]) -> tuple[Term, ...]:
        """Arguments of which the table's methods tell no more from each other than of these: they share one answer."""
        if self._is_trial:
            return arguments
        key = (head(arguments[0]) if arguments else None, len(arguments))
        views = self._seen.get(key)
        if views is None:
            views = self._seen[key] = [ArgumentAbstraction(heads) for heads in self.heads(arguments)]
        return tuple([view.of(argument) for view, argument in zip(views, arguments, strict=True)])

    def heads(self, arguments: tuple[Term, ...]) -> list[Heads]:
        """For each argument of a call: the families that methods which may answer it ask for."""
        own = self._plan(arguments).heads
        if self._over is None:
            return own
        return list(map(joined, own, self._over.heads(arguments)))

    def _resolve(self, arguments: tuple[Term, ...]) -> Resolution[V]:
        if self._over is None or self._hidden:
            return most_specific(self.applicable(arguments))
        own = self._own_applicable(arguments)
        return most_specific([*self._over.applicable(arguments), *own]) if own else self._over.lookup(arguments)

    def lookup_signature(self, signature: Term) -> Resolution[V]:
        """The method that answers every call of a signature, whose variables can tie its arguments together."""
        return most_specific([m for m in self._candidates(signature) if subtype(signature, m.signature)])

    def intersecting(self, signature: Term) -> list[Method[V]]:
        """Every method that some call of a signature can run, in the order of addition."""
        return [m for m in self._candidates(signature) if intersects(signature, m.signature)]

    def _candidates(self, signature: Term) -> Iterator[Method[V]]:
        shape = shape_of(signature)
        function = shape.fixed[0] if shape.fixed else None
        if function is not None and (type(unwrap(function)) is not DataType or not _is_leaf(function)):
            function = None  # a type that holds several functions meets methods of families below it too
        for method in self.methods(function):
            if not obviously_disjoint(signature, method.signature):
                yield method


def _is_leaf(term: Term) -> bool:
    return type(term) is DataType and term.concrete


def most_specific(methods: Sequence[Method[V]]) -> Resolution[V]:
    """The method more specific than all others, among applicable ones."""
    if not methods:
        return None
    best = methods[0]
    for method in methods[1:]:
        if more_specific(method.signature, best.signature):
            best = method
    if all(m is best or more_specific(best.signature, m.signature) for m in methods):
        return MethodClaim(best)
    kept = [m for m in methods if not any(n is not m and more_specific(n.signature, m.signature) for n in methods)]
    return AmbiguousMethods(tuple(kept or methods))
