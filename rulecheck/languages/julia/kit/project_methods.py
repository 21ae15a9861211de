"""The project's own definitions among all others, and the calls that a method can be asked about with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from rulecheck.dispatch.parametric import Resolution, Term
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.kit.library import Library, spelled
from rulecheck.languages.julia.kit.witness_types import WitnessTypes
from rulecheck.languages.julia.program import ENTRY

# What the interface of arrays and containers asks of every type: written because it must be, not to be faster.
OBLIGATIONS = frozenset(
    f"Base.{name}"
    for name in (
        "getindex", "setindex!", "size", "length", "axes", "similar", "copy", "iterate", "eltype", "ndims", "show",
        "convert", "promote_rule", "hash", "==", "isequal", "isapprox", "firstindex", "lastindex", "getproperty",
        "setproperty!", "propertynames", "IndexStyle", "strides", "parent", "print", "view", "zero", "one", "similar",
        "copyto!", "fill!", "deepcopy", "keys", "values", "haskey", "get", "identity", "collect", "Array", "eachindex",
        "Broadcast.instantiate",
    )
)  # fmt: skip

# Parameters that are functions where nothing else is said.
FUNCTION_NAMES = frozenset({"f", "g", "op", "fn", "func", "fun", "F", "σ"})
TAKES_FUNCTION = frozenset(
    f"Base.{name}"
    for name in (
        "map", "map!", "sum", "prod", "maximum", "minimum", "mapreduce", "reduce", "foldl", "foldr", "mapfoldl",
        "mapfoldr", "any", "all", "count", "filter", "foreach", "broadcast", "broadcasted", "accumulate",
    )
)  # fmt: skip


class ProjectMethods:
    """Questions about methods of one library."""

    def __init__(self, library: Library, witnesses: WitnessTypes) -> None:
        self.library = library
        self.program = library.program
        self.witnesses = witnesses
        self._function_types: dict[str, Term] = {}
        # By the identity of methods, which are kept.
        self._tried: dict[int, list[tuple[Term, ...]]] = {}

    @cached_property
    def roots(self) -> frozenset[str]:
        """The names of the project's own packages, and of those that its extensions are for."""
        return frozenset(name.partition(".")[0] for p in self.program.packages for name in p.modules)

    def owns(self, definition: str) -> bool:
        """Whether the project defines a function or type."""
        return definition.partition(".")[0] in self.roots

    def mentions_own(self, expr: object) -> bool:
        """Whether a type expression names a type of the project."""
        if not isinstance(expr, tuple):
            return False
        if len(expr) == 2 and expr[0] == "name":
            return self.owns(str(expr[1]))
        return any(map(self.mentions_own, expr))

    def module_of(self, method: JuliaMethod) -> str:
        """The module in which a method of the project is written; of a script, as the script itself names it."""
        for package in self.program.packages:
            if method.module in package.modules and package.name.partition(".")[0] == ENTRY:
                return ENTRY + method.module.removeprefix(package.name)
        return method.module

    def function_type(self, function: str) -> Term:
        """The type by which a call asks for a function; a type that is called is asked for as `Type{...}`."""
        found = self._function_types.get(function)
        if found is None:
            known, name = self.library.declarations, spelled(function)
            found = known.parse(f"Type{{{name}}}") if known.knows(name) else known.function(function)
            self._function_types[function] = found
        return found

    def primal(self, function: str, types: Sequence[Term]) -> Resolution[JuliaMethod]:
        """The method that ordinary dispatch runs, given the types of a call, the function's own first."""
        return self.library.table(function).lookup(types)

    def calls_of(self, method: JuliaMethod) -> Iterator[tuple[Term, ...]]:
        """Types of calls, the function's own first, that a method's signature takes."""
        signature = self.library.signature(method)
        if signature is None:
            return iter(())
        likely = self._tried.get(id(method))
        if likely is None:
            likely = self._tried[id(method)] = self._likely(method)
        return self.witnesses.calls(signature, likely)

    def _likely(self, method: JuliaMethod) -> list[tuple[Term, ...]]:
        """What to try first for parameters without a type: a function where the name says that one is meant."""
        function = self.function_type("Base.identity")
        leading = method.function in TAKES_FUNCTION
        return [
            (function,) if name in FUNCTION_NAMES or (leading and not position) else ()
            for position, name in enumerate(method.names)
        ]

    def named_types(self, method: JuliaMethod) -> list[str]:
        """The project's types that a method's signature names, aliases as what they stand for."""
        owners = {self.library.made_by(name) for name in types_named(signature_of(method))}
        return sorted(owner for owner in owners if self.owns(owner))


def signature_of(method: JuliaMethod) -> tuple[object, ...]:
    """All type expressions of a method's signature."""
    return (method.self_type, *method.arguments, method.variables)


def types_named(expr: object) -> set[str]:
    """The types and aliases that a type expression names."""
    if not isinstance(expr, tuple):
        return set()
    if len(expr) == 2 and expr[0] == "name":
        return {str(expr[1])}
    return set().union(*map(types_named, expr)) if expr else set()
