"""Which arguments of a call can carry a derivative: a rule takes nothing from data that has none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from rulecheck.dispatch.parametric import ParametricError, Term, apply, subtype
from rulecheck.dispatch.parametric.types import DataType, TypeVar, UnionAll, UnionType, Value, members, unwrap
from rulecheck.languages.julia.facts import JuliaType, TypeExpr
from rulecheck.languages.julia.kit.library import Library, spelled

# Julia's own types that hold other things than fields, none of them with a derivative.
DISCRETE = frozenset(
    {
        "Bool", "Int8", "Int16", "Int32", "Int64", "Int128", "UInt8", "UInt16", "UInt32", "UInt64", "UInt128",
        "Integer", "Signed", "Unsigned", "Char", "AbstractChar", "String", "AbstractString", "Symbol", "Module", "Type",
        "DataType", "UnionAll", "Base.GMP.BigInt",
    }
)  # fmt: skip
# Julia's own collections without fields, or without need to look at them: they carry what the first parameter does.
BY_ELEMENT = frozenset(
    {
        "Vararg", "Array", "AbstractArray", "DenseArray", "Base.AbstractRange", "Base.AbstractUnitRange",
        "Base.OrdinalRange", "Base.AbstractSet", "LinearAlgebra.Adjoint", "LinearAlgebra.Transpose",
    }
)  # fmt: skip
BY_ANY = frozenset({"Tuple", "NamedTuple", "GenericMemory"})


class ActiveArguments:
    """Questions about types; `own` are the project's, which may be asked about with integers where others hold more."""

    def __init__(self, library: Library, own: Sequence[JuliaType]) -> None:
        self._library = library
        self._own = {spelled(t.name) for t in own}
        self._types = {spelled(t.name): t for t in library.program.types()}
        self._aliases = {a.name: a.target for a in library.program.aliases()}
        self._known: dict[Term, bool] = {}

    def any(self, types: Iterable[Term]) -> bool:
        """Whether one of the types can carry a derivative.

        Integers in an array of somebody else's stand for numbers; in a type of the project's they are its shape.
        """
        return any(map(self._is_felt, types))

    def _is_felt(self, term: Term) -> bool:
        return self._carries(term) or self._is_array_of_numbers(term)

    def makes_none(self, types: Iterable[Term]) -> bool:
        """Whether a call is for a type of the project's without a derivative, as what it makes then is."""
        return any(map(self._is_discrete_type, types))

    def _is_discrete_type(self, term: Term) -> bool:
        if type(term) is not DataType or term.constructor.name != "Type":
            return False
        made = unwrap(term.parameters[0])
        return type(made) is DataType and made.constructor.name in self._own and not self._carries(made)

    def only_by_numbers(self, types: Iterable[Term]) -> bool:
        """Whether all that can carry a derivative are numbers, each for itself."""
        number = self._library.declarations.named("Number")
        return all(subtype(t, number) for t in types if self._is_felt(t))

    def _is_array_of_numbers(self, term: Term) -> bool:
        if self._names_own(term) or not subtype(term, self._numbers):
            return False
        return not subtype(term, self._library.declarations.named("Base.AbstractRange"))

    @cached_property
    def _numbers(self) -> Term:
        return self._library.declarations.parse("AbstractArray{T} where T<:Number")

    def _names_own(self, term: Term) -> bool:
        if type(term) is not DataType:
            return False
        return term.constructor.name in self._own or any(map(self._names_own, term.parameters))

    def _carries(self, term: Term) -> bool:
        if type(term) is UnionAll:
            return self._carries(term.body)
        if type(term) is TypeVar:
            return self._carries(term.upper)
        if type(term) is UnionType:
            return any(map(self._carries, members(term)))
        if type(term) is not DataType:
            return False
        name = term.constructor.name
        if name in DISCRETE or name.startswith("typeof("):
            return False
        if name in BY_ELEMENT:
            return self._carries(term.parameters[0])
        if name in BY_ANY:
            return any(self._carries(p) for p in term.parameters if type(p) is not Value)
        declared = self._types.get(name)
        if declared is None or declared.kind in ("abstract", "primitive") or not declared.certain:
            return True
        return self._is_held(declared, term.constructor.wrapper if name in self._own else term)

    def _is_held(self, declared: JuliaType, term: Term) -> bool:
        found = self._known.get(term)
        if found is None:
            self._known[term] = False  # met again inside itself: what else it holds decides
            found = self._known[term] = self._holds(declared, term)
        return found

    def _holds(self, declared: JuliaType, term: Term) -> bool:
        """Whether one of a type's fields can hold anything with a derivative."""
        if declared.fields and subtype(term, self._library.declarations.named("Number")):
            return True  # a number made of integers is one all the same
        given = term.parameters if type(term) is DataType else ()
        for _, field in declared.fields:
            try:
                found = self._carries(self._filled(field, declared, given))
            except ParametricError:
                found = self._may_carry(field)
            if found:
                return True
        return False

    def _may_carry(self, expr: TypeExpr) -> bool:
        """The same of a type that is not known: it is taken to hold what its parameters say, where it has any."""
        if expr[0] == "name" and expr[1] in self._aliases:
            return self._may_carry(self._aliases[expr[1]])
        if expr[0] != "apply" or expr[1][0] != "unknown":
            try:
                return self._carries(self._library.terms.of(expr))
            except ParametricError:
                return True
        return any(part[0] != "value" and self._may_carry(part) for part in expr[2])

    def _filled(self, field: TypeExpr, declared: JuliaType, given: Sequence[Term]) -> Term:
        """A field's type, with the parameters filled in where they are known."""
        if not declared.parameters:
            return self._library.terms.of(field)
        names = tuple(("var", name) for name, _, _ in declared.parameters)
        # In a tuple with all parameters, of which a field need not use each.
        whole = self._library.terms.of(
            ("where", ("apply", ("name", "Core.Tuple"), (*names, field)), declared.parameters)
        )
        row = unwrap(apply(whole, given))
        return row.parameters[-1] if type(row) is DataType else row
