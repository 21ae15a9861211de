"""Types and signatures put into words that are right inside a module of the project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rulecheck.dispatch.parametric import BOTTOM, Term
from rulecheck.dispatch.parametric.types import (
    ANY,
    DataType,
    TypeVar,
    UnionAll,
    UnionType,
    Value,
    is_vararg,
    members,
    vararg_element,
)
from rulecheck.sources.julia.facts import TypeExpr, Variable
from rulecheck.sources.julia.typeexprs import show, split_name
from rulecheck.sources.julia.world import World


@dataclass(frozen=True, slots=True)
class Signature:
    """The argument types of a rule, the function's own left out, and the variables that tie them together."""

    arguments: tuple[TypeExpr, ...]
    variables: tuple[Variable, ...] = ()

    def as_tuple(self, *leading: TypeExpr) -> TypeExpr:
        """`Tuple{leading..., arguments...} where variables`."""
        made: TypeExpr = ("apply", ("name", "Core.Tuple"), (*leading, *self.arguments))
        return ("where", made, self.variables) if self.variables else made


def expression_of(term: Term) -> TypeExpr:
    """A term as a type expression."""
    if term is ANY:
        return ("name", "Core.Any")
    if isinstance(term, TypeVar):
        return ("var", term.name)
    if isinstance(term, Value):
        return ("value", str(term))
    if isinstance(term, UnionType):
        return ("union", tuple(map(expression_of, members(term))))
    if isinstance(term, UnionAll):
        variable = term.variable
        lower = None if variable.lower is BOTTOM else expression_of(variable.lower)
        upper = None if variable.upper is ANY else expression_of(variable.upper)
        return ("where", expression_of(term.body), ((variable.name, lower, upper),))
    if is_vararg(term):
        return ("vararg", expression_of(vararg_element(term)), None)
    if isinstance(term, DataType):
        name = term.constructor.name
        if name.startswith("typeof("):
            return ("typeof", name[len("typeof(") : -1])
        head: TypeExpr = ("name", name if "." in name else f"Core.{name}")
        return ("apply", head, tuple(map(expression_of, term.parameters))) if term.parameters else head
    return ("union", ())


def simplified(signature: Signature) -> Signature:
    """Variables that stand in one argument move into it: `Diag{T}, b where T` becomes `Diag, b`."""
    arguments = list(signature.arguments)
    kept: list[Variable] = []
    for variable in signature.variables:
        name = variable[0]
        users = [i for i, a in enumerate(arguments) if name in _names(a)]
        tied = any(name in _names(bound) for _, *bounds in signature.variables for bound in bounds if bound is not None)
        if len(users) != 1 or tied:
            if users or tied:
                kept.append(variable)
            continue
        arguments[users[0]] = _closed(arguments[users[0]], variable)
    # A variable that is bound by one still tied has to stay where it is.
    return Signature(tuple(arguments), tuple(kept))


def _closed(argument: TypeExpr, variable: Variable) -> TypeExpr:
    """An argument with a variable of its own; plain where all its parameters are such, unbounded and in order."""
    if (
        argument[0] == "apply"
        and argument[2]
        and argument[2][-1] == ("var", variable[0])
        and variable[1:] == (None, None)
    ):
        rest = argument[2][:-1]
        if all(variable[0] not in _names(a) for a in rest):
            return ("apply", argument[1], rest) if rest else argument[1]
    if argument[0] == "where":
        return ("where", argument[1], (*argument[2], variable))
    return ("where", argument, (variable,))


def _names(expr: object) -> set[str]:
    """The variables that an expression uses."""
    if not isinstance(expr, tuple):
        return set()
    if len(expr) == 2 and expr[0] == "var":
        return {expr[1]}
    return set().union(*map(_names, expr)) if expr else set()


class Speller:
    """Writes types as they have to be written inside one module."""

    def __init__(self, world: World, module: str) -> None:
        self._world = world
        self._module = module
        # Packages whose names are needed and that the module does not see.
        self.missing: set[str] = set()

    def name(self, qualified: str) -> str:
        """A definition's shortest name in the module."""
        module, _, last = split_name(qualified)
        if not module or module == "Core":
            return last
        found = self._world.resolve(self._module, last)
        if found is not None and found.name == qualified:
            return last
        root = module.partition(".")[0]
        if self._world.resolve(self._module, root) is None and root not in ("Base", "Core", "Main"):
            self.missing.add(root)
        return qualified

    def type(self, expr: TypeExpr) -> str:
        """A type expression."""
        return show(self._spelled(expr))

    def _spelled(self, expr: TypeExpr) -> TypeExpr:
        if expr[0] in ("name", "typeof"):
            return (expr[0], self.name(str(expr[1])))
        return tuple(self._part(p) for p in expr)

    def _part(self, part: object) -> object:
        if isinstance(part, tuple):
            if part and isinstance(part[0], str) and part[0] in _TAGS and len(part) > 1:
                return self._spelled(part)
            return tuple(self._part(p) for p in part)
        return part

    def arguments(self, expressions: Sequence[TypeExpr], names: Sequence[str] = ()) -> str:
        """`a::Diag, ::AbstractVector`: an argument list by types, with names where they are given."""
        shown = []
        for position, expr in enumerate(expressions):
            name = names[position] if position < len(names) else ""
            rest = "..." if expr[0] == "vararg" else ""
            text = self.type(expr[1] if rest else expr)
            shown.append(f"{name}::{f'({text})' if expr[0] == 'where' else text}{rest}")
        return ", ".join(shown)

    def where(self, variables: Sequence[Variable]) -> str:
        """The trailing `where` clause, with its space; empty without variables."""
        return self.type(("where", ("name", "Core.Any"), tuple(variables)))[len("Any") :] if variables else ""


_TAGS = frozenset({"name", "apply", "union", "where", "var", "vararg", "typeof", "value", "unknown"})
