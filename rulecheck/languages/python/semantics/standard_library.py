"""What Python's own functions and containers give."""

from __future__ import annotations

from collections.abc import Sequence

from rulecheck.languages.python.semantics.containers import Containers
from rulecheck.languages.python.semantics.evaluator import ShapeEvaluator
from rulecheck.languages.python.semantics.shapes import (
    AWAITABLE,
    BOOL,
    CONTEXT,
    DICT,
    FLOAT,
    INT,
    LIST,
    MAPPINGS,
    NONE_TYPE,
    NUMBERS,
    SEQUENCES,
    SET,
    STR,
    TUPLE,
    Cls,
    Map,
    Seq,
    Shape,
    Tup,
    unite,
)

_FIXED = {
    "builtins.len": INT,
    "builtins.ord": INT,
    "builtins.hash": INT,
    "builtins.id": INT,
    "builtins.isinstance": BOOL,
    "builtins.issubclass": BOOL,
    "builtins.callable": BOOL,
    "builtins.hasattr": BOOL,
    "builtins.all": BOOL,
    "builtins.any": BOOL,
    "builtins.repr": STR,
    "builtins.chr": STR,
    "builtins.format": STR,
    "builtins.input": STR,
    "builtins.print": NONE_TYPE,
    "builtins.setattr": NONE_TYPE,
    **{
        f"math.{n}": FLOAT for n in ("sqrt", "exp", "log", "sin", "cos", "tan", "pow", "fabs", "hypot", "log2", "log10")
    },
    **{f"math.{n}": INT for n in ("gcd", "comb", "factorial", "isqrt")},
}
_ITERATOR = "typing.Iterator"
_AWAITING = frozenset(f"asyncio.{n}" for n in ("create_task", "ensure_future", "wait_for", "shield"))
_STR_METHODS = frozenset(
    ("capitalize", "casefold", "center", "format", "join", "lower", "lstrip", "replace", "rstrip", "strip", "title")
    + ("upper", "zfill", "ljust", "rjust", "removeprefix", "removesuffix", "expandtabs", "swapcase", "translate")
)
_VALUELESS = frozenset(("append", "extend", "insert", "remove", "clear", "sort", "reverse", "add", "discard", "update"))


def constructed(infer: ShapeEvaluator, owner: str, arguments: Sequence[Shape | None]) -> Shape | None:
    """What calling a builtin class gives."""
    element = infer.element
    given = arguments[0] if arguments else None
    inner = element(given) if given is not None else None
    if owner == "builtins.enumerate":
        return Seq("builtins.enumerate", Tup((INT, inner)))
    if owner == "builtins.zip":
        return Seq("builtins.zip", Tup(tuple(element(a) for a in arguments)))
    if owner == "builtins.range":
        return Seq("builtins.range", INT)
    if owner == "builtins.reversed":
        return Seq("builtins.reversed", inner)
    if owner == TUPLE and isinstance(given, Tup):
        return given
    if owner in SEQUENCES:
        return Seq(owner, inner)
    if owner in MAPPINGS:
        if isinstance(given, Map) and len(arguments) == 1 and owner == DICT:
            return Map(owner, given.key, given.value)
        return Map(owner, None, None)
    if owner == "builtins.map":
        return Seq(owner, infer.calling.apply(given, [element(a) for a in arguments[1:]], {}))
    if owner == "builtins.filter":
        return Seq(owner, element(arguments[1]) if len(arguments) == 2 else None)
    return owner if owner not in ("builtins.type", "builtins.super", "builtins.property") else None


def called(infer: ShapeEvaluator, name: str, receiver: Shape | None, arguments: Sequence[Shape | None]) -> Shape | None:
    """What calling a builtin function, or a method of a builtin type, gives."""
    fixed = _FIXED.get(name)
    if fixed is not None:
        return fixed
    first = arguments[0] if arguments else None
    method = name.rpartition(".")[2]
    if receiver is not None:
        return _method(method, receiver, arguments)
    if name == "builtins.abs" and first is not None:
        return infer.operations.apply("operator.abs", [first])
    if name == "builtins.sorted":
        return Seq(LIST, infer.element(first))
    if name == "builtins.iter":
        return Seq(_ITERATOR, infer.element(first))
    if name == "builtins.next" and len(arguments) == 1:
        return infer.element(first)
    if name in ("builtins.max", "builtins.min"):
        return infer.element(first) if len(arguments) == 1 else unite(arguments)
    if name == "builtins.round" and first in NUMBERS:
        return INT if len(arguments) == 1 and first != "builtins.complex" else None
    if name.startswith("itertools."):
        return _iterated(infer, name, arguments)
    if name == "asyncio.run":
        return Containers.awaited(first)
    if name in _AWAITING:
        return Seq(AWAITABLE, Containers.awaited(first))
    if name == "asyncio.gather":
        return Seq(AWAITABLE, Tup(tuple(map(Containers.awaited, arguments))))
    if name == "builtins.sum" and first is not None:
        return _summed(infer, first, arguments[1] if len(arguments) > 1 else INT)
    return None


def _iterated(infer: ShapeEvaluator, name: str, arguments: Sequence[Shape | None]) -> Shape | None:
    """What the functions of itertools yield, as far as that is one of what they are given."""
    elements = [infer.element(a) for a in arguments]
    if name == "itertools.chain":
        return Seq(_ITERATOR, unite(elements))
    if name == "itertools.chain.from_iterable" and elements:
        return Seq(_ITERATOR, infer.element(elements[0]))
    if name == "itertools.repeat" and arguments:
        return Seq(_ITERATOR, arguments[0])
    if name in ("itertools.islice", "itertools.cycle") and elements:
        return Seq(_ITERATOR, elements[0])
    if name == "itertools.pairwise" and elements:
        return Seq(_ITERATOR, Tup((elements[0], elements[0])))
    if name in ("itertools.takewhile", "itertools.dropwhile", "itertools.filterfalse") and len(elements) == 2:
        return Seq(_ITERATOR, elements[1])
    return None


def _summed(infer: ShapeEvaluator, first: Shape, start: Shape | None) -> Shape | None:
    element = infer.element(first)
    if element is None or start is None:
        return None
    one = infer.operations.apply("operator.add", [start, element])
    more = infer.operations.apply("operator.add", [one, element]) if one is not None else None
    return unite((start, one, more))


def _method(method: str, receiver: Shape, arguments: Sequence[Shape | None]) -> Shape | None:
    if method in _VALUELESS:
        return NONE_TYPE
    if receiver == STR:
        if method in _STR_METHODS:
            return STR
        if method in ("split", "rsplit", "splitlines"):
            return Seq(LIST, STR)
        return BOOL if method.startswith("is") or method in ("startswith", "endswith") else None
    if isinstance(receiver, Map):
        return _of_map(method, receiver, arguments)
    if isinstance(receiver, Seq):
        if method == "copy":
            return receiver
        if method in ("pop", "popleft") and receiver.wrapper in (LIST, SET, "collections.deque"):
            return receiver.element
        if method in ("union", "intersection", "difference") and receiver.wrapper == SET:
            return receiver if method != "union" else Seq(SET, None)
        if method == ("__enter__" if receiver.wrapper == CONTEXT else "__next__"):
            return receiver.element
        if method == "__aenter__" and receiver.wrapper == CONTEXT:
            return Seq(AWAITABLE, receiver.element)
    if isinstance(receiver, Seq | Tup) and method in ("index", "count"):
        return INT
    if isinstance(receiver, Cls):
        return None
    return None


def _of_map(method: str, receiver: Map, arguments: Sequence[Shape | None]) -> Shape | None:
    if method == "keys":
        return Seq("typing.KeysView", receiver.key)
    if method == "values":
        return Seq("typing.ValuesView", receiver.value)
    if method == "items":
        return Seq("typing.ItemsView", Tup((receiver.key, receiver.value)))
    if method == "get":
        return unite((receiver.value, arguments[1] if len(arguments) > 1 else NONE_TYPE))
    if method in ("pop", "setdefault") and arguments:
        return unite((receiver.value, *arguments[1:2]))
    if method == "popitem":
        return Tup((receiver.key, receiver.value))
    return receiver if method == "copy" else None


__all__ = ["called", "constructed"]
