"""Questions that differ in nothing but the names of types are one question.

Nothing here looks at a type's name, only at how it is declared. Where a project declares a hundred types alike, what
holds of one of them, among types that are none of the hundred, holds of each: a *likeness* tells such questions from
all others, so that one answer can be kept for them. Only types that are declared as exchangeable are looked at so.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable
from typing import NamedTuple

from rulecheck.dispatch.parametric.kinds import KINDS
from rulecheck.dispatch.parametric.types import (
    TUPLE,
    TYPE,
    VARARG,
    Constructor,
    DataType,
    Term,
    TypeVar,
    UnionAll,
    UnionType,
    Value,
)


class Sketch(NamedTuple):
    """A closed term without the names of exchangeable types: its form, and the types themselves in order.

    With a type come those above it, so that what can be found by going upwards is told as well.
    """

    form: int
    named: tuple[Constructor, ...]


# The parts of a term that come before what they are made of; a closed part is a form and where its types came before.
_VARIABLE, _WHERE, _UNION, _ITSELF = "variable", "where", "union", "itself"
_forms: dict[tuple[object, ...], int] = {}
# None where a term cannot be told so.
_sketches: dict[Term, Sketch | None] = {}
_declared: dict[Constructor, Sketch | None] = {}

Depths = dict[TypeVar, int]


class _Opaque(Exception):
    """A part on which more than the forms of types may hang."""


class _Drawing:
    """A sketch under way."""

    def __init__(self) -> None:
        self.tokens: list[object] = []
        self.named: dict[Constructor, int] = {}

    def done(self) -> Sketch:
        return Sketch(_forms.setdefault(tuple(self.tokens), len(_forms)), tuple(self.named))

    def _place(self, sketch: Sketch | None) -> None:
        if sketch is None:
            raise _Opaque
        self.tokens.append(sketch.form)
        named = self.named
        self.tokens.extend([named.setdefault(c, len(named)) for c in sketch.named])

    def part(self, term: Term, depths: Depths) -> None:
        """A part of a term; `depths` numbers the variables of the `where`s around it."""
        if term.free:
            self.draw(term, depths)
        elif type(term) is Value:
            self.tokens.append(term)
        else:
            self._place(sketch_of(term))

    def draw(self, term: Term, depths: Depths) -> None:
        """What a term is made of."""
        if type(term) is DataType:
            self._family(term.constructor)
            self.tokens.append(len(term.parameters))
            for parameter in term.parameters:
                self.part(parameter, depths)
        elif type(term) is TypeVar:
            self.tokens += (_VARIABLE, depths[term])
        elif type(term) is UnionType:
            self.tokens.append(_UNION)
            self.part(term.left, depths)
            self.part(term.right, depths)
        elif type(term) is UnionAll:
            variable = term.variable
            self.tokens.append(_WHERE)
            self.part(variable.lower, depths)
            self.part(variable.upper, depths)
            self.part(term.body, {**depths, variable: len(depths)})
        else:
            self.tokens.append(term)

    def _family(self, constructor: Constructor) -> None:
        if constructor in _BUILT_IN:
            self.tokens.append(constructor)
            return
        declared = _declaration(constructor)
        if declared is not None and not constructor.exchangeable:
            self.tokens.append(constructor)
        else:
            self._place(declared)

    def declare(self, constructor: Constructor) -> None:
        """What a family of types is declared as."""
        if constructor.exchangeable:
            self.named[constructor] = 0
        depths = {variable: depth for depth, variable in enumerate(constructor.parameters)}
        self.tokens += (_ITSELF, constructor.abstract, len(depths))
        for variable in constructor.parameters:
            self._bound(variable.lower, depths)
            self._bound(variable.upper, depths)
        if constructor.supertype is not None:
            self._bound(constructor.supertype, depths)
        if self.named and not constructor.exchangeable:
            raise _Opaque

    def _bound(self, term: Term, depths: Depths) -> None:
        if _has_open_union(term):
            raise _Opaque  # what the parameters are decides the order of its parts, by their names
        self.part(term, depths)


_BUILT_IN = frozenset({TUPLE, VARARG, TYPE, *(kind.constructor for kind in KINDS)})


def _has_open_union(term: Term) -> bool:
    if not term.free or type(term) is TypeVar:
        return False
    if type(term) is UnionAll:
        return any(map(_has_open_union, (term.variable.lower, term.variable.upper, term.body)))
    if type(term) is UnionType:
        return True
    assert type(term) is DataType
    return any(map(_has_open_union, term.parameters))


def _declaration(constructor: Constructor) -> Sketch | None:
    """What a family is declared as; None while it is read, and where its declaration leads back to it."""
    if constructor not in _declared:
        if not constructor.settled:
            return None
        _declared[constructor] = None
        drawing = _Drawing()
        try:
            drawing.declare(constructor)
        except _Opaque:
            return None
        _declared[constructor] = drawing.done()
    return _declared[constructor]


def sketch_of(term: Term) -> Sketch | None:
    """A closed term's sketch."""
    try:
        return _sketches[term]
    except KeyError:
        drawing = _Drawing()
        try:
            drawing.draw(term, {})
        except _Opaque:
            found = None
        else:
            found = drawing.done()
        _sketches[term] = found
        return found


def likeness(terms: Iterable[Term], fixed: Container[Constructor] = ()) -> Hashable:
    """What closed terms have in common with all others that they become by other names for exchangeable types.

    None where there can be no others, or they cannot be told. Types that are `fixed` stand for themselves.
    """
    key: list[object] = []
    places: dict[Constructor, int] = {}
    for term in terms:
        sketch = sketch_of(term)
        if sketch is None:
            return None
        key.append(sketch.form)
        key += [c if c in fixed else places.setdefault(c, len(places)) for c in sketch.named]
    return tuple(key) if places else None


def likeness_of_two(a: Term, b: Term) -> Hashable:
    """`likeness` of two terms."""
    of_a, of_b = sketch_of(a), sketch_of(b)
    if of_a is None or of_b is None or not (of_a.named or of_b.named):
        return None
    if not (of_a.named and of_b.named):
        return of_a.form, of_b.form
    return of_a.form, of_b.form, tuple([_position(of_a.named, constructor) for constructor in of_b.named])


def _position(named: tuple[Constructor, ...], constructor: Constructor) -> int:
    return named.index(constructor) if constructor in named else -1


def exchangeable_in(terms: Iterable[Term]) -> frozenset[Constructor]:
    """The exchangeable types that terms name, and those above them."""
    met: set[Constructor | TypeVar] = set()
    waiting = list(terms)
    while waiting:
        term = waiting.pop()
        if type(term) is DataType:
            waiting += term.parameters
            constructor = term.constructor
            if constructor not in met:
                met.add(constructor)
                waiting += constructor.parameters
                waiting += (constructor.supertype,) if constructor.supertype is not None else ()
        elif type(term) is UnionType:
            waiting += (term.left, term.right)
        elif type(term) is UnionAll:
            waiting += (term.variable, term.body)
        elif type(term) is TypeVar and term not in met:
            met.add(term)
            waiting += (term.lower, term.upper)
    return frozenset(found for found in met if isinstance(found, Constructor) and found.exchangeable)
