"""What the names in types mean: declared types, aliases and functions, each looked at when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rulecheck.dispatch.parametric.construct import apply, union_of
from rulecheck.dispatch.parametric.kinds import ANY_TYPE, DATA_TYPE, UNION, UNION_ALL, kind_of
from rulecheck.dispatch.parametric.syntax import Tree, plain_name, read
from rulecheck.dispatch.parametric.types import (
    ANY,
    BOTTOM,
    TUPLE,
    TYPE_OF_BOTTOM,
    Constructor,
    DataType,
    ParametricError,
    Term,
    TypeVar,
    bind,
    quantify,
    tuple_of,
    unwrap,
    value_of,
    vararg_of,
)


@dataclass(frozen=True, slots=True)
class TypeParameter:
    """A parameter of a declaration, its bounds written as they stand in the source."""

    name: str
    lower: str = "Union{}"
    upper: str = "Any"


@dataclass(frozen=True, slots=True)
class Declaration:
    """An abstract, struct or primitive type: its full name, parameters and supertype as written.

    An `exchangeable` one is named by nobody who would not name another one that is declared alike in its place.
    """

    name: str
    parameters: tuple[TypeParameter, ...] = ()
    supertype: str = "Any"
    abstract: bool = False
    exchangeable: bool = False


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for a type expression, perhaps with parameters: `const Vector{T} = Array{T,1}`, or a second name."""

    name: str
    target: str
    parameters: tuple[TypeParameter, ...] = ()


Scope = dict[str, TypeVar]

_KNOWN_ALWAYS: dict[str, Term] = {
    "Any": ANY,
    "Tuple": TUPLE.wrapper,
    "Type": ANY_TYPE,
    "Vararg": vararg_of(ANY),
    "DataType": DATA_TYPE,
    "UnionAll": UNION_ALL,
    "Union": UNION,
    "TypeofBottom": TYPE_OF_BOTTOM,
}


def _as_written(name: str) -> str:
    return name


class Declarations:
    """A set of declarations, and the types that it gives to expressions.

    `type_named` and `function_named` bring a name as it is written into the one under which it is declared; where
    functions are concerned, any name is a function unless it is a type.
    """

    def __init__(
        self,
        declared: Iterable[Declaration | Alias] = (),
        *,
        type_named: Callable[[str], str] = _as_written,
        function_named: Callable[[str], str] = _as_written,
    ) -> None:
        self._declared: dict[str, Declaration | Alias] = {}
        self._terms: dict[str, Term] = {}
        self._constructors: dict[str, Constructor] = {}
        self._functions: dict[str, DataType] = {}
        self._parsed: dict[str, Term] = {}
        self._under_way: set[str] = set()
        self._type_named = type_named
        self._function_named = function_named
        for each in declared:
            self.add(each)

    def add(self, declared: Declaration | Alias) -> None:
        """Make a type or alias known. A second declaration of a name counts only while the first was not asked for."""
        self._declared[plain_name(declared.name)] = declared

    def knows(self, name: str) -> bool:
        """Whether a name means a type here."""
        name = self._type_named(name)
        return name in self._declared or _core_name(name) in _KNOWN_ALWAYS

    def named(self, name: str) -> Term:
        """The type that a bare name means. Raises `ParametricError` for one that is not known."""
        name = self._type_named(name)
        found = self._terms.get(name)
        return self._resolve(name) if found is None else found

    def parse(self, text: str) -> Term:
        """The type that an expression means, for instance `"Array{T,1} where T<:Real"`; answers are kept."""
        found = self._parsed.get(text)
        if found is None:
            try:
                found = self._parsed[text] = self.evaluate(read(text), {})
            except RecursionError:
                raise ParametricError(f"the type {text[:60]}... is nested too deeply") from None
        return found

    def function(self, name: str) -> DataType:
        """`typeof(name)` for a function: a type with one value."""
        name = self._function_named(name)
        found = self._functions.get(name)
        if found is None:
            above = self.named("Function") if self.knows("Function") else ANY
            constructor = Constructor(f"typeof({name})", abstract=False, exchangeable=True)
            constructor.complete((), above if type(above) is DataType else ANY)
            found = self._functions[name] = constructor.of(())
        return found

    def type_of(self, name: str) -> Term:
        """`typeof(name)`: the kind of a type, or a function's own type."""
        if self.knows(name):
            return kind_of(self.named(name)) or ANY
        return self.function(name)

    def _resolve(self, name: str) -> Term:
        declared = self._declared.get(name)
        if declared is None:
            known = _KNOWN_ALWAYS.get(_core_name(name))
            if known is None:
                raise ParametricError(f"no type is known by the name {name}")
            return known
        if isinstance(declared, Alias):
            if name in self._under_way:
                raise ParametricError(f"the alias {name} is defined by itself")
            self._under_way.add(name)
            try:
                variables, scope = self._open(declared.parameters)
                term = self.evaluate(read(declared.target), scope)
            finally:
                self._under_way.discard(name)
            for variable in reversed(variables):
                term = bind(variable, term)
        else:
            term = self._construct(declared)
        self._terms[name] = term
        return term

    def _construct(self, declared: Declaration) -> Term:
        name = plain_name(declared.name)
        known = self._constructors.get(name)
        if known is not None:  # asked for while its own bounds or supertype are read: only its name counts there
            return known.wrapper
        constructor = Constructor(name, declared.abstract, declared.exchangeable)
        self._constructors[name] = constructor
        try:
            # First without bounds and supertype, so that `T<:Comparable{T}` and `<:Container{Leaf}` find the name.
            constructor.complete([TypeVar(p.name) for p in declared.parameters], ANY, settled=False)
            variables, scope = self._open(declared.parameters)
            constructor.instances.clear()
            constructor.complete(variables, ANY, settled=False)
            above = self.evaluate(read(declared.supertype), scope)
        except ParametricError:
            del self._constructors[name]
            raise
        if type(above) is not DataType:
            above = unwrap(above)
        if type(above) is not DataType:
            raise ParametricError(f"{declared.name} cannot be declared below {declared.supertype}")
        constructor.instances.clear()
        constructor.complete(variables, above)
        return constructor.wrapper

    def _open(self, parameters: Sequence[TypeParameter]) -> tuple[list[TypeVar], Scope]:
        scope: Scope = {}
        variables = []
        for parameter in parameters:
            lower = self.evaluate(read(parameter.lower), scope)
            upper = self.evaluate(read(parameter.upper), scope)
            scope[parameter.name] = variable = TypeVar(parameter.name, lower, upper)
            variables.append(variable)
        return variables, scope

    def evaluate(self, tree: Tree, scope: Scope) -> Term:
        """What a tree of `syntax.read` means; `scope` holds the variables of the `where`s around it."""
        tag = tree[0]
        if tag == "name":
            return scope.get(tree[1]) or self.named(tree[1])
        if tag == "apply":
            return self._apply(tree[1], tree[2], scope)
        if tag == "where":
            inner = dict(scope)
            variables = []
            for name, lower, upper in tree[2]:
                variable = TypeVar(
                    name,
                    BOTTOM if lower is None else self.evaluate(lower, inner),
                    ANY if upper is None else self.evaluate(upper, inner),
                )
                inner[name] = variable
                variables.append(variable)
            # Bounds can name variables of `where`s further out, which stand further to the right.
            term = self.evaluate(tree[1], inner)
            for variable in reversed(variables):
                term = bind(variable, term)
            return term
        if tag == "typeof":
            return TYPE_OF_BOTTOM if tree[1] == "Union{}" else self.type_of(tree[1])
        if tag == "value":
            return value_of(tree[1], tree[2])
        assert tag == "values"
        return value_of("Tuple", tuple(self.evaluate(t, scope) for t in tree[1]))

    def _apply(self, head: Tree, trees: Sequence[Tree], scope: Scope) -> Term:
        arguments: list[Term] = []
        variables: list[TypeVar] = []
        for tree in trees:
            if tree[0] in ("<:", ">:"):
                bound = self.evaluate(tree[1], scope)
                bounds = (BOTTOM, bound) if tree[0] == "<:" else (bound, ANY)
                variables.append(TypeVar(f"#s{len(variables) + 1}", *bounds))
                arguments.append(variables[-1])
            else:
                arguments.append(self.evaluate(tree, scope))
        name = head[1].removeprefix("Core.") if head[0] == "name" and head[1] not in scope else ""
        term: Term
        if name == "Union":
            term = union_of(arguments)
        elif name == "Tuple":
            term = tuple_of(tuple(arguments))
        elif name == "Vararg":
            if len(arguments) > 2:
                raise ParametricError("Vararg takes an element type and a length")
            term = vararg_of(*arguments) if arguments else vararg_of(ANY)
        else:
            term = apply(self.evaluate(head, scope), arguments)
        for variable in reversed(variables):
            term = quantify(variable, term)
        return term


def _core_name(name: str) -> str:
    return name.removeprefix("Core.")
