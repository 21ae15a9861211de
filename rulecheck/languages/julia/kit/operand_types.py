"""Types of expressions in the bodies of methods: from annotations, constructors and lazy wrappers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from rulecheck.dispatch.parametric import MethodClaim, ParametricError, Term, apply
from rulecheck.dispatch.parametric.types import ANY, DataType, unwrap
from rulecheck.languages.julia.facts import Body, JuliaMethod
from rulecheck.languages.julia.kit.library import spelled
from rulecheck.languages.julia.kit.project_methods import ProjectMethods
from rulecheck.languages.julia.link.type_expressions import TypeReader, dotted

Env = Mapping[str, Term | None]
Ast = Sequence[Any]
WRAPPERS = {
    "Base.adjoint": "LinearAlgebra.Adjoint",
    "Base.transpose": "LinearAlgebra.Transpose",
    "LinearAlgebra.adjoint": "LinearAlgebra.Adjoint",
    "LinearAlgebra.transpose": "LinearAlgebra.Transpose",
}
# The function that makes, and undoes, a lazy wrapper.
FLIPS = {wrapper: function for function, wrapper in WRAPPERS.items() if function.startswith("Base.")}
LITERALS = {bool: "Bool", int: "Int64", float: "Float64", str: "String"}


class OperandTypes:
    """The types of expressions in one project."""

    def __init__(self, methods: ProjectMethods) -> None:
        self._methods = methods
        self._library = methods.library
        self._program = methods.program
        self._flipped: dict[tuple[str, Term], Term | None] = {}

    def function(self, expr: Ast, module: str) -> str | None:
        """The function or type that an expression names in a module."""
        names = dotted(expr)  # type: ignore[arg-type]
        found = self._program.world.path(module, names) if names else None
        return found.name if found is not None and found.kind in ("function", "type", "alias") else None

    def of(self, expr: Ast, module: str, env: Env) -> Term | None:
        """The type of an expression; None where it is not known."""
        tag = expr[0]
        if tag == "sym":
            return env.get(str(expr[1]))
        if tag == "lit":
            name = LITERALS.get(type(expr[1]))
            return self._library.declarations.named(name) if name is not None else None
        if tag == "'":
            return self.wrapped("Base.adjoint", self.of(expr[1], module, env))
        if tag == "block" and len(expr[1]) == 1:
            return self.of(expr[1][0], module, env)
        if tag == "::" and expr[1] is not None:
            return self._declared(expr[2], module)
        if tag == "call":
            return self._called(expr, module, env)
        return None

    def _called(self, expr: Ast, module: str, env: Env) -> Term | None:
        head = expr[1]
        base = head[1] if head[0] == "curly" else head
        function = self.function(base, module)
        if function is None:
            return None
        if function in WRAPPERS and len(expr[2]) == 1:
            return self.wrapped(function, self.of(expr[2][0], module, env))
        if self._methods.owns(function) and self._library.declarations.knows(spelled(function)):
            # A parameter may be a variable of the method around it: then the type without parameters stands for it.
            return self._declared(head, module) or self._declared(base, module)
        return None

    def _declared(self, expr: Ast, module: str) -> Term | None:
        """A witness of a type that an expression names."""
        try:
            named = TypeReader(self._program.world, module, {}).read(expr)  # type: ignore[arg-type]
            found = self._methods.witnesses.of(self._library.terms.of(named))
        except ParametricError:
            return None
        return found[0] if found and found[0] is not ANY else None

    def wrapped(self, function: str, type_: Term | None) -> Term | None:
        """The type of `adjoint(x)` or `transpose(x)`: the lazy wrapper, its parent, or what the project makes of it."""
        if type_ is None:
            return None
        key = (function, type_)
        if key not in self._flipped:
            self._flipped[key] = None  # of what leads back to itself nothing is known
            self._flipped[key] = self._flip(function, type_)
        return self._flipped[key]

    def _flip(self, function: str, type_: Term) -> Term | None:
        parts = wrapper_parts(type_)
        if parts is not None and FLIPS[parts[0]] == function:
            return parts[1]
        primal = self._methods.primal(function, (self._methods.function_type(function), type_))
        if isinstance(primal, MethodClaim) and self._program.is_owned(primal.method.value):
            return self._returned(primal.method.value, type_)
        element = _element(type_)
        if element is None:
            return None
        try:
            return apply(self._library.declarations.named(WRAPPERS[function]), [element, type_])
        except ParametricError:
            return None

    def _returned(self, method: JuliaMethod, own: Term) -> Term | None:
        """What a short method of the project gives back, where its last call is a constructor of its own."""
        body = self._bodies.get(id(method))
        if body is None:
            return None
        return self.of(body.calls[0].expr, method.module, dict.fromkeys(method.names, own))

    @cached_property
    def _bodies(self) -> dict[int, Body]:
        """The first body of each method that calls something, by the method's identity."""
        return {id(body.method): body for body in reversed(self._program.bodies) if body.calls}

    def is_own(self, term: Term) -> bool:
        """Whether a type, or one that it holds, is the project's."""
        inner = unwrap(term)
        if type(inner) is not DataType:
            return False
        return self._methods.owns(inner.constructor.name) or any(
            self.is_own(p) for p in inner.parameters if isinstance(p, DataType)
        )


def wrapper_parts(type_: Term) -> tuple[str, Term] | None:
    """A lazy wrapper's name, and what it wraps."""
    if type(type_) is DataType and type_.constructor.name in FLIPS and len(type_.parameters) == 2:
        return type_.constructor.name, type_.parameters[1]
    return None


def _element(type_: Term) -> Term | None:
    """The element type of an array type."""
    above: DataType | None = type_ if type(type_) is DataType else None
    while above is not None:
        if above.constructor.name == "AbstractArray":
            return above.parameters[0]
        above = above.above
    return None
