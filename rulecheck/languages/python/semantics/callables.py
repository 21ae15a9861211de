"""What a call gives: a constructed instance, an annotated result, or what the body's returns come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rulecheck.facts import NDARRAY, OBJECT, UNKNOWN, Expr, Function
from rulecheck.languages.python.semantics import arrays, standard_library
from rulecheck.languages.python.semantics.evaluator import Context, ShapeEvaluator
from rulecheck.languages.python.semantics.generics import Generics
from rulecheck.languages.python.semantics.shapes import (
    CONTEXT,
    LIST,
    NEVER,
    TUPLE,
    Cls,
    Fun,
    Giving,
    Map,
    Mod,
    Partial,
    Seq,
    Shape,
    Super,
    Tup,
    Union,
    class_of,
    parts,
    unite,
)
from rulecheck.languages.python.semantics.type_variables import TypeVariables

NOT_IMPLEMENTED = "builtins.NotImplementedType"
# Decorators behind which a call still gives what the function gives.
TRANSPARENT = frozenset(
    ("property", "staticmethod", "classmethod", "abstractmethod", "override", "final", "cached_property", "cache")
    + ("lru_cache", "overload", "adjoint", "deprecated", "no_type_check", "abstractproperty", "primitive")
)
_SAME = frozenset(("cast", "copy", "deepcopy", "replace"))
_NESTING = 12
_PYTHONS = ("builtins.", "math.", "itertools.", "collections.", "typing.", "types.", "asyncio.", CONTEXT)

_CallKey = tuple[str, tuple[tuple[str, Shape | None], ...], Shape | None]
"""A function, its environment and the object that it is called on."""


class Calling:
    """Evaluates calls."""

    def __init__(self, inference: ShapeEvaluator, variables: TypeVariables, generics: Generics) -> None:
        self._infer = inference
        self.variables = variables
        self._generics = generics
        self._results: dict[_CallKey, Shape | None] = {}
        self._under_way: set[_CallKey] = set()
        self._nesting = 0
        # How often a recursion was cut short: what was found on the way is not the whole truth, and is not kept.
        self._cut = 0

    def call(self, expr: Expr, context: Context) -> Shape | None:
        """The shape of a ("call", callee, arguments, keywords)."""
        callee = expr[1]
        if callee[0] == "name" and callee[1] in ("super", "type", "len", "isinstance"):
            special = self._special(callee[1], expr, context)
            if special is not None:
                return special
        if callee[0] == "name" and expr[2] and callee[1].rpartition(".")[2] in _SAME:
            same = self._same(callee, expr[2], context)
            if same is not None:
                return same
        function = self._infer.shape(callee, context)
        if function is None:
            return None
        # What the literals are, where a function's result depends on it: np.zeros((n, m)), axis=None.
        literal = arrays.Literal(expr[2], dict(expr[3]), lambda e: self._infer.shape(e, context))
        if any(e[0] == "star" for e in expr[2]) or any(k == "**" for k, _ in expr[3]):
            return self._spread(function, context)
        arguments = [self._infer.shape(e, context) for e in expr[2]]
        keywords = {k: self._infer.shape(e, context) for k, e in expr[3]}
        return self.apply(function, arguments, keywords, literal)

    def _same(self, callee: Expr, arguments: tuple[Expr, ...], context: Context) -> Shape | None:
        """What `cast(T, x)` says, and `copy(x)` and its like give."""
        meaning = self._infer.names.meaning(context.module, callee[1], deep=True)
        name = meaning.qualified if meaning is not None else ""
        if name in ("typing.cast", "typing_extensions.cast"):
            return self._infer.annotations.shape(arguments[0], context.module, context.self_shape)
        copies = name in ("copy.copy", "copy.deepcopy", "dataclasses.replace")
        return self._infer.shape(arguments[0], context) if copies else None

    def _spread(self, function: Shape, context: Context) -> Shape | None:
        """A call with starred arguments: only what does not depend on them is said."""
        if isinstance(function, Cls):
            return self._constructed(function, [], {}, None)
        if isinstance(function, Fun):
            definition = self._infer.types.signature(function.name)
            if definition is not None and definition.returns is not None:
                return self.result(definition, [] if function.receiver is None else [function.receiver], {})
        return None

    def _special(self, name: str, expr: Expr, context: Context) -> Shape | None:
        if name == "super" and not expr[2] and context.owner is not None and context.self_shape is not None:
            return Super(context.owner, context.self_shape)
        if name == "type" and len(expr[2]) == 1:
            of = self._infer.shape(expr[2][0], context)
            if of is None or isinstance(of, Fun | Mod | Cls):
                return None
            return unite(Cls(m) for m in parts(of))
        return None

    def apply(
        self,
        function: Shape | None,
        arguments: Sequence[Shape | None],
        keywords: Mapping[str, Shape | None],
        literal: arrays.Literal | None = None,
    ) -> Shape | None:
        """What calling a function or class gives."""
        if function is None:
            return None
        if isinstance(function, Union):
            return unite(self.apply(m, arguments, keywords, literal) for m in parts(function))
        if isinstance(function, Cls):
            return self._constructed(function, arguments, keywords, literal)
        if isinstance(function, Fun):
            return self._called(function, arguments, keywords, literal)
        if isinstance(function, Partial):
            return self.apply(function.of, (*function.arguments, *arguments), {**dict(function.keywords), **keywords})
        if isinstance(function, Giving):
            return function.result
        if isinstance(function, Seq | Map | Tup | Super | Mod):
            return None
        owner = class_of(function)
        if owner is None or owner.startswith(("builtins.", "numpy.")):
            return None
        member = self._infer.attribute(function, "__call__")
        return self.apply(member, arguments, keywords, literal) if isinstance(member, Fun) else None

    def _constructed(
        self,
        function: Cls,
        arguments: Sequence[Shape | None],
        keywords: Mapping[str, Shape | None],
        literal: arrays.Literal | None,
    ) -> Shape | None:
        of = function.of
        owner = class_of(of)
        if owner is None:
            return None
        if owner.startswith(("builtins.", "collections.")):
            return standard_library.constructed(self._infer, owner, arguments)
        if owner == NDARRAY:
            return arrays.called("numpy.ndarray", arguments, literal)
        if owner == "functools.partial" and arguments and arguments[0] is not None:
            return Partial(arguments[0], tuple(arguments[1:]), tuple(keywords.items()))
        if owner.startswith(("typing.", "numbers.", "types.", "functools.")):
            return None
        types = self._infer.types
        made = types.find(owner, "__new__")
        definition = types.type(owner)
        if definition is None:
            return None
        if made is not None and made[0] != OBJECT:
            # A `__new__` may give anything: it is taken at its word, or not at all.
            member = made[1]
            if not isinstance(member, Function):
                return None
            return self.result(member, [function, *arguments], keywords)
        if definition.metaclass is not None and not definition.metaclass.startswith(("abc.", "enum.")):
            meta = types.find(definition.metaclass, "__call__")
            if meta is not None or types.type(definition.metaclass) is None:
                return None
        return self._generics.constructed(owner, arguments, keywords) if of == owner else of

    def _called(
        self,
        function: Fun,
        arguments: Sequence[Shape | None],
        keywords: Mapping[str, Shape | None],
        literal: arrays.Literal | None,
    ) -> Shape | None:
        name = function.name
        if name.startswith("numpy.") and self._infer.types.signature(name) is None:
            return arrays.called(name, arguments, literal, function.receiver)
        if name.startswith("operator."):
            return self._infer.operations.apply(name, list(arguments))
        if name == "builtins.object.__new__" and arguments and isinstance(arguments[0], Cls):
            return arguments[0].of
        if name.startswith(_PYTHONS):
            return standard_library.called(self._infer, name, function.receiver, arguments)
        definition = self._infer.types.signature(name)
        if definition is None:
            return None
        bound = arguments if function.receiver is None else [function.receiver, *arguments]
        return self.called(function, definition, bound, keywords)

    def called(
        self,
        function: Fun,
        definition: Function,
        arguments: Sequence[Shape | None],
        keywords: Mapping[str, Shape | None],
    ) -> Shape | None:
        """What a method gives, its receiver among the arguments: it, or what stands in its place in a subclass.

        An annotation binds subclasses as well; without one, their methods may give something else.
        """
        found = self.result(definition, arguments, keywords)
        owner = class_of(function.receiver)
        if found is None or owner is None or function.final or definition.returns is not None:
            return found
        name = definition.name.rpartition(".")[2]
        for heir in self._infer.heirs(owner):
            below = self._infer.types.type(heir)
            own = below.methods.get(name) if below is not None else None
            if below is not None and name in below.attributes:
                return None
            if own is not None and (own.results or not own.is_stub):  # one that only raises gives nothing
                found = unite((found, self.result(own, [heir, *arguments[1:]], keywords)))
        return found

    def result(
        self, function: Function, arguments: Sequence[Shape | None], keywords: Mapping[str, Shape | None]
    ) -> Shape | None:
        """What a function gives for these arguments: as annotated, else from its returns."""
        if [_last_name(d) for d in function.decorators] in (["contextmanager"], ["asynccontextmanager"]):
            given = self.result(replace(function, decorators=()), arguments, keywords)
            return Seq(CONTEXT, given.element) if isinstance(given, Seq) else None
        if any(_last_name(d) not in TRANSPARENT for d in function.decorators):
            return None
        env, self_shape = self._environment(function, arguments, keywords)
        context = self.context(function, env, self_shape)
        if context is None:
            return None
        if function.returns is not None:
            returns = self._generics.bound(function.returns, context)
            returns = self.variables.solved(function, returns, context.module, env)
            return self._infer.annotations.shape(returns, context.module, self_shape)
        if function.results == (UNKNOWN,) or not function.results:
            return None
        return self._returned(function, context, (function.name, tuple(env.items()), self_shape))

    def _returned(self, function: Function, context: Context, key: _CallKey) -> Shape | None:
        """What the returns of a function give, whose call the key tells from all others; answers are kept."""
        if key in self._results:
            return self._results[key]
        if key in self._under_way or self._nesting > _NESTING:
            self._cut += 1
            return None
        cut = self._cut
        self._under_way.add(key)
        self._nesting += 1
        try:
            if function.is_stub and all(r[-1] != ("name", "NotImplemented") for r in function.results):
                found = None  # whoever overrides it says what comes out
            else:
                found = unite(self._infer.shape(r, context) for r in self.reached(function, context))
        finally:
            self._under_way.discard(key)
            self._nesting -= 1
        if found == NEVER:
            found = None
        if cut == self._cut or not self._under_way:
            self._results[key] = found
        return found

    def reached(self, function: Function, context: Context) -> list[Expr]:
        """The results that can be reached with these arguments: `isinstance` tests on parameters are taken."""
        return [r for r in function.results if r[0] != "when" or all(self._holds(g, context) for g in r[1])]

    def _holds(self, guard: tuple[Expr, Expr, bool], context: Context) -> bool:
        """Whether a test may come out as the guard wants it."""
        tested, kind_expr, positive = guard
        given = self._infer.shape(tested, context)
        kind = self._infer.annotations.shape(kind_expr, context.module, context.self_shape)
        if given is None or kind is None:
            return True
        if positive:
            return not self._infer.disjoint(given, kind)
        return not all(self._infer.is_a(m, kind) for m in parts(given))

    def context(self, function: Function, env: dict[str, Shape | None], self_shape: Shape | None) -> Context | None:
        """Where the expressions of a function stand."""
        module = self._infer.names.modules.loaded(function.module)
        return Context(module, env, self_shape, function.owner) if module is not None else None

    def _environment(
        self, function: Function, arguments: Sequence[Shape | None], keywords: Mapping[str, Shape | None]
    ) -> tuple[dict[str, Shape | None], Shape | None]:
        kinds = {d[1].rpartition(".")[2] for d in function.decorators if d[0] == "name"}
        declared = self.declared(function)
        env: dict[str, Shape | None] = {}
        positional = [p.name for p in function.parameters if p.kind == "positional"]
        for name, shape in zip(positional, arguments, strict=False):
            env[name] = shape if shape is not None else declared.get(name)
        for parameter in function.parameters:
            name = parameter.name
            if name in env:
                continue
            if name in keywords and parameter.kind in ("positional", "keyword"):
                env[name] = keywords[name] if keywords[name] is not None else declared.get(name)
            elif parameter.has_default:
                env[name] = self._default(function, name)
            else:
                env[name] = declared.get(name)
        self_shape: Shape | None = None
        if function.owner is not None and "staticmethod" not in kinds and positional:
            first = env.get(positional[0])
            self_shape = first.of if isinstance(first, Cls) else first
        return env, self_shape

    def _default(self, function: Function, name: str) -> Shape | None:
        found = self._infer.types.raw_function(function.name)
        if found is None:
            return None
        module, raw = found
        expr = next((p.default for p in raw.parameters if p.name == name), None)
        return self._infer.shape(expr, Context(module, {})) if expr is not None else None

    def declared(self, function: Function) -> dict[str, Shape | None]:
        """The parameters' shapes as far as the definition itself says: annotations, self and cls."""
        module = self._infer.names.modules.loaded(function.module)
        if module is None:
            return {}
        kinds = {d[1].rpartition(".")[2] for d in function.decorators if d[0] == "name"}
        env: dict[str, Shape | None] = {}
        owner = function.owner
        for position, parameter in enumerate(function.parameters):
            shape: Shape | None = None
            if parameter.annotation is not None:
                shape = self._infer.annotations.shape(parameter.annotation, module, owner)
                if parameter.has_default and shape is not None:
                    default = self._default(function, parameter.name)
                    if default == "builtins.NoneType":
                        shape = unite((shape, default))
            elif position == 0 and owner is not None and "staticmethod" not in kinds:
                is_class = "classmethod" in kinds or function.name.endswith(
                    ("__new__", "__init_subclass__", "__class_getitem__")
                )
                shape = Cls(owner) if is_class else owner
            if parameter.kind == "varargs":
                shape = Seq(TUPLE, shape)
            elif parameter.kind == "varkeywords":
                shape = Map("builtins.dict", "builtins.str", shape)
            env[parameter.name] = shape
        return env


def _last_name(expr: Expr) -> str:
    while expr[0] == "call":
        expr = expr[1]
    if expr[0] == "name":
        return str(expr[1].rpartition(".")[2])
    return str(expr[2]) if expr[0] == "attr" else ""


__all__ = ["LIST", "NOT_IMPLEMENTED", "Calling"]
