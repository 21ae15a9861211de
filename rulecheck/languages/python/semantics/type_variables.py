"""Type variables: what `def first(xs: list[T]) -> T` gives for the arguments of one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rulecheck.facts import Expr, Function, inside
from rulecheck.languages.python.semantics.evaluator import ShapeEvaluator
from rulecheck.languages.python.semantics.modules import Module
from rulecheck.languages.python.semantics.shapes import (
    MAPPINGS,
    NEVER,
    NONE_TYPE,
    SEQUENCES,
    Cls,
    Inst,
    Map,
    Shape,
    parts,
    unite,
)
from rulecheck.languages.python.syntax.scope import rewritten


class TypeVariables:
    """Puts what a call's arguments say of type variables into the annotation of its result."""

    def __init__(self, inference: ShapeEvaluator) -> None:
        self._infer = inference
        # The type variables in the result of each function; in their own module they stand as what makes them.
        self._used: dict[str, frozenset[Expr]] = {}

    def solved(self, function: Function, returns: Expr, module: Module, given: Mapping[str, Shape | None]) -> Expr:
        """The annotation of the result, with each type variable that the arguments decide replaced by its shape."""
        if returns[0] == "const" and type(returns[1]) is str:
            returns = self._infer.annotations.parsed(returns[1], module)
        # What an instance at hand decides is in the annotation already.
        plain = returns == function.returns
        used = self._used.get(function.name) if plain else None
        if used is None:
            used = frozenset(self._variables(returns, module))
            if plain:
                self._used[function.name] = used
        if not used:
            return returns
        pairs = [(p.annotation, given.get(p.name)) for p in function.parameters if p.kind in ("positional", "keyword")]
        found = self._matched([(a, s) for a, s in pairs if a is not None and s is not None], module, used)
        solved = {variable: ("known", unite(shapes)) for variable, shapes in found.items() if shapes}
        return rewritten(returns, {"name": solved.get, "call": solved.get})

    def matched(self, pairs: Iterable[tuple[Expr, Shape]], module: Module) -> dict[str, Shape | None]:
        """What arguments say of the type variables in the annotations of their parameters, by the variables' names."""
        known = list(pairs)
        used = {variable for annotation, _ in known for variable in self._variables(annotation, module)}
        found = self._matched(known, module, used)
        return {self.name(variable, module) or "": unite(shapes) for variable, shapes in found.items() if shapes}

    def _matched(
        self, pairs: Iterable[tuple[Expr, Shape]], module: Module, used: Iterable[Expr]
    ) -> dict[Expr, list[Shape]]:
        found: dict[Expr, list[Shape]] = {variable: [] for variable in used}
        for annotation, shape in pairs:
            self._match(annotation, shape, module, found)
        return found

    def names(self, expr: Expr, module: Module) -> list[str]:
        """The names of the type variables in a type expression, in their order."""
        return [name for each in self._variables(expr, module) if (name := self.name(each, module)) is not None]

    def name(self, expr: Expr, module: Module) -> str | None:
        """The name of a type variable, as those who make one call it; None for anything else."""
        if expr[0] == "name" and self._is_variable(expr, module):
            meaning = self._infer.names.meaning(module, expr[1], deep=True)
            return self.name(meaning.expr, module) if meaning is not None else str(expr[1])
        made = _makes_variable(expr) and expr[2] and expr[2][0][0] == "const"
        return str(expr[2][0][1]) if made else None

    def _variables(self, expr: Expr, module: Module) -> list[Expr]:
        """The parts of a type expression that are type variables, in their order."""
        if self._is_variable(expr, module):
            return [expr]
        if expr[0] in ("name", "const", "call"):
            return []
        return [variable for part in inside(expr) for variable in self._variables(part, module)]

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
        if shape == NEVER:
            return
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
        elif base in ("typing.Callable", "collections.abc.Callable") and index[0] == "tuple" and len(index[1]) == 2:
            inner, index = self._infer.calling.apply(shape, [], {}), index[1][1]
        elif isinstance(shape, Inst) and base == shape.of:
            each = index[1] if index[0] == "tuple" else (index,)
            for part, (_, given) in zip(each, shape.given, strict=False):
                if given is not None:
                    self._match(part, given, module, found)
        elif base in MAPPINGS and isinstance(shape, Map) and index[0] == "tuple" and len(index[1]) == 2:
            inner, index = shape.value, index[1][1]
        if inner is not None:
            self._match(index, inner, module, found)


def _makes_variable(expr: Expr) -> bool:
    return bool(expr[0] == "call" and expr[1][0] == "name" and expr[1][1].rpartition(".")[2] == "TypeVar")
