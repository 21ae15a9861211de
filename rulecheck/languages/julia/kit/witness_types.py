"""Concrete types that stand for the abstract ones of a signature, so that a method can be asked about with calls.

A stand-in is always checked against what it stands for: a wrong guess is dropped, never reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice, product, zip_longest

from rulecheck.dispatch.parametric import ParametricError, Term, apply, subtype
from rulecheck.dispatch.parametric.types import (
    ANY,
    DataType,
    TypeVar,
    UnionAll,
    UnionType,
    instantiate,
    integer,
    is_vararg,
    members,
    tuple_of,
    unwrap,
    vararg_element,
)
from rulecheck.languages.julia.facts import JuliaType
from rulecheck.languages.julia.kit.library import Library, spelled
from rulecheck.languages.julia.kit.number_parameters import NumberParameters

# For a family of abstract types: concrete ones, in which `{}` takes the parameters of the abstract type over.
FAMILIES: dict[str, tuple[str, ...]] = {
    "AbstractArray": ("Array",),
    "DenseArray": ("Array",),
    "Number": ("Float64", "Complex{Float64}"),
    "Real": ("Float64",),
    "AbstractFloat": ("Float64",),
    "Integer": ("Int64",),
    "Signed": ("Int64",),
    "Unsigned": ("UInt64",),
    "AbstractString": ("String",),
    "AbstractChar": ("Char",),
    "Function": ("typeof(Base.identity)",),
    "Base.AbstractRange": ("Base.UnitRange{Int64}",),
    "Base.OrdinalRange": ("Base.UnitRange{Int64}",),
    "Base.AbstractUnitRange": ("Base.UnitRange{Int64}",),
    "Base.AbstractDict": ("Base.Dict{Symbol,Float64}",),
}
# A variable's value where its bounds do not say more; the numbers are for dimensions.
ELEMENT = "Float64"
WIDE = ("Array{Float64,1}", "Array{Float64,2}", "Float64")
MOST, FEW = 24, 4


class WitnessTypes:
    """Stand-ins over one library; `own` are the project's types, which stand for its own abstract ones."""

    def __init__(self, library: Library, own: Sequence[JuliaType]) -> None:
        self._declarations = library.declarations
        self._own = [t.name for t in own if t.kind != "abstract"]
        self._number_parameters = NumberParameters(own)
        self._known: dict[Term, list[Term]] = {}
        # By what was asked: the calls that were made up so far, and what makes up more.
        self._kept: dict[tuple[object, ...], tuple[list[tuple[Term, ...]], Iterator[tuple[Term, ...]]]] = {}

    def calls(self, signature: Term, open_as: Sequence[Sequence[Term]] = ()) -> Iterator[tuple[Term, ...]]:
        """Argument types, the function's own first, of calls that a signature takes.

        `open_as` gives, for each argument after the function, what to try where the signature takes anything.
        """
        key = (signature, tuple(map(tuple, open_as)) if any(open_as) else ())
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = ([], islice(self._calls(signature, open_as), MOST))
        found, rest = kept
        for at in count():
            if at == len(found):
                made = next(rest, None)
                if made is None:
                    return
                found.append(made)
            yield found[at]

    def _calls(self, signature: Term, open_as: Sequence[Sequence[Term]]) -> Iterator[tuple[Term, ...]]:
        seen: set[tuple[Term, ...]] = set()
        for body in self._bodies(signature):
            slots: list[list[Term]] = []
            for position, parameter in enumerate(body.parameters):
                element = vararg_element(parameter) if is_vararg(parameter) else parameter
                wide = element is ANY
                tried = open_as[position - 1] if wide and 0 < position <= len(open_as) else ()
                slots.append([*tried, *(self.of(element) if position else [element])])
                if is_vararg(parameter):
                    slots.append(slots[-1])
            rest = is_vararg(body.parameters[-1])
            # Each is below its own parameter; variables, and how many there are, can ask for more.
            fits = body is signature and not rest
            for types in product(*slots):
                if rest and types[-1] is not types[-2]:
                    continue
                if types not in seen and (fits or subtype(tuple_of(types), signature)):
                    seen.add(types)
                    yield types

    def _bodies(self, signature: Term) -> Iterator[DataType]:
        """A signature with its variables given values."""
        if type(signature) is UnionAll:
            for value in self._values(signature.variable, signature.body):
                try:
                    inner = instantiate(signature, value)
                except ParametricError:
                    continue
                yield from self._bodies(inner)
        elif type(signature) is DataType:
            yield signature

    def _values(self, variable: TypeVar, body: Term) -> list[Term]:
        """What a variable of a `where` over a body may stand for."""
        if self._number_parameters.counts(variable, body):
            # A dimension is never within bounds, which are for types.
            return [integer(1), integer(2)] if variable.upper is ANY else []
        if variable.upper is ANY:
            declared = next(_declared_bounds(variable, body), None)
            return [self._declarations.parse(ELEMENT)] if declared is None else self.of(declared)[:2]
        return self.of(variable.upper)[:2] if not variable.upper.free else [variable.upper]

    def _has_no_value(self, term: Term) -> bool:
        """Whether a dimension is asked to be a type, as in `Array{T,N} where N<:Integer`."""
        if type(term) is not UnionAll:
            return False
        try:
            return all(self._has_no_value(instantiate(term, v)) for v in self._values(term.variable, term.body))
        except ParametricError:
            return False

    def _nested(self, term: UnionAll) -> list[Term]:
        """An array for a parameter that may be anything: collections of vectors are arrays of arrays."""
        if term.variable.upper is not ANY or self._number_parameters.counts(term.variable, term.body):
            return []
        inner = unwrap(term)
        own = type(inner) is DataType and inner.constructor.name in self._own
        return [self._declarations.parse(WIDE[0])] if own else []

    def of(self, term: Term) -> list[Term]:
        """Concrete types below a type, the likeliest first; the type itself where nothing else is known."""
        if term.free:
            return [term]
        found = self._known.get(term)
        if found is None:
            self._known[term] = [term]  # met again inside itself: it stands for itself
            made = list(islice(self._distinct(term), FEW))
            found = self._known[term] = made or ([] if self._has_no_value(term) else [term])
        return found

    def _distinct(self, term: Term) -> Iterator[Term]:
        seen: set[Term] = set()
        for made in self._of(term):
            if made not in seen and subtype(made, term):
                seen.add(made)
                yield made

    def _of(self, term: Term) -> Iterator[Term]:
        if term is ANY:
            yield from map(self._declarations.parse, WIDE)
        elif type(term) is UnionType:
            for part in members(term):
                yield from self.of(part)[:2]
        elif type(term) is UnionAll:
            for value in (*self._values(term.variable, term.body), *self._nested(term)):
                try:
                    yield from self.of(instantiate(term, value))
                except ParametricError:
                    continue
        elif type(term) is DataType and term.constructor.name == "Tuple":
            slots = [self.of(vararg_element(p))[:1] for p in term.parameters]
            yield from (tuple_of(parts) for parts in product(*slots))
        elif type(term) is DataType:
            if term.concrete:
                yield term
            yield from self._below(term)

    def _below(self, term: DataType) -> Iterable[Term]:
        name = term.constructor.name
        for family in FAMILIES.get(name, ()):
            try:
                base = self._declarations.parse(family)
                yield apply(base, term.parameters) if type(base) is UnionAll else base
            except ParametricError:
                continue
        if not term.constructor.abstract or name in FAMILIES:
            return
        for own in self._own:
            try:
                base = self._declarations.named(spelled(own))
            except ParametricError:
                continue
            inner = unwrap(base)
            if type(inner) is DataType and _descends(inner, name):
                yield from self.of(base)


def _declared_bounds(variable: TypeVar, body: Term) -> Iterator[Term]:
    """What the declarations of the types in a `where` ask of a variable for which the `where` asks nothing."""
    if type(body) is UnionAll:
        yield from _declared_bounds(variable, body.variable.upper)
        yield from _declared_bounds(variable, body.body)
    elif type(body) is UnionType:
        for part in members(body):
            yield from _declared_bounds(variable, part)
    elif type(body) is DataType and variable in body.free:
        for parameter, own in zip_longest(body.parameters, body.constructor.parameters):
            if parameter is not variable:
                yield from _declared_bounds(variable, parameter)
            elif own is not None and own.upper is not ANY and not own.upper.free:
                yield own.upper


def _descends(term: DataType, family: str) -> bool:
    above = term.above
    while above is not None and above is not ANY:
        if above.constructor.name == family:
            return True
        above = above.above
    return False
