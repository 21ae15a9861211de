"""Of which type a value is: symbols evaluated over the whole program, on demand. What cannot be known is None."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from rulecheck.facts import NDARRAY, OBJECT, UNKNOWN, Attribute, Expr, Function, Generic
from rulecheck.languages.python.semantics import arrays
from rulecheck.languages.python.semantics.annotations import Annotations
from rulecheck.languages.python.semantics.callables import Calling
from rulecheck.languages.python.semantics.containers import Containers
from rulecheck.languages.python.semantics.evaluator import Context
from rulecheck.languages.python.semantics.generics import Generics
from rulecheck.languages.python.semantics.modules import Module
from rulecheck.languages.python.semantics.name_resolution import Meaning, NameResolution
from rulecheck.languages.python.semantics.operations import Operations
from rulecheck.languages.python.semantics.refusals import Refusals
from rulecheck.languages.python.semantics.shapes import (
    LIST,
    NEVER,
    NONE_TYPE,
    NUMBERS,
    SET,
    STR,
    Cls,
    Fun,
    Giving,
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
from rulecheck.languages.python.semantics.type_variables import TypeVariables
from rulecheck.languages.python.semantics.types import Types

DEEPEST = 60
_CONSTANTS = {int: "builtins.int", float: "builtins.float", str: STR, bool: "builtins.bool", type(None): NONE_TYPE}
_ROUNDS = 4
PASSED = frozenset(("unknown", "slice", "star", "known"))
"""The forms of expressions that are no values, or of which nothing is known; all others have a handler."""
_CALLED = frozenset(("operator", "math", "builtins", "itertools", "asyncio"))
Qualified = frozenset[str]


class Inference:
    """Evaluates expressions to shapes."""

    def __init__(
        self, names: NameResolution, types: Types, annotations: Annotations, appliers: Qualified, handing_on: Qualified
    ) -> None:
        self.names = names
        self.types = types
        self.annotations = annotations
        self._appliers = {self._absolute(name) for name in appliers}
        self.operations = Operations(self, handing_on)
        self.containers = Containers(self)
        self.element = self.containers.element
        variables = TypeVariables(self)
        self.generics = Generics(self, variables)
        self.calling = Calling(self, variables, self.generics)
        self.refusals = Refusals(self, self.calling)
        annotations.standing = self.standing
        annotations.instance = self.generics.instance
        # The classes below a class; whoever knows all files says so.
        self.heirs: Callable[[str], Sequence[str]] = lambda name: ()
        self._standing: dict[str, str | None] = {}
        self._values: dict[tuple[str, str], Shape | None] = {}
        self._fields: dict[tuple[str, str, Shape], Shape | None] = {}
        # Class attributes whose values are being looked at: `f = wrapped(f)` asks for itself.
        self._assigning: set[tuple[str, str]] = set()
        self._handlers = self._handlers_by_kind()

    def _handlers_by_kind(self) -> dict[str, Callable[[Expr, Context], Shape | None]]:
        """What gives the shape of each kind of expression."""
        return {
            "name": self._name,
            "param": lambda e, c: c.env.get(e[1]),
            "call": lambda e, c: self.calling.call(e, c),
            "op": self._op,
            "attr": self._attr,
            "stored": self._stored,
            "item": self.containers.of_item,
            "part": lambda e, c: self.containers.part(self.shape(e[1], c), e[2]),
            "elem": lambda e, c: self.element(self.shape(e[1], c)),
            "union": lambda e, c: unite(self.shape(x, c) for x in e[1]),
            "narrow": self._narrow,
            "exclude": self._exclude,
            "free": lambda e, c: self.annotated(e[2], c) if e[2] is not None else None,
            "ann": lambda e, c: self.annotated(e[1], c),
            "const": lambda e, c: _CONSTANTS.get(type(e[1])) if e[1] != "..." else None,
            "tuple": self.containers.of_tuple,
            "list": lambda e, c: self.containers.of_display(LIST, e, c),
            "set": lambda e, c: self.containers.of_display(SET, e, c),
            "each": self.containers.of_each,
            "await": self.containers.of_await,
            "awaitable": self.containers.of_awaitable,
            "map": self.containers.of_map,
            "loop": self._loop,
            "carried": lambda e, c: c.carried.get(e[1]),
            "lambda": self._lambda,
            "handed": self._handed,
            "nothing": lambda e, c: NEVER,
            "grown": self.containers.of_grown,
            "when": lambda e, c: self.shape(e[2], c),
        }

    def shape(self, expr: Expr, context: Context) -> Shape | None:
        """The shape of an expression's value."""
        handler = self._handlers.get(expr[0])
        if handler is None or context.depth > DEEPEST:
            return None
        key = id(expr)
        if not context.carried:
            known = context.memo.get(key)
            if known is not None:
                return known[1]
        context.depth += 1
        try:
            found = handler(expr, context)
        finally:
            context.depth -= 1
        if not context.carried:
            context.memo[key] = (expr, found)
        return found

    def annotated(self, annotation: Expr, context: Context) -> Shape | None:
        """What an annotation of a function or class says, type variables of the class put in."""
        return self.annotations.shape(self.generics.bound(annotation, context), context.module, context.self_shape)

    def _name(self, expr: Expr, context: Context) -> Shape | None:
        meaning = self.names.meaning(context.module, expr[1], deep=self._worth(context.module, expr[1]))
        return self.of_meaning(meaning) if meaning is not None else None

    def _worth(self, module: Module, dotted: str) -> bool:
        """Whether to read an installed package for a name: always, but for the ones whose shapes are built in."""
        return True

    def of_meaning(self, meaning: Meaning) -> Shape | None:
        """The shape of what a name stands for."""
        shape: Shape | None
        rest = meaning.rest
        if meaning.kind == "class":
            name = self.standing(f"{meaning.module}.{meaning.name}")
            shape = Cls(name) if name is not None else None
        elif meaning.kind == "function":
            shape = self._defined(meaning)
        elif meaning.kind == "module":
            return Mod(meaning.module)
        elif meaning.kind == "value":
            shape = self._variable(meaning)
        elif meaning.kind == "builtin":
            shape = _builtin(meaning.name)
        elif meaning.qualified in arrays.FUNCTIONS:
            return Fun(meaning.qualified)
        else:
            name = self.types.class_of(meaning)
            if name is not None and self.types.type(name) is not None:
                return Cls(name)
            if meaning.module == "numpy":
                constant = arrays.CONSTANTS.get(meaning.qualified)
                return constant if constant is not None else Fun(meaning.qualified)
            return Fun(meaning.qualified) if meaning.module in _CALLED else None
        for name in rest:
            shape = self.attribute(shape, name)
        return shape

    def standing(self, name: str) -> str | None:
        """The class that the name of a class stands for: its own, unless a decorator is seen to give something else."""
        if name not in self._standing:
            self._standing[name] = name
            definition = self.types.type(name)
            where = self.types.split(name)
            shape: Shape | None = Cls(name)
            if definition is not None and where is not None:
                for decorator in reversed(definition.decorators):
                    function = self.shape(decorator, Context(where[0], {}))
                    given = self.calling.apply(function, [shape], {})
                    shape = given if given is not None else shape
            self._standing[name] = class_of(shape.of) if isinstance(shape, Cls) else None
        return self._standing[name]

    def _defined(self, meaning: Meaning) -> Shape | None:
        module = self.names.modules.loaded(meaning.module)
        if module is not None and meaning.name in module.raw.names:
            return None  # a variable of the same name: which of the two is meant depends on when
        owner, _, last = meaning.name.rpartition(".")
        if module is not None and owner in module.classes:
            return self.attribute(Cls(f"{meaning.module}.{owner}"), last)
        return Fun(f"{meaning.module}.{meaning.name}")

    def _variable(self, meaning: Meaning) -> Shape | None:
        key = (meaning.module, meaning.name)
        if key not in self._values:
            self._values[key] = None
            module = self.names.modules.loaded(meaning.module)
            if module is not None:
                self._values[key] = self.shape(meaning.expr, Context(module, {}))
        return self._values[key]

    def _op(self, expr: Expr, context: Context) -> Shape | None:
        operands = [self.shape(e, context) for e in expr[2]]
        return self.operations.apply(expr[1], operands)

    def _attr(self, expr: Expr, context: Context) -> Shape | None:
        found = self.attribute(self.shape(expr[1], context), expr[2])
        if isinstance(found, Fun) and expr[1][0] == "call" and isinstance(self.shape(expr[1][1], context), Cls):
            return replace(found, final=True)  # of an object that was just made its class is known
        return found

    def _stored(self, expr: Expr, context: Context) -> Shape | None:
        """An attribute that was given a value just before: that, unless a property or `__setattr__` stands between."""
        _, (_, base_expr, name), value = expr
        base = self.shape(base_expr, context)
        plain = base is not None and all(self._is_plain(m, name) for m in parts(base))
        given = self.shape(value, context) if plain else None
        return given if given is not None else self.attribute(base, name)

    def _is_plain(self, shape: Shape, name: str) -> bool:
        owner = class_of(shape)
        if owner is None or self.open(shape):
            return False
        found = self.types.find(owner, name)
        if found is not None and (isinstance(found[1], Function) or self._described(found[0], found[1]) is not None):
            return False
        return self._keeps(owner)

    def _described(self, holder: str, member: Attribute) -> Shape | None:
        """The object of a class body that stands between an attribute and who reads it, if it is one."""
        value = self._class_value(holder, member.name, member, member.value, None)
        kind = class_of(value) if isinstance(value, str | Generic) else None
        return value if kind is not None and self.types.lookup(kind, "__get__") is not None else None

    def _keeps(self, owner: str) -> bool:
        """Whether objects of a class keep what their attributes are given, as it is."""
        found = self.types.find(owner, "__setattr__")
        if found is None or found[0] == OBJECT:
            return True
        setter = found[1]
        if not isinstance(setter, Function) or not setter.parameters:
            return False
        value = ("param", setter.parameters[-1].name)
        function = self.types.function(setter.name)
        calls = function.calls if function is not None else ()
        return any(
            c.expr[0] == "call" and c.expr[1][-1][-11:] == "__setattr__" and c.expr[2][-1:] == (value,) for c in calls
        )

    def attribute(self, base: Shape | None, name: str) -> Shape | None:
        """The shape of `base.name`."""
        if base is None:
            return None
        if isinstance(base, Union):
            return unite(self.attribute(m, name) for m in (parts(base) if name[:2] == "__" else usable(base)))
        if isinstance(base, Mod):
            meaning = self.names.absolute(f"{base.name}.{name}")
            return self.of_meaning(meaning) if meaning is not None else None
        if isinstance(base, Cls):
            return self._of_class(base, name)
        if isinstance(base, Super):
            return self._of_super(base, name)
        if isinstance(base, Fun):
            return None
        if name == "__class__":
            return Cls(base)
        if is_array(base):
            return arrays.attribute(base, name)
        owner = class_of(base)
        return self._of_instance(owner, base, name) if owner is not None else None

    def _of_instance(self, owner: str, receiver: Shape, name: str) -> Shape | None:
        found = self.types.find(owner, name)
        if found is None:
            if isinstance(receiver, Seq | Map | Tup) or owner.startswith(("builtins.", "numpy.random")):
                return Fun(f"{owner}.{name}", receiver)
            return self._field(owner, receiver, name)
        holder, member = found
        if isinstance(member, Function):
            return self._bound(member, receiver)
        between = self._described(holder, member)
        if between is not None:
            return self.calling.apply(self.attribute(between, "__get__"), [receiver, Cls(receiver)], {})
        declared = self._field(owner, receiver, name)
        return declared if declared is not None else self._assigned(holder, member, receiver)

    def _bound(self, member: Function, receiver: Shape) -> Shape | None:
        kinds = {d[1].rpartition(".")[2] for d in member.decorators if d[0] == "name"}
        if kinds & {"property", "cached_property", "lazy_property", "abstractproperty"}:
            if not kinds <= {"property", "cached_property", "abstractmethod", "abstractproperty", "override", "final"}:
                return None
            return self.calling.called(Fun(member.name, receiver), member, [receiver], {})
        if "staticmethod" in kinds:
            return Fun(member.name)
        if "classmethod" in kinds:
            return Fun(member.name, receiver if isinstance(receiver, Cls) else Cls(receiver))
        return Fun(member.name, receiver)

    def _assigned(self, holder: str, member: Attribute, receiver: Shape) -> Shape | None:
        """An attribute of the class body: `__rmatmul__ = __matmul__` is a method like any other."""
        shape = self._class_value(holder, member.name, member, member.value, None)
        if isinstance(shape, Fun) and shape.receiver is None:
            function = self.types.signature(shape.name)
            return self._bound(function, receiver) if function is not None else None
        return shape

    def _field(self, owner: str, receiver: Shape, name: str) -> Shape | None:
        key = (owner, name, receiver)
        if key not in self._fields:
            self._fields[key] = None
            self._fields[key] = self._search_field(owner, receiver, name) if self._keeps(owner) else None
        return self._fields[key]

    def _search_field(self, owner: str, receiver: Shape, name: str) -> Shape | None:
        for holder in self.types.mro(owner):
            definition = self.types.type(holder)
            if definition is None:
                return None  # what is not read may give the field another value
            expr = definition.fields.get(name)
            if expr is not None:
                where = self.types.split(holder)
                if where is None:
                    return None
                return self.shape(expr, Context(where[0], _Selves(receiver), receiver, holder))
        return None

    def _of_class(self, base: Cls, name: str) -> Shape | None:
        owner = class_of(base.of)
        if owner is None:
            return None
        if name in ("__name__", "__qualname__", "__module__"):
            return STR
        found = self.types.find(owner, name)
        if found is None:
            return Fun(f"{owner}.{name}") if owner.startswith(("builtins.", "numpy.")) else None
        holder, member = found
        if isinstance(member, Function):
            kinds = {d[1].rpartition(".")[2] for d in member.decorators if d[0] == "name"}
            return Fun(member.name, base if "classmethod" in kinds else None)
        definition = self.types.type(holder)
        declared = definition.fields.get(name) if definition is not None else None
        return self._class_value(holder, name, member, declared if declared is not None else member.value, base.of)

    def _class_value(self, holder: str, name: str, member: Attribute, expr: Expr, of: Shape | None) -> Shape | None:
        """What the body of a class gives a name."""
        where = self.types.split(holder)
        key = (holder, name)
        if where is None or not member.certain or key in self._assigning:
            return None
        self._assigning.add(key)
        try:
            return self.shape(expr, Context(where[0], {}, of))
        finally:
            self._assigning.discard(key)

    def _of_super(self, base: Super, name: str) -> Shape | None:
        start = class_of(base.receiver.of if isinstance(base.receiver, Cls) else base.receiver)
        line = self.types.mro(start) if start is not None else ()
        if base.owner not in line:
            return None
        for holder in line[line.index(base.owner) + 1 :]:
            definition = self.types.type(holder)
            if definition is None:
                return None
            member = definition.methods.get(name)
            if member is not None:
                found = self._bound(member, base.receiver)
                return replace(found, final=True) if isinstance(found, Fun) else found
            if name in definition.attributes:
                return None
        return None

    def _absolute(self, name: str) -> str:
        meaning = self.names.absolute(name, deep=True)
        return meaning.qualified if meaning is not None else name

    def _handed(self, expr: Expr, context: Context) -> Shape | None:
        """A parameter of a lambda, where what the lambda is given to is known to apply it to its other arguments."""
        _, callee, value = expr
        return self.shape(value, context) if self.applies(callee, context.module) else None

    def applies(self, callee: Expr, module: Module) -> bool:
        """Whether a function calls its first argument with the others."""
        meaning = self.names.meaning(module, callee[1]) if callee[0] == "name" else None
        return meaning is not None and meaning.qualified in self._appliers

    def _lambda(self, expr: Expr, context: Context) -> Shape | None:
        result = self.shape(expr[1], context)
        return Giving(result) if result is not None else None

    def _loop(self, expr: Expr, context: Context) -> Shape | None:
        """A variable that each round of a loop makes from its last value: round by round until nothing new comes."""
        _, number, first, step = expr
        value = self.shape(first, context)
        for _ in range(_ROUNDS):
            if value is None:
                return None
            inner = Context(context.module, context.env, context.self_shape, context.owner)
            inner.depth = context.depth
            inner.carried = {**context.carried, number: value}
            wider = unite((value, self.shape(step, inner)))
            if wider == value:
                return value
            value = wider
        return None

    def _narrow(self, expr: Expr, context: Context) -> Shape | None:
        base = self.shape(expr[1], context)
        kind = self.annotations.shape(expr[2], context.module, context.self_shape)
        if kind is None:
            return base
        if base is None:
            return kind
        kept = [m for m in parts(base) if self.is_a(m, kind)]
        finer = [k for k in parts(kind) if any(self.is_a(k, m) and m not in kept for m in parts(base))]
        if kept or finer:
            return unite([*kept, *finer])
        return kind if any(self.open(m) for m in parts(base)) or not self.disjoint(base, kind) else NEVER

    def _exclude(self, expr: Expr, context: Context) -> Shape | None:
        base = self.shape(expr[1], context)
        kind = self.annotations.shape(expr[2], context.module, context.self_shape)
        if base is None or kind is None:
            return base
        return unite(m for m in parts(base) if not self.is_a(m, kind))

    def is_a(self, shape: Shape, kind: Shape) -> bool:
        """Whether every value of a shape is an instance of a kind."""
        return any(self._is_one(shape, k) for k in parts(kind))

    def _is_one(self, shape: Shape, kind: Shape) -> bool:
        name, wanted = class_of(shape), class_of(kind)
        if shape == kind:
            return True
        if name is None or wanted is None or (isinstance(kind, Generic) and kind.wrapper != NDARRAY):
            return False
        if isinstance(kind, Generic):
            return False
        if wanted.startswith("numbers."):
            return name in NUMBERS and (name != "builtins.complex" or wanted in ("numbers.Number", "numbers.Complex"))
        return self.types.is_subtype(name, wanted)

    def open(self, shape: Shape) -> bool:
        """Whether the classes above an instance's class are not all known."""
        name = class_of(shape)
        definition = self.types.type(name) if name is not None else None
        return definition is None or not definition.complete

    def disjoint(self, a: Shape, b: Shape) -> bool:
        """Whether no value is of both shapes: builtin types and arrays on one side, unrelated to the other."""
        return all(self._apart(x, y) for x in parts(a) for y in parts(b))

    def _apart(self, a: Shape, b: Shape) -> bool:
        x, y = class_of(a), class_of(b)
        if x is None or y is None or self.types.is_subtype(x, y) or self.types.is_subtype(y, x):
            return False
        solid = [n for n in (x, y) if n == NDARRAY or n.startswith("builtins.")]
        if len(solid) == 2:
            return True
        if NDARRAY in solid and (x.startswith("numbers.") or y.startswith("numbers.")):
            return True
        abstract = any(n.startswith(("typing.", "collections.abc.", "numbers.")) for n in (x, y))
        # A class of the project derives from an array or builtin only if it says so, and may have such subclasses.
        return len(solid) == 1 and not abstract and not self.open(a) and not self.open(b)


class _Selves(dict[str, Any]):
    """The environment of a field: whatever its methods call their own instance, it is the receiver."""

    def __init__(self, receiver: Shape) -> None:
        super().__init__()
        self.receiver = receiver

    def get(self, key: str, default: Any = None) -> Any:
        return self.receiver


def _builtin(name: str) -> Shape | None:
    from rulecheck.languages.python.semantics.known_types import known_bases

    qualified = f"builtins.{name}"
    if name in ("True", "False", "__debug__"):
        return "builtins.bool"
    if name == "None":
        return NONE_TYPE
    if name == "NotImplemented":
        return "builtins.NotImplementedType"
    return Cls(qualified) if known_bases(qualified) is not None else Fun(qualified)


__all__ = ["UNKNOWN", "Context", "Inference"]
