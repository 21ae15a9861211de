"""Classes with type variables: what `Holder[Circulant]` says of the attributes and methods of a `Holder[T]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rulecheck.facts import Expr, Function
from rulecheck.languages.python.semantics.evaluator import Context, ShapeEvaluator
from rulecheck.languages.python.semantics.modules import Module
from rulecheck.languages.python.semantics.shapes import NONE_TYPE, Inst, Shape, class_of
from rulecheck.languages.python.semantics.type_variables import TypeVariables
from rulecheck.languages.python.syntax.scope import rewritten

_DECLARING = frozenset(f"{m}.{n}" for m in ("typing", "typing_extensions") for n in ("Generic", "Protocol"))
Bindings = Mapping[str, Shape | None]


class Generics:
    """What the type variables of classes stand for, instance by instance."""

    def __init__(self, inference: ShapeEvaluator, variables: TypeVariables) -> None:
        self._infer = inference
        self._variables = variables
        self._parameters: dict[str, tuple[str, ...]] = {}
        self._concerned: dict[str, bool] = {}
        self._bindings: dict[tuple[Shape, str], Bindings] = {}

    def parameters(self, name: str) -> tuple[str, ...]:
        """The type variables of a class, in the order in which a subscript gives them."""
        known = self._parameters.get(name)
        if known is None:
            self._parameters[name] = ()
            known = self._parameters[name] = tuple(dict.fromkeys(self._declared(name)))
        return known

    def _declared(self, name: str) -> list[str]:
        types, variables = self._infer.types, self._variables
        where = types.split(name) if types.type(name) is not None else None
        found: list[str] = []
        for base in where[0].classes[where[1]].bases if where is not None else ():
            if where is not None and base[0] == "item":
                inside = variables.names(base[2], where[0])
                if types.base_name(where[0], base[1]) in _DECLARING:
                    return inside
                found += inside
        return found

    def instance(self, name: str, given: Sequence[Shape | None]) -> Shape:
        """An instance of a class whose type variables are given; the plain class where nothing is known of them."""
        pairs = tuple(zip(self.parameters(name), given, strict=False))
        return Inst(name, pairs) if any(shape is not None for _, shape in pairs) else name

    def bindings(self, shape: Shape, holder: str) -> Bindings:
        """What the variables of a class stand for in an instance of it, or of a class below."""
        key = (shape, holder)
        if key not in self._bindings:
            self._bindings[key] = {}
            self._bindings[key] = self._found(shape, holder)
        return self._bindings[key]

    def _found(self, shape: Shape, holder: str) -> Bindings:
        types = self._infer.types
        owner = class_of(shape)
        given = dict(shape.given) if isinstance(shape, Inst) else {}
        where = types.split(owner) if owner is not None and owner != holder else None
        if where is None or where[1] not in where[0].classes:
            return given
        for base in where[0].classes[where[1]].bases:
            name = types.base_name(where[0], base[1] if base[0] == "item" else base)
            if name is not None and types.is_subtype(name, holder):
                index = self._put_in(base[2], given, where[0]) if base[0] == "item" else ("tuple", ())
                return self.bindings(self._infer.annotations.instance_of(name, index, where[0]), holder)
        return {}

    def bound(self, annotation: Expr, context: Context) -> Expr:
        """An annotation in a class, with what the type variables of the class stand for in the instance at hand."""
        owner, own = context.owner, context.self_shape
        if owner is None or own is None or not self._concerns(class_of(own) or owner):
            return annotation
        if annotation[0] == "const" and type(annotation[1]) is str:
            annotation = self._infer.annotations.parsed(annotation[1], context.module)
        return self._put_in(annotation, self.bindings(own, owner), context.module)

    def _concerns(self, name: str) -> bool:
        """Whether a class or one above it has type variables."""
        known = self._concerned.get(name)
        if known is None:
            known = self._concerned[name] = any(map(self.parameters, self._infer.types.mro(name)))
        return known

    def _put_in(self, annotation: Expr, given: Bindings, module: Module) -> Expr:
        if not any(shape is not None for shape in given.values()):
            return annotation
        name_of = self._variables.name

        def rule(expr: Expr) -> Expr | None:
            shape = given.get(name_of(expr, module) or "")
            return ("known", shape) if shape is not None else None

        return rewritten(annotation, {"name": rule, "call": rule})

    def constructed(self, name: str, arguments: Sequence[Shape | None], keywords: Mapping[str, Shape | None]) -> Shape:
        """The instance that a call of a class makes, by what its constructor is given."""
        wanted = self.parameters(name)
        where = self._infer.types.split(name) if wanted else None
        if where is None:
            return name
        annotations = self._taken(name, where[0].classes[where[1]].declared)
        given = {**dict(zip(annotations, arguments, strict=False)), **keywords}
        pairs = [(annotations[n], s) for n, s in given.items() if n in annotations and s is not None]
        found = self._variables.matched(pairs, where[0])
        # Who begins with None means to put something else there.
        said = {variable: shape for variable, shape in found.items() if shape != NONE_TYPE}
        return self.instance(name, [said.get(variable) for variable in wanted])

    def _taken(self, name: str, declared: Mapping[str, Expr]) -> dict[str, Expr]:
        """The annotations of what a class's own constructor takes, in its order: those of its fields if it has none."""
        found = self._infer.types.find(name, "__init__")
        if found is None or found[0] == "builtins.object":
            return {field: expr[1] for field, expr in declared.items() if expr[0] == "ann"}
        if found[0] != name or not isinstance(found[1], Function):
            return {}
        own = [p for p in found[1].parameters[1:] if p.kind in ("positional", "keyword")]
        return {p.name: p.annotation if p.annotation is not None else ("const", None) for p in own}
