"""Julia's types as plain objects.

A *term* is whatever stands in braces: a type (`DataType`, `UnionType`, `UnionAll`, `BOTTOM`), a type variable or a
value parameter. Closed terms are interned, so that equal spellings are one object and answers can be kept per pair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any as Anything
from typing import TypeGuard
from typing import TypeVar as Parameter

from rulecheck.dispatch.parametric.callbacks import Callbacks


class ParametricError(ValueError):
    """A type that cannot be: an unknown name, too many parameters, one outside its bounds, or a slip of syntax."""


class Term:
    """Anything that can be a parameter. `free` holds the type variables that no `where` inside binds."""

    __slots__ = ("free",)
    free: frozenset[TypeVar]

    def __str__(self) -> str:
        return Callbacks.show(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


_CLOSED: frozenset[TypeVar] = frozenset()


class TypeVar(Term):
    """A variable with its bounds; two variables are the same only if they are one object."""

    __slots__ = ("lower", "name", "upper")

    def __init__(self, name: str, lower: Term | None = None, upper: Term | None = None) -> None:
        self.name = name
        self.lower: Term = BOTTOM if lower is None else lower
        self.upper: Term = ANY if upper is None else upper
        self.free = frozenset((self,))


class Value(Term):
    """A value parameter, such as the 2 of `Array{Float64,2}`; `type_name` keeps 1, true and :x apart."""

    __slots__ = ("type_name", "value")
    _known: dict[tuple[str, Anything], Value] = {}

    def __init__(self, type_name: str, value: Anything) -> None:
        self.type_name = type_name
        self.value = value
        self.free = _CLOSED


def value_of(type_name: str, value: Anything) -> Value:
    """The one object that stands for a value parameter, for instance `value_of("Int64", 2)`."""
    known = Value._known.get((type_name, value))
    if known is None:
        known = Value._known[type_name, value] = Value(type_name, value)
    return known


def integer(number: int) -> Value:
    """An `Int` parameter."""
    return value_of("Int64", number)


def is_integer(term: Term | None) -> TypeGuard[Value]:
    """Whether a term is an `Int` parameter."""
    return type(term) is Value and term.type_name == "Int64"


class Constructor:
    """What a declaration makes: the family of types of one name.

    `parameters` and `supertype` are filled in after creation, since a type can stand in its own supertype's parameters.
    """

    __slots__ = ("abstract", "exchangeable", "instances", "name", "parameters", "settled", "supertype", "wrapper")

    def __init__(self, name: str, abstract: bool, exchangeable: bool = False) -> None:
        self.name = name
        self.abstract = abstract
        # Whether nothing is known of it but how it is declared (see `alike`).
        self.exchangeable = exchangeable
        self.settled = False
        self.parameters: tuple[TypeVar, ...] = ()
        self.supertype: DataType | None = None
        self.instances: dict[tuple[Term, ...], DataType] = {}
        self.wrapper: DataType | UnionAll

    def complete(self, parameters: Sequence[TypeVar], supertype: DataType | None, settled: bool = True) -> None:
        """Give the family its parameters and supertype; makes `wrapper`, the type that the bare name means.

        They may be `settled` only later, where they are read with the family's name in them.
        """
        self.settled = settled
        self.parameters = tuple(parameters)
        self.supertype = supertype
        wrapper: DataType | UnionAll = self.of(self.parameters)
        for parameter in reversed(self.parameters):
            wrapper = quantify(parameter, wrapper)
        self.wrapper = wrapper

    @property
    def is_open(self) -> bool:
        """Whether its types may have any parameters."""
        return all(p.lower is BOTTOM and p.upper is ANY for p in self.parameters)

    def of(self, parameters: Sequence[Term]) -> DataType:
        """The member of the family with these parameters, whose number must be right."""
        parameters = tuple(parameters)
        known = self.instances.get(parameters)
        if known is not None:
            return known
        made = DataType(self, parameters)
        if not made.free:
            self.instances[parameters] = made
        return made

    def __repr__(self) -> str:
        return f"<Constructor {self.name}>"


class DataType(Term):
    """A declared type with all its parameters."""

    __slots__ = ("_above", "concrete", "constructor", "parameters")

    def __init__(self, constructor: Constructor, parameters: tuple[Term, ...]) -> None:
        self.constructor = constructor
        self.parameters = parameters
        self.free = _free_in(parameters)
        self.concrete = not self.free and self._is_concrete()
        self._above: DataType | None = None

    def _is_concrete(self) -> bool:
        if self.constructor is TUPLE:
            return all((type(p) is DataType and p.concrete) or p is BOTTOM for p in self.parameters)
        return not self.constructor.abstract

    @property
    def above(self) -> DataType | None:
        """The declared supertype with the parameters filled in; None above `Any`."""
        found = self._above
        if found is None and self.constructor.supertype is not None:
            declared = self.constructor.supertype
            if declared.free:
                mapping = dict(zip(self.constructor.parameters, self.parameters, strict=True))
                declared = declared_in(substitute(declared, mapping))
            found = self._above = declared
        return found


class UnionType(Term):
    """A union of two terms; longer unions nest to the right, as they were written."""

    __slots__ = ("interned", "left", "right")

    def __init__(self, left: Term, right: Term) -> None:
        self.interned = False
        self.left = left
        self.right = right
        self.free = left.free | right.free


class UnionAll(Term):
    """`body where variable`."""

    __slots__ = ("body", "interned", "variable")

    def __init__(self, variable: TypeVar, body: Term) -> None:
        self.interned = False
        self.variable = variable
        self.body = body
        free = body.free - variable.free
        if variable.lower.free or variable.upper.free:
            free |= variable.lower.free | variable.upper.free
        self.free = free


class Bottom(Term):
    """`Union{}`, the type without values."""

    __slots__ = ()

    def __init__(self) -> None:
        self.free = _CLOSED


def _free_in(terms: Iterable[Term]) -> frozenset[TypeVar]:
    free = _CLOSED
    for term in terms:
        if term.free:
            free = free | term.free if free else term.free
    return free


# What Julia's own algorithms know by name.
BOTTOM = Bottom()
TUPLE = Constructor("Tuple", abstract=False)
_ANY = Constructor("Any", abstract=True)
ANY = DataType(_ANY, ())
_ANY.instances[()] = ANY
_ANY.complete((), None)
TUPLE.supertype = ANY
VARARG = Constructor("Vararg", abstract=True)
TYPE = Constructor("Type", abstract=True)


def is_type(term: Term) -> bool:
    """Whether a term is a type, as opposed to a type variable or a value."""
    return type(term) is not TypeVar and type(term) is not Value


_Interned = Parameter("_Interned", UnionType, UnionAll)
# Closed `where` types and unions by their structure with variables numbered by depth.
_interned: dict[Anything, Anything] = {}


def _structure(term: Term, depth: Mapping[TypeVar, int]) -> Anything:
    if type(term) is DataType:
        return (term.constructor, *[_form(p, depth) for p in term.parameters])
    if type(term) is TypeVar:
        return depth[term]
    if type(term) is UnionType:
        return ("|", _form(term.left, depth), _form(term.right, depth))
    assert type(term) is UnionAll
    variable = term.variable
    lower, upper = _form(variable.lower, depth), _form(variable.upper, depth)
    return ("where", lower, upper, _form(term.body, {**depth, variable: len(depth)}))


def _form(term: Term, depth: Mapping[TypeVar, int]) -> Anything:
    """A part's structure; one that is closed stands for itself."""
    if term.free:
        return _structure(term, depth)
    if type(term) is UnionType:
        return _canonical(term)
    return _canonical(term) if type(term) is UnionAll else term


def _canonical(term: _Interned) -> _Interned:
    """The one object for a closed term."""
    if term.interned:
        return term
    found: _Interned = _interned.setdefault(_structure(term, {}), term)
    found.interned = True
    return found


def quantify(variable: TypeVar, body: Term) -> UnionAll:
    """`body where variable`, also where the variable does not occur."""
    made = UnionAll(variable, body)
    return made if made.free else _canonical(made)


def bind(variable: TypeVar, body: Term) -> Term:
    """`body where variable`; the body itself where the variable does not occur in it."""
    if body is variable:
        return variable.upper
    return quantify(variable, body) if variable in body.free else body


def closed(term: Term, variables: Sequence[TypeVar]) -> Term:
    """A part of a term with the `where`s of the whole around it."""
    if term.free:
        for variable in reversed(variables):
            term = bind(variable, term)
    return term


def pair(left: Term, right: Term) -> UnionType:
    """The union of two terms as it stands, nothing simplified."""
    made = UnionType(left, right)
    return made if made.free else _canonical(made)


def members(term: Term) -> Iterator[Term]:
    """The parts of a union from left to right; any other term is its own only part."""
    while type(term) is UnionType:
        yield from members(term.left)
        term = term.right
    if term is not BOTTOM:
        yield term


def is_vararg(term: Term) -> bool:
    """Whether a term is `Vararg{...}`, with its length bound, given or open."""
    term = unwrap(term)
    return type(term) is DataType and term.constructor is VARARG


def vararg_element(term: Term) -> Term:
    """The element type of a `Vararg`; any other term as it is."""
    inner = unwrap(term)
    return inner.parameters[0] if type(inner) is DataType and inner.constructor is VARARG else term


def vararg_length(term: Term) -> Term:
    """The length of a `Vararg`: a number or a variable."""
    return declared_in(term).parameters[1]


def fixed_length(term: Term) -> int:
    """The length of a `Vararg` whose length is a number."""
    length = vararg_length(term)
    assert type(length) is Value
    return int(length.value)


NOT_VARARG, FIXED, BOUND, OPEN = 0, 1, 2, 3
"""Lengths of a vararg: none, a number, a variable bound outside, any."""


def vararg_kind(term: Term) -> int:
    """How the length of a tuple's last parameter is given."""
    if type(term) is DataType and term.constructor is not VARARG:
        return NOT_VARARG
    own = []
    while type(term) is UnionAll:
        own.append(term.variable)
        term = term.body
    if type(term) is not DataType or term.constructor is not VARARG:
        return NOT_VARARG
    length = term.parameters[1]
    if type(length) is TypeVar:
        return OPEN if length in own else BOUND
    return FIXED


def tuple_vararg_kind(term: DataType) -> int:
    """How the length of a tuple type is given."""
    return vararg_kind(term.parameters[-1]) if term.parameters else NOT_VARARG


def tuple_of(parameters: Sequence[Term]) -> DataType:
    """`Tuple{...}`; a last `Vararg{T,3}` is written out where T is closed, as Julia does."""
    if parameters and type(parameters[-1]) is UnionAll:
        parameters = (*parameters[:-1], _only_length_open(parameters[-1]))
    if parameters and type(parameters[-1]) is DataType and parameters[-1].constructor is VARARG:
        element, length = parameters[-1].parameters
        if type(length) is Value and not element.free:
            parameters = (*parameters[:-1], *(element,) * length.value)
    return TUPLE.of(parameters)


def _only_length_open(term: UnionAll) -> Term:
    """`Vararg{S,N} where S<:X` in a tuple is `Vararg{X,N}`: each element has an S of its own."""
    body = unwrap(term)
    if type(body) is not DataType or body.constructor is not VARARG:
        return term
    element, length = body.parameters
    if term.variable is length and term.body is body:
        return term
    variables = outer_variables(term)
    for variable in reversed(variables):
        if variable is not length:
            element = bind(variable, element)
    made = VARARG.of((element, length))
    return quantify(length, made) if type(length) is TypeVar and length in variables else made


def _counted(term: DataType, mapping: Mapping[TypeVar, Term]) -> DataType | None:
    """`Tuple{Vararg{T,N}}` whose N becomes a number: written out whatever T is, so that `NTuple{2,T}` is."""
    if term.constructor is not TUPLE or len(term.parameters) != 1:
        return None
    vararg = term.parameters[0]
    if type(vararg) is not DataType or vararg.constructor is not VARARG:
        return None
    element, length = vararg.parameters
    number = mapping.get(length) if type(length) is TypeVar else None
    if type(element) is not TypeVar or number is None or not is_integer(number):
        return None
    _check_length(number)
    return TUPLE.of((substitute(element, mapping),) * number.value)


def _check_length(length: Term) -> None:
    if type(length) is not TypeVar and (not is_integer(length) or length.value < 0):
        raise ParametricError(f"a Vararg cannot have the length {length}")


def vararg_of(element: Term, length: Term | None = None) -> Term:
    """`Vararg{element,length}`; without a length, any number of elements.

    Raises `ParametricError` for a length that is neither an integer from 0 on nor a variable.
    """
    if length is not None:
        _check_length(length)
        return VARARG.of((element, length))
    variable = TypeVar("N")
    return quantify(variable, VARARG.of((element, variable)))


def unwrap(term: Term) -> Term:
    """The body below every `where`."""
    while type(term) is UnionAll:
        term = term.body
    return term


def declared_in(term: Term) -> DataType:
    """The declared type below every `where`, of a term that has one there."""
    while type(term) is UnionAll:
        term = term.body
    assert type(term) is DataType
    return term


def outer_variables(term: Term) -> list[TypeVar]:
    """The variables of the `where`s around a type, the outermost first."""
    found = []
    while type(term) is UnionAll:
        found.append(term.variable)
        term = term.body
    return found


def substitute(term: Term, mapping: Mapping[TypeVar, Term]) -> Term:
    """The term with variables replaced; inner variables whose bounds change are renewed."""
    if term.free.isdisjoint(mapping):
        return term
    if type(term) is TypeVar:
        return mapping[term]
    if type(term) is DataType:
        counted = _counted(term, mapping)
        return counted or make(term.constructor, [substitute(p, mapping) for p in term.parameters])
    if type(term) is UnionType:
        union: Term = Callbacks.union_of([substitute(p, mapping) for p in members(term)])
        return union
    assert type(term) is UnionAll
    variable = term.variable
    inner = {v: t for v, t in mapping.items() if v is not variable}
    lower, upper = substitute(variable.lower, inner), substitute(variable.upper, inner)
    if lower is not variable.lower or upper is not variable.upper:
        renewed = TypeVar(variable.name, lower, upper)
        inner[variable] = renewed
        variable = renewed
    return quantify(variable, substitute(term.body, inner))


def make(constructor: Constructor, parameters: Sequence[Term]) -> DataType:
    """A type of a family; tuples in their written-out form.

    Raises `ParametricError` for a vararg's impossible length, also where only the declared supertype has one.
    """
    if constructor is TUPLE:
        return tuple_of(parameters)
    if constructor is VARARG:
        _check_length(parameters[1])
    parameters = tuple(parameters)
    known = constructor.instances.get(parameters)
    if known is not None:
        return known
    made = constructor.of(parameters)
    if not made.free and constructor.supertype is not None and constructor.supertype.free:
        try:
            _ = made.above
        except ParametricError:
            del constructor.instances[parameters]
            raise
    return made


def instantiate(term: UnionAll, argument: Term) -> Term:
    """The body with the outermost variable replaced; bounds are not looked at (see `apply`)."""
    return substitute(term.body, {term.variable: argument})


def _declare_core() -> None:
    parameter = TypeVar("T")
    TYPE.complete((parameter,), ANY)
    length = TypeVar("N")
    VARARG.complete((TypeVar("T"), length), ANY)
    TUPLE.wrapper = TUPLE.of((vararg_of(ANY),))
    _TYPE_OF_BOTTOM.complete((), TYPE.of((BOTTOM,)))


_TYPE_OF_BOTTOM = Constructor("Core.TypeofBottom", abstract=False)
_declare_core()
TYPE_OF_BOTTOM = _TYPE_OF_BOTTOM.of(())
"""The type of `Union{}`."""


def is_type_of(term: Term) -> TypeGuard[DataType]:
    """Whether a term is `Type{...}`."""
    return type(term) is DataType and term.constructor is TYPE


def is_tuple(term: Term) -> TypeGuard[DataType]:
    """Whether a term is `Tuple{...}`."""
    return type(term) is DataType and term.constructor is TUPLE
