"""Every declaration and method that a question may need, from the environment and the project's own sources.

Types are `rulecheck.dispatch.parametric` terms. Tables are made when a function is first asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from rulecheck.dispatch.parametric import Alias as NameFor
from rulecheck.dispatch.parametric import Declaration, Declarations, MethodTable, ParametricError, Term, TypeParameter
from rulecheck.languages.julia.facts import JuliaMethod, JuliaType, TypeExpr, Variable
from rulecheck.languages.julia.kit.terms import Terms
from rulecheck.languages.julia.link.type_expressions import show, split_name
from rulecheck.languages.julia.program import JuliaProgram

# Where constructors stand that are written for types in general: `(::Type{T})(x) where T<:Real`.
ANY_TYPE = "Core.Type"
# What the type algebra itself is made of; Core's declarations of these names say less than it knows.
BUILT_IN = frozenset(["Any", "Tuple", "Type", "Vararg", "DataType", "UnionAll", "Union", "TypeofBottom"])


def tuple_type(arguments: Sequence[TypeExpr], variables: Sequence[Variable]) -> TypeExpr:
    """`Tuple{arguments...} where variables`."""
    made: TypeExpr = ("apply", ("name", "Core.Tuple"), tuple(arguments))
    return ("where", made, variables) if variables else made


def plain(expr: TypeExpr) -> TypeExpr:
    """An expression with `Vararg{<:X}` as `Vararg{X}`, which is the same tuple."""
    if expr[0] == "where" and expr[1][0] == "vararg" and len(expr[2]) == 1 and expr[1][1] == ("var", expr[2][0][0]):
        return ("vararg", plain(expr[2][0][2] or ("name", "Core.Any")), expr[1][2])
    return tuple(plain(part) if isinstance(part, tuple) and part else part for part in expr)


def is_unknown(expr: object) -> bool:
    """Whether a type expression names something that could not be worked out."""
    if not isinstance(expr, tuple) or not expr:
        return False
    return expr[0] == "unknown" or any(is_unknown(part) for part in expr)


def spelled(name: str) -> str:
    """A type's name as `show` writes it: Core's stand alone."""
    return name.removeprefix("Core.")


class Library:
    """A project and its environment brought together."""

    def __init__(self, program: JuliaProgram) -> None:
        self.program = program
        self.declarations = Declarations()
        self.terms = Terms(self.declarations)
        self._tables: dict[str, MethodTable[JuliaMethod]] = {}
        self._signatures: dict[int, Term | None] = {}
        self._methods: dict[str, tuple[JuliaMethod, ...]] = {}
        self._functions: dict[str, Term] = {}
        # What is remembered by identity must stay alive, or another method could take its place.
        self._kept: list[JuliaMethod] = []
        # Signatures that name something unknown: counted, and never claimed to answer.
        self.unusable: list[tuple[JuliaMethod, str]] = []
        # Types of which something that they are declared with is not known: rules may apply that do not seem to.
        self.incomplete: set[str] = set()
        own = {type_.name for package in program.packages for type_ in package.types}
        for type_ in program.types():
            if spelled(type_.name) not in BUILT_IN:
                self.declarations.add(self._declared(type_, type_.name in own))
        for alias in program.aliases():
            self.declarations.add(
                NameFor(spelled(alias.name), show(plain(alias.target)), _parameters(alias.parameters))
            )

    def _declared(self, type_: JuliaType, own: bool) -> Declaration:
        if is_unknown((type_.supertype, type_.parameters)):
            self.incomplete.add(spelled(type_.name))
        above = "Any" if is_unknown(type_.supertype) else show(plain(type_.supertype))
        return Declaration(spelled(type_.name), _parameters(type_.parameters), above, type_.kind == "abstract", own)

    def knows(self, function: str) -> bool:
        """Whether a function, with methods or only declared, or a type of that name is known."""
        if self.declarations.knows(spelled(function)) or self.methods(function):
            return True
        module, _, name = split_name(function)
        return self.program.world.member(module, name) == (function, "function")

    def function(self, name: str) -> Term:
        """The type of a function, `typeof(f)`."""
        found = self._functions.get(name)
        if found is None:
            found = self._functions[name] = self.declarations.function(name)
        return found

    def methods(self, function: str) -> Sequence[JuliaMethod]:
        """A function's methods, in the order of definition; of a type, the constructors by whatever name."""
        found = self._methods.get(function)
        if found is None:
            found = self._methods[function] = tuple(
                method for name in self._names_of(function) for method in self.program.methods(name)
            )
        return found

    def _names_of(self, function: str) -> Sequence[str]:
        """Under which names methods stand that answer the calls of a function or type.

        Julia has one table for the constructors of all types: `Matrix{T}(x)` makes an Array, `(::Type{T})(x)` anything.
        """
        if not self.declarations.knows(spelled(function)):
            return (function,)
        made = self.made_by(function)
        return (ANY_TYPE, made, *(alias for alias, other in self._made_by.items() if other == made))

    def made_by(self, name: str) -> str:
        """The type that an alias is another name of; other names as they are."""
        return self._made_by.get(name, name)

    @cached_property
    def _made_by(self) -> dict[str, str]:
        """The type that each alias is another name of."""
        targets = {a.name: head_name(a.target) for a in self.program.aliases()}
        found: dict[str, str] = {}
        for alias in targets:
            name, passed = alias, {alias}
            while (name := targets.get(name, "")) in targets and name not in passed:
                passed.add(name)
            if name and name not in targets:
                found[alias] = name
        return found

    def signature(self, method: JuliaMethod) -> Term | None:
        """The type of a method's whole argument list; None where it names something that is not known."""
        key = id(method)
        if key not in self._signatures:
            self._kept.append(method)
            try:
                whole = tuple_type((method.self_type, *method.arguments), method.variables)
                self._signatures[key] = self.terms.of(whole)
            except ParametricError as error:
                self._signatures[key] = None
                self.unusable.append((method, str(error)))
        return self._signatures[key]

    def arguments(self, arguments: Sequence[TypeExpr], variables: Sequence[Variable]) -> Term | None:
        """The type of an argument list; None where it names something that is not known."""
        try:
            return self.terms.of(tuple_type(arguments, variables))
        except ParametricError:
            return None

    def table(self, function: str) -> MethodTable[JuliaMethod]:
        """The ordinary methods of a function."""
        found = self._tables.get(function)
        if found is None:
            found = self._tables[function] = self.table_of(self.methods(function))
        return found

    def table_of(
        self, methods: Iterable[JuliaMethod], over: MethodTable[JuliaMethod] | None = None, trial: bool = False
    ) -> MethodTable[JuliaMethod]:
        """A table of methods whose signatures are known, in front of another one or alone."""
        made = MethodTable(over, trial)
        for method in methods:
            signature = self.signature(method)
            if signature is not None:
                made.add(signature, method)
        return made


def head_name(expr: TypeExpr) -> str:
    """The name that a type expression applies; empty for unions and the like."""
    while expr[0] in ("where", "apply"):
        expr = expr[1]
    return str(expr[1]) if expr[0] == "name" else ""


def _parameters(variables: Sequence[Variable]) -> tuple[TypeParameter, ...]:
    return tuple(
        TypeParameter(
            name,
            "Union{}" if lower is None or is_unknown(lower) else show(plain(lower)),
            "Any" if upper is None or is_unknown(upper) else show(plain(upper)),
        )
        for name, lower, upper in variables
    )
