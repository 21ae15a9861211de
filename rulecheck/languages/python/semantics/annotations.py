"""What an annotation, or a type expression in a registration or isinstance test, names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from rulecheck.facts import NDARRAY, UNKNOWN, Expr, Generic
from rulecheck.languages.python.semantics.modules import Module
from rulecheck.languages.python.semantics.name_resolution import Meaning, NameResolution
from rulecheck.languages.python.semantics.shapes import (
    AWAITABLE,
    MAPPINGS,
    NONE_TYPE,
    SEQUENCES,
    TUPLE,
    Cls,
    Giving,
    Map,
    Seq,
    Shape,
    Tup,
    array,
    unite,
)
from rulecheck.languages.python.semantics.types import Types

_TYPING_ALIASES = {
    "List": "builtins.list",
    "Dict": "builtins.dict",
    "Set": "builtins.set",
    "FrozenSet": "builtins.frozenset",
    "Tuple": TUPLE,
    "Type": "builtins.type",
    "DefaultDict": "collections.defaultdict",
    "OrderedDict": "collections.OrderedDict",
    "Deque": "collections.deque",
    "Text": "builtins.str",
}
_INNER = frozenset(("Annotated", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "InitVar"))
_SPECIAL_FORMS = frozenset(f"typing.{name}" for name in ("Optional", "Union", "Literal", *_INNER))
_DEEPEST = 20


READ = frozenset(("known", "name", "const", "op", "item", "tuple", "union", "call"))
"""The forms of expressions that can describe a type."""
PASSED = frozenset(
    (
        *("param", "free", "attr", "stored", "slice", "part", "star", "elem", "narrow", "exclude", "when", "ann"),
        *("list", "set", "map", "each", "lambda", "handed", "await", "awaitable", "grown", "loop", "carried"),
        *("nothing", "unknown"),
    )
)
"""Those that stand for values alone, and describe no type that could be used."""


class Annotations:
    """Reads type expressions."""

    def __init__(self, names: NameResolution, types: Types) -> None:
        self._names = names
        self._types = types
        self._strings: dict[tuple[str, str], Expr] = {}
        # What the name of a class stands for once its decorators have run; whoever evaluates calls says so.
        self.standing: Callable[[str], str | None] = lambda name: name
        # An instance of a class whose type variables are given.
        self.instance: Callable[[str, Sequence[Shape | None]], Shape] = lambda name, given: name

    def shape(self, expr: Expr, module: Module, self_shape: Shape | None = None, depth: int = 0) -> Shape | None:
        """The shape of the values that a type expression describes; None where it says nothing that can be used."""
        if depth > _DEEPEST:
            return None
        tag = expr[0]
        if tag in PASSED:
            return None
        if tag == "known":
            known: Shape | None = expr[1]
            return known
        if tag == "name":
            return self._named(expr[1], module, self_shape, depth)
        if tag == "const":
            if expr[1] is None:
                return NONE_TYPE
            if type(expr[1]) is str:
                return self.shape(self.parsed(expr[1], module), module, self_shape, depth + 1)
            return None
        if tag == "op" and expr[1] == "operator.or_":
            return unite(self.shape(e, module, self_shape, depth + 1) for e in expr[2])
        if tag == "item":
            return self._subscripted(expr, module, self_shape, depth)
        if tag in ("tuple", "union"):
            return unite(self.shape(e, module, self_shape, depth + 1) for e in expr[1])
        return self._called(expr, module, self_shape, depth) if tag == "call" and expr[1][0] == "name" else None

    def parsed(self, text: str, module: Module) -> Expr:
        """A string annotation as an expression."""
        key = (module.name, text)
        if key not in self._strings:
            from rulecheck.languages.python.syntax.flow import Flow

            try:
                node = ast.parse(text.strip(), mode="eval").body
                self._strings[key] = Flow(None).value(node)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                self._strings[key] = UNKNOWN
        return self._strings[key]

    def type_name(self, expr: Expr, module: Module) -> str | None:
        """The qualified name of the one thing that an expression names: a class, or one of typing's words."""
        if expr[0] != "name":
            return None
        meaning = self._names.meaning(module, expr[1], deep=True)
        if meaning is None or (meaning.rest and meaning.kind != "external"):
            return None
        if meaning.kind in ("typing", "external", "builtin", "class"):
            name = self._types.class_of(meaning)
            if meaning.module in ("typing", "typing_extensions"):
                last = meaning.name
                return _TYPING_ALIASES.get(last, f"typing.{last}")
            return name
        return None

    def _named(self, dotted: str, module: Module, self_shape: Shape | None, depth: int) -> Shape | None:
        meaning = self._names.meaning(module, dotted, deep=True)
        if meaning is None:
            return None
        if meaning.kind == "value":
            return self._aliased(meaning, self_shape, depth)
        if meaning.module in ("typing", "typing_extensions"):
            return self._typing_word(meaning.name, self_shape)
        if meaning.kind == "external" and meaning.module == "numpy" and meaning.name.startswith("typing."):
            return NDARRAY if meaning.name == "typing.NDArray" else None
        if meaning.kind == "builtin" and meaning.name == "None":
            return NONE_TYPE
        if meaning.kind == "function" or meaning.rest or meaning.kind == "module":
            return None
        name = self._types.class_of(meaning)
        if name is not None and meaning.kind == "class":
            name = self.standing(name)
        return _bare(name) if name is not None else None

    def _typing_word(self, word: str, self_shape: Shape | None) -> Shape | None:
        if word == "Self":
            return self_shape
        if word in ("Any", "TypeVar", "Union", "Optional", "Callable", "Literal", "NoReturn", "Never", "LiteralString"):
            return None
        return _bare(_TYPING_ALIASES.get(word, f"typing.{word}"))

    def _aliased(self, meaning: Meaning, self_shape: Shape | None, depth: int) -> Shape | None:
        """A variable that holds a type: an alias, a NewType or a TypeVar."""
        module = self._names.modules.loaded(meaning.module)
        value = meaning.expr
        if module is None or meaning.rest:
            return None
        return self.shape(value, module, self_shape, depth + 1) if value[0] != "ann" else None

    def _called(self, value: Expr, module: Module, self_shape: Shape | None, depth: int) -> Shape | None:
        """What a NewType or TypeVar stands for."""
        maker = self._names.meaning(module, value[1][1], deep=True)
        last = maker.name if maker is not None and maker.module in ("typing", "typing_extensions") else ""
        if last == "NewType" and len(value[2]) == 2:
            return self.shape(value[2][1], module, self_shape, depth + 1)
        if last == "TypeVar":
            bound = dict(value[3]).get("bound")
            if bound is not None:
                return self.shape(bound, module, self_shape, depth + 1)
            if len(value[2]) > 2:
                return unite(self.shape(e, module, self_shape, depth + 1) for e in value[2][1:])
        if value[1][1] == "type" and len(value[2]) == 1:
            return self_shape if value[2][0][0] == "param" else None
        return None

    def _subscripted(self, expr: Expr, module: Module, self_shape: Shape | None, depth: int) -> Shape | None:
        if self._is_ndarray_alias(expr[1], module):
            return NDARRAY
        base = self.type_name(expr[1], module)
        index = expr[2]
        given: tuple[Expr, ...] = index[1] if index[0] == "tuple" else (index,)

        def inner(position: int) -> Shape | None:
            return self.shape(given[position], module, self_shape, depth + 1) if position < len(given) else None

        if base is None:
            return None
        if base in _SPECIAL_FORMS:
            return _special_form(base.rpartition(".")[2], given, inner)
        if base in ("typing.Callable", "collections.abc.Callable"):
            result = inner(1) if len(given) == 2 else None
            return Giving(result) if result is not None else None
        if base in ("typing.Coroutine", "collections.abc.Coroutine"):
            return Seq(AWAITABLE, inner(2))
        if base == "dataclasses.InitVar":
            return inner(0)
        if base == "builtins.type":
            of = inner(0)
            return Cls(of) if of is not None else base
        if base == TUPLE:
            if len(given) == 2 and given[1] == ("const", "..."):
                return Seq(TUPLE, inner(0))
            return Tup(tuple(inner(i) for i in range(len(given)) if given[i] != ("tuple", ())))
        if base in SEQUENCES:
            return Seq(base, inner(0))
        if base in MAPPINGS:
            return Map(base, inner(0), inner(1))
        if base == NDARRAY:
            return array(self._rank_in(given[0], module))
        return self.instance_of(base, index, module, self_shape, depth)

    def instance_of(
        self, base: str, index: Expr, module: Module, self_shape: Shape | None = None, depth: int = 0
    ) -> Shape:
        """`base[index]`: of a type of its own where the class says what subscribing it gives, else with what its type
        variables stand for.
        """
        each = index[1] if index[0] == "tuple" else (index,)
        given = [self.shape(e, module, self_shape, depth + 1) for e in each]
        if self._types.lookup(base, "__class_getitem__") is None:
            return self.instance(base, given)
        return Generic(base, given[0]) if given and isinstance(given[0], str | Generic) else base

    def _is_ndarray_alias(self, expr: Expr, module: Module) -> bool:
        if expr[0] != "name":
            return False
        meaning = self._names.meaning(module, expr[1])
        return meaning is not None and meaning.qualified == "numpy.typing.NDArray"

    def _rank_in(self, expr: Expr, module: Module) -> int | None:
        """The rank in `np.ndarray[tuple[int, int], ...]`."""
        if expr[0] == "item" and self.type_name(expr[1], module) == TUPLE:
            inner: tuple[Expr, ...] = expr[2][1] if expr[2][0] == "tuple" else (expr[2],)
            return None if ("const", "...") in inner else len(inner)
        return None


def _bare(name: str) -> Shape:
    """A container that says nothing of what it holds."""
    if name in MAPPINGS:
        return Map(name, None, None)
    return Seq(name, None) if name in SEQUENCES else name


def _special_form(name: str, given: tuple[Expr, ...], inner: Callable[[int], Shape | None]) -> Shape | None:
    """What a form of `typing` says of its parameters, whose shapes `inner` gives."""
    if name == "Optional":
        return unite((inner(0), NONE_TYPE))
    if name == "Union":
        return unite(inner(i) for i in range(len(given)))
    if name == "Literal":
        kinds = [e[1] for e in given if e[0] == "const"]
        return unite(f"builtins.{type(k).__name__}" for k in kinds) if len(kinds) == len(given) else None
    return inner(0)
