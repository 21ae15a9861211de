"""Which parameters of types are numbers: dimensions of arrays and lengths of tuples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rulecheck.dispatch.parametric import Term
from rulecheck.dispatch.parametric.types import ANY, DataType, TypeVar, UnionAll, UnionType, is_vararg, members, unwrap
from rulecheck.languages.julia.facts import JuliaType, TypeExpr
from rulecheck.languages.julia.kit.library import spelled

# Where Julia's own types take a number of dimensions, or a length.
DIMENSIONS = {"AbstractArray": 1, "DenseArray": 1, "Array": 1, "Vararg": 1, "NTuple": 0, "Base.Dims": 0}


class NumberParameters:
    """What parameters are for, from the declarations; `own` are the project's types, whose fields are known."""

    def __init__(self, own: Sequence[JuliaType]) -> None:
        self._counted = {
            (spelled(t.name), position)
            for t in own
            for position, (name, _, _) in enumerate(t.parameters)
            if any(_counts_in(name, field) for _, field in t.fields)
        }

    def counts(self, variable: TypeVar, body: Term) -> bool:
        """Whether a variable stands for a number in what a `where` encloses."""
        return any(found is variable for found in self._numbers(body))

    def _numbers(self, term: Term, inside: frozenset[str] = frozenset()) -> Iterator[Term]:
        """The parameters of a term that are numbers; `inside` are the types above which is looked already.

        What a type is declared with may name that type: an array whose elements know their array.
        """
        if type(term) is UnionAll:
            yield from self._numbers(term.variable.upper, inside)
            yield from self._numbers(term.body, inside)
        elif type(term) is UnionType:
            for part in members(term):
                yield from self._numbers(part, inside)
        elif is_vararg(term):
            inner = unwrap(term)
            assert type(inner) is DataType
            yield inner.parameters[1]
            yield from self._numbers(inner.parameters[0], inside)
        elif type(term) is DataType and term.free:
            name = term.constructor.name
            for position, parameter in enumerate(term.parameters):
                if DIMENSIONS.get(name) == position or (name, position) in self._counted:
                    yield parameter
                yield from self._numbers(parameter, inside)
            if name not in inside and term.above is not None and term.above is not ANY:
                yield from self._numbers(term.above, inside | {name})


def _counts_in(name: str, expr: TypeExpr) -> bool:
    """Whether a variable is a dimension or a length in a field's type."""
    if expr[0] == "vararg":
        return bool(expr[2] == ("var", name)) or _counts_in(name, expr[1])
    if expr[0] == "apply":
        head, arguments = expr[1], expr[2]
        position = DIMENSIONS.get(spelled(str(head[1]))) if head[0] == "name" else None
        if position is not None and position < len(arguments) and arguments[position] == ("var", name):
            return True
        return any(_counts_in(name, argument) for argument in arguments)
    if expr[0] == "where":
        return _counts_in(name, expr[1])
    if expr[0] == "union":
        return any(_counts_in(name, part) for part in expr[1])
    return False
