"""From the type expressions of facts to the terms of the type algebra."""

from __future__ import annotations

from collections.abc import Mapping

from rulecheck.dispatch.parametric import Declaration, Declarations, ParametricError, Term, apply
from rulecheck.dispatch.parametric.construct import union_of
from rulecheck.dispatch.parametric.syntax import plain_name
from rulecheck.dispatch.parametric.types import (
    ANY,
    BOTTOM,
    TYPE_OF_BOTTOM,
    TypeVar,
    bind,
    tuple_of,
    vararg_of,
)
from rulecheck.languages.julia.facts import TypeExpr
from rulecheck.languages.julia.link.type_expressions import show, variable_text

Scope = Mapping[str, TypeVar]


class Terms:
    """Evaluates expressions over a set of declarations; what depends on nothing around it is evaluated once."""

    def __init__(self, declarations: Declarations) -> None:
        self._declarations = declarations
        self._closed: dict[TypeExpr, Term] = {}

    def of(self, expr: TypeExpr) -> Term:
        """The type that an expression means. Raises `ParametricError` where it names something that is not known."""
        try:
            return self._of(expr, {})
        except RecursionError:
            raise ParametricError("the type is nested too deeply") from None

    def _of(self, expr: TypeExpr, scope: Scope) -> Term:
        if expr[0] == "var":
            if expr[1] not in scope:
                raise ParametricError(f"the variable {expr[1]} stands outside of its where")
            return scope[expr[1]]
        found = self._closed.get(expr)
        if found is None:
            found = self._evaluated(expr, scope)
            if not found.free:
                self._closed[expr] = found
        return found

    def _evaluated(self, expr: TypeExpr, scope: Scope) -> Term:
        tag = expr[0]
        if tag == "name":
            return self._declarations.named(plain_name(expr[1].removeprefix("Core.")))
        if tag == "apply":
            return self._applied(expr[1], [self._of(a, scope) for a in expr[2]], scope)
        if tag == "where":
            return self._where(expr, scope)
        if tag == "typeof":
            return TYPE_OF_BOTTOM if expr[1] == "Union{}" else self._declarations.type_of(expr[1])
        if tag == "union":
            return union_of([self._of(member, scope) for member in expr[1]])
        if tag == "vararg":
            return vararg_of(*(self._of(part, scope) for part in expr[1:] if part is not None))
        if tag == "kwtypeof":
            return self._keyword_sorter(plain_name(show(expr)))
        # A value; or what could not be worked out, by its text.
        return self._declarations.parse(str(expr[1]))

    def _applied(self, head: TypeExpr, arguments: list[Term], scope: Scope) -> Term:
        name = head[1] if head[0] == "name" else ""
        if name == "Core.Tuple":
            return tuple_of(tuple(arguments))
        if name == "Core.Union":
            return union_of(arguments)
        if name == "Core.Vararg":
            if len(arguments) > 2:
                raise ParametricError("Vararg takes an element type and a length")
            return vararg_of(*arguments) if arguments else vararg_of(ANY)
        return apply(self._of(head, scope), arguments)

    def _where(self, expr: TypeExpr, scope: Scope) -> Term:
        _, body, declared = expr
        if body[0] == "vararg" and len(declared) == 1 and body[1] == ("var", declared[0][0]):
            # `Vararg{<:X}` is `Vararg{X}` in a tuple.
            return self._of(("vararg", declared[0][2] or ("name", "Core.Any"), body[2]), scope)
        inner = dict(scope)
        variables = []
        for name, lower, upper in declared:
            inner[name] = variable = TypeVar(
                variable_text(name),
                BOTTOM if lower is None else self._of(lower, inner),
                ANY if upper is None else self._of(upper, inner),
            )
            variables.append(variable)
        term = self._of(body, inner)
        for variable in reversed(variables):
            term = bind(variable, term)
        return term

    def _keyword_sorter(self, name: str) -> Term:
        """The type that Julia makes for calls of a function with keywords; nothing declares it."""
        if not self._declarations.knows(name):
            self._declarations.add(Declaration(name, supertype="Function"))
        return self._declarations.named(name)
