"""Type variables: what `def first(xs: list[T]) -> T` gives for the arguments of one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rulecheck.facts import Expr, Function
from rulecheck.sources.link.modules import Module
from rulecheck.sources.link.shapes import MAPPINGS, NONE_TYPE, SEQUENCES, Cls, Map, Shape, parts, unite
from rulecheck.sources.python.scope import rewritten

if TYPE_CHECKING:
    from rulecheck.sources.link.infer import Inference


class Variables:
    """Puts what a call's arguments say of type variables into the annotation of its result."""

    def __init__(self, inference: Inference) -> None:
        self._infer = inference
        # The type variables in the result of each function; in their own module they stand as what makes them.
        self._used: dict[str, frozenset[Expr]] = {}

    def solved(self, function: Function, module: Module, given: Mapping[str, Shape | None]) -> Expr:
        """The annotation of the result, with each type variable that the arguments decide replaced by its shape."""
        returns: Expr = function.returns  # type: ignore[assignment]
        if returns[0] == "const" and type(returns[1]) is str:
            returns = self._infer.annotations.parsed(returns[1], module)
        used = self._used.get(function.name)
        if used is None:
            used = self._used[function.name] = frozenset(self._variables(returns, module))
        if not used:
            return returns
        found: dict[Expr, list[Shape]] = {variable: [] for variable in used}
        for parameter in function.parameters:
            shape = given.get(parameter.name)
            if parameter.annotation is not None and shape is not None and parameter.kind in ("positional", "keyword"):
                self._match(parameter.annotation, shape, module, found)
        solved = {variable: ("known", unite(shapes)) for variable, shapes in found.items() if shapes}
        return rewritten(returns, lambda e: solved.get(e) if e[0] in ("name", "call") else None)

    def _variables(self, expr: Expr, module: Module) -> set[Expr]:
        """The parts of a type expression that are type variables."""
        if self._is_variable(expr, module):
            return {expr}
        if expr[0] in ("name", "const", "call"):
            return set()
        inner = [p for p in expr if type(p) is tuple and p]
        each = [e for part in inner for e in (part if type(part[0]) is tuple else (part,))]
        return {variable for part in each for variable in self._variables(part, module)}

    def _is_variable(self, expr: Expr, module: Module) -> bool:
        if expr[0] == "name" and "." not in expr[1]:
            meaning = self._infer.names.meaning(module, expr[1], deep=True)
            # Without a meaning, it is named in the brackets of the definition.
            return meaning is None or (meaning.kind == "value" and _makes_variable(meaning.expr))
        return _makes_variable(expr)

    def _match(self, annotation: Expr, shape: Shape, module: Module, found: dict[Expr, list[Shape]]) -> None:
        """Note which shape an argument gives the variables in its parameter's annotation."""
        if annotation[0] == "const" and type(annotation[1]) is str:
            annotation = self._infer.annotations.parsed(annotation[1], module)
        if annotation in found:
            found[annotation].append(shape)
        elif annotation[0] == "op" and annotation[1] == "operator.or_":
            plain = unite(p for p in parts(shape) if p != NONE_TYPE)
            for side in annotation[2]:
                if plain is not None and side != ("const", None):
                    self._match(side, plain, module, found)
        elif annotation[0] == "item":
            self._match_inside(annotation, shape, module, found)

    def _match_inside(self, annotation: Expr, shape: Shape, module: Module, found: dict[Expr, list[Shape]]) -> None:
        base = self._infer.annotations.type_name(annotation[1], module)
        index = annotation[2]
        inner: Shape | None = None
        if base == "typing.Optional":
            inner = unite(p for p in parts(shape) if p != NONE_TYPE)
        elif base == "builtins.type" and isinstance(shape, Cls):
            inner = shape.of
        elif base in SEQUENCES:
            inner = self._infer.element(shape)
        elif base in MAPPINGS and isinstance(shape, Map) and index[0] == "tuple" and len(index[1]) == 2:
            inner, index = shape.value, index[1][1]
        if inner is not None:
            self._match(index, inner, module, found)


def _makes_variable(expr: Expr) -> bool:
    return bool(expr[0] == "call" and expr[1][0] == "name" and expr[1][1].rpartition(".")[2] == "TypeVar")
