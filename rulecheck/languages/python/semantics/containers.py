"""What containers hold: items, elements, parts, and what is put in later."""

from __future__ import annotations

from rulecheck.facts import Expr
from rulecheck.languages.python.semantics import arrays
from rulecheck.languages.python.semantics.evaluator import Context, ShapeEvaluator
from rulecheck.languages.python.semantics.shapes import (
    AWAITABLE,
    AWAITABLES,
    DICT,
    LIST,
    NEVER,
    SET,
    STR,
    TUPLE,
    Cls,
    Fun,
    Map,
    Mod,
    Seq,
    Shape,
    Super,
    Tup,
    Union,
    class_of,
    is_array,
    parts,
    unite,
    usable,
)


class Containers:
    """Evaluates displays, subscripts and iteration."""

    def __init__(self, inference: ShapeEvaluator) -> None:
        self._infer = inference

    def of_item(self, expr: Expr, context: Context) -> Shape | None:
        base = self._infer.shape(expr[1], context)
        return self.item(base, expr[2], context)

    def item(self, base: Shape | None, index: Expr, context: Context) -> Shape | None:
        """The shape of `base[index]`."""
        if base is None:
            return None
        if isinstance(base, Union):
            return unite(self.item(m, index, context) for m in usable(base))
        if isinstance(base, Tup):
            if index[0] == "const" and type(index[1]) is int:
                inside = -len(base.items) <= index[1] < len(base.items)
                return base.items[index[1]] if inside else None
            return Seq(TUPLE, unite(base.items)) if index == ("slice",) else unite(base.items)
        if isinstance(base, Seq):
            if base.wrapper in (SET, "builtins.frozenset"):
                return None
            return base if index == ("slice",) and base.wrapper in (LIST, TUPLE) else self._one(base.element, index)
        if isinstance(base, Map):
            return base.value
        if isinstance(base, Cls):
            owner = class_of(base.of)
            if owner is None:
                return None
            return Cls(self._infer.annotations.instance_of(owner, index, context.module, context.self_shape))
        if is_array(base):
            return arrays.indexed(base, index, lambda e: self._infer.shape(e, context))
        if base == STR:
            return STR
        owner = class_of(base)
        if owner is not None and self._infer.types.is_subtype(owner, "typing.NamedTuple"):
            return self._of_named_tuple(owner, base, index)
        found = (
            self._infer.attribute(base, "__getitem__")
            if owner is not None and not owner.startswith("builtins.")
            else None
        )
        return self._infer.calling.apply(found, [self._infer.shape(index, context)], {}) if found is not None else None

    def part(self, base: Shape | None, position: int) -> Shape | None:
        """What unpacking a value into names gives one of them: an item of a tuple, else what iterating yields."""
        if isinstance(base, Union):
            return unite(self.part(m, position) for m in usable(base))
        if isinstance(base, Tup):
            return base.items[position] if -len(base.items) <= position < len(base.items) else None
        owner = class_of(base)
        if owner is not None and base is not None and self._infer.types.is_subtype(owner, "typing.NamedTuple"):
            return self._of_named_tuple(owner, base, ("const", position))
        return self.element(base)

    def _of_named_tuple(self, owner: str, base: Shape, index: Expr) -> Shape | None:
        """A field by its position."""
        definition = self._infer.types.type(owner)
        names = list(definition.fields) if definition is not None else []
        if index[0] != "const" or type(index[1]) is not int or not -len(names) <= index[1] < len(names):
            return None
        return self._infer.attribute(base, names[index[1]])

    @staticmethod
    def _one(element: Shape | None, index: Expr) -> Shape | None:
        """An element, where the index is not a slice in disguise."""
        return element if index != ("slice",) else None

    def element(self, base: Shape | None) -> Shape | None:
        """What iterating over a value yields."""
        if isinstance(base, Union):
            return unite(self.element(m) for m in usable(base))
        if isinstance(base, Seq):
            return base.element
        if isinstance(base, Tup):
            return unite(base.items)
        if isinstance(base, Map):
            return base.key
        if base is None or isinstance(base, Cls | Fun | Mod | Super):
            return None
        if is_array(base):
            return arrays.row(base)
        if base == STR:
            return STR
        found = self._infer.attribute(base, "__iter__")
        given = self._infer.calling.apply(found, [], {}) if found is not None else None
        if isinstance(given, Seq):
            return given.element
        if given is None or given == base:
            return None
        step = self._infer.attribute(given, "__next__")
        return self._infer.calling.apply(step, [], {}) if step is not None else None

    def of_tuple(self, expr: Expr, context: Context) -> Shape | None:
        if any(e[0] == "star" for e in expr[1]):
            return Seq(TUPLE, None)
        items = tuple(self._infer.shape(e, context) for e in expr[1])
        return NEVER if NEVER in items else Tup(items)  # what never comes is in no tuple

    def of_display(self, wrapper: str, expr: Expr, context: Context) -> Shape | None:
        """A list or set."""
        items = [self._infer.shape(e, context) for e in expr[1]]
        return NEVER if NEVER in items else Seq(wrapper, unite(items))

    def of_each(self, expr: Expr, context: Context) -> Shape | None:
        wrapper = {"list": LIST, "set": SET}.get(expr[2], "types.GeneratorType")
        return Seq(wrapper, self._infer.shape(expr[1], context))

    def of_await(self, expr: Expr, context: Context) -> Shape | None:
        """What an `await` gives."""
        return self.awaited(self._infer.shape(expr[1], context))

    @staticmethod
    def awaited(value: Shape | None) -> Shape | None:
        """What waiting for a value gives."""
        each = parts(value) if value is not None else (None,)
        return unite(m.element if isinstance(m, Seq) and m.wrapper in AWAITABLES else None for m in each)

    def of_awaitable(self, expr: Expr, context: Context) -> Shape | None:
        """What is to be waited for."""
        value = self._infer.shape(expr[1], context)
        return NEVER if value == NEVER else Seq(AWAITABLE, value)

    def of_map(self, expr: Expr, context: Context) -> Shape | None:
        keys = unite(self._infer.shape(e, context) for e in expr[1])
        return Map(DICT, keys, unite(self._infer.shape(e, context) for e in expr[2]))

    def of_grown(self, expr: Expr, context: Context) -> Shape | None:
        """A container with one more value in it."""
        _, held, value, key = expr
        base = self._infer.shape(held, context)
        given = self._infer.shape(value, context)
        name = self._infer.shape(key, context) if key is not None else None
        return unite(self._with(m, given, name) for m in parts(base)) if base is not None else None

    @staticmethod
    def _with(base: Shape, value: Shape | None, key: Shape | None) -> Shape | None:
        if isinstance(base, Seq):
            return Seq(base.wrapper, unite((base.element, value)))
        return Map(base.wrapper, unite((base.key, key)), unite((base.value, value))) if isinstance(base, Map) else None
