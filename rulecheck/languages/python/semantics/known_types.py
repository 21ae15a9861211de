"""Types that no source of a project defines: builtins, the typing world, numpy's own."""

from __future__ import annotations

import builtins

from rulecheck.facts import NDARRAY, OBJECT, TypeDef
from rulecheck.place import Place

NOWHERE = Place("<built in>", 0)

_NUMPY: dict[str, tuple[str, ...]] = {
    NDARRAY: (OBJECT,),
    "numpy.generic": (OBJECT,),
    "numpy.number": ("numpy.generic",),
    "numpy.integer": ("numpy.number",),
    "numpy.signedinteger": ("numpy.integer",),
    "numpy.unsignedinteger": ("numpy.integer",),
    "numpy.inexact": ("numpy.number",),
    "numpy.floating": ("numpy.inexact",),
    "numpy.complexfloating": ("numpy.inexact",),
    "numpy.bool": ("numpy.generic",),
    "numpy.bool_": ("numpy.generic",),
    "numpy.float16": ("numpy.floating",),
    "numpy.float32": ("numpy.floating",),
    "numpy.float64": ("numpy.floating", "builtins.float"),
    "numpy.longdouble": ("numpy.floating",),
    "numpy.complex64": ("numpy.complexfloating",),
    "numpy.complex128": ("numpy.complexfloating", "builtins.complex"),
    "numpy.clongdouble": ("numpy.complexfloating",),
    **{f"numpy.int{n}": ("numpy.signedinteger",) for n in (8, 16, 32, 64)},
    **{f"numpy.uint{n}": ("numpy.unsignedinteger",) for n in (8, 16, 32, 64)},
    "numpy.random.Generator": (OBJECT,),
    "numpy.random.RandomState": (OBJECT,),
    "numpy.dtype": (OBJECT,),
    "numpy.ufunc": (OBJECT,),
}
_NUMBERS: dict[str, tuple[str, ...]] = {
    "numbers.Number": (OBJECT,),
    "numbers.Complex": ("numbers.Number",),
    "numbers.Real": ("numbers.Complex",),
    "numbers.Rational": ("numbers.Real",),
    "numbers.Integral": ("numbers.Rational",),
}
_PLAIN = (
    *("abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "typing_extensions.Generic"),
    *("enum.Enum", "enum.Flag", "enum.StrEnum", "functools.partial", "functools.cached_property"),
    *("types.GeneratorType", "types.SimpleNamespace", "types.ModuleType", "types.FunctionType", "types.NoneType"),
    *("contextlib.AbstractContextManager", "contextlib.ContextDecorator", "contextlib.ExitStack"),
)
_COLLECTIONS: dict[str, tuple[str, ...]] = {
    "collections.OrderedDict": ("builtins.dict",),
    "collections.defaultdict": ("builtins.dict",),
    "collections.Counter": ("builtins.dict",),
    "collections.deque": (OBJECT,),
    "collections.UserDict": (OBJECT,),
    "collections.UserList": (OBJECT,),
    "enum.IntEnum": ("builtins.int", "enum.Enum"),
    "enum.IntFlag": ("builtins.int", "enum.Flag"),
}
_ABSTRACT = (
    *("Hashable", "Iterable", "Iterator", "Generator", "Sized", "Container", "Callable", "Collection", "Sequence"),
    *("MutableSequence", "Set", "MutableSet", "Mapping", "MutableMapping", "Reversible", "Awaitable", "Buffer"),
    *("MappingView", "KeysView", "ItemsView", "ValuesView", "Coroutine", "AsyncIterable", "AsyncIterator"),
)
# typing's names for the same things.
_TYPING = (*_ABSTRACT, "SupportsFloat", "SupportsInt", "SupportsIndex", "SupportsAbs", "SupportsComplex")

BASES: dict[str, tuple[str, ...]] = {
    **_NUMPY,
    **_NUMBERS,
    **_COLLECTIONS,
    **dict.fromkeys(_PLAIN, (OBJECT,)),
    **{f"collections.abc.{name}": (OBJECT,) for name in _ABSTRACT},
    **{f"typing.{name}": (OBJECT,) for name in _TYPING},
}
# What is derived from like a class and is a function, whatever its long source says besides.
NO_CLASSES = frozenset({"typing.NamedTuple"})


def known_bases(name: str) -> tuple[str, ...] | None:
    """The bases of a type that needs no source; None where it is not such a type."""
    module, _, last = name.rpartition(".")
    if module == "builtins":
        kind = getattr(builtins, last, None)
        if last == "NoneType":
            return (OBJECT,)
        if not isinstance(kind, type):
            return None
        return tuple(f"builtins.{b.__name__}" for b in kind.__bases__)
    return BASES.get(name)


def known_type(name: str) -> TypeDef | None:
    """The definition of such a type."""
    bases = known_bases(name)
    if bases is None:
        return None
    return TypeDef(name, name.rpartition(".")[0], bases, True, NOWHERE, False)
