"""What was read from source: frozen, plain and the same for every system.

A fact never holds a verdict. The facts of one file are made alone (in parallel, and cached); expressions in them are
symbolic, because what a name means is only known when all files are there. `Program` is the linked whole.

Expressions (`Expr`) are nested tuples of strings, numbers and None, each of a tag and its parts, so that they can be
kept without any class; the forms that there are stand in the language's own table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rulecheck.dispatch.lattice import OneOf
from rulecheck.place import Place

Expr = tuple[Any, ...]

UNKNOWN: Expr = ("unknown",)


def inside(expr: Expr) -> Iterator[Expr]:
    """The expressions of which an expression is made: of the keywords of a call their values, not their names."""
    parts = (*expr[1:3], tuple([value for _, value in expr[3]])) if expr[0] == "call" else expr
    stack = list(reversed(parts))
    while stack:
        part = stack.pop()
        if type(part) is tuple and part:
            if type(part[0]) is str:
                yield part
            else:
                stack.extend(reversed(part))


@dataclass(frozen=True, slots=True)
class Generic:
    """A parametric type, `wrapper[parameter]`; an ndarray whose rank is known is `Generic("numpy.ndarray", "2")`."""

    wrapper: str
    parameter: TypeName


TypeName = str | Generic
"""A type by the qualified name of its definition ("package.module.Class"), never of a re-export."""

Type = TypeName | OneOf[TypeName]
"""A type as it stands in a signature. `None` in its place always means: not known."""

OBJECT = "builtins.object"
NDARRAY = "numpy.ndarray"
NONE = "builtins.NoneType"


def present(type_: Type) -> Type:
    """A type without None, where it leaves something: what an operator of None gives is an error."""
    if not isinstance(type_, OneOf) or NONE not in type_.members:
        return type_
    left = type_.members - {NONE}
    return OneOf(left) if len(left) > 1 else next(iter(left), NONE)


def short(type_: Type | None) -> str:
    """A type as messages show it: the last part of each name."""
    if type_ is None:
        return "?"
    if isinstance(type_, OneOf):
        return " | ".join(sorted(short(m) for m in type_.members))
    if isinstance(type_, Generic):
        return f"{short(type_.wrapper)}[{short(type_.parameter)}]"
    return type_.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function. `kind` is "positional", "keyword", "varargs" or "varkeywords"."""

    name: str
    annotation: Expr | None = None
    kind: str = "positional"
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call or operator in source: an Expr of tag "call" or "op", where it stands, and the function it stands in."""

    expr: Expr
    module: str
    place: Place
    scope: str
    text: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method. `name` is qualified; `calls` and `results` are in terms of its parameters."""

    name: str
    module: str
    owner: str | None
    parameters: tuple[Parameter, ...]
    returns: Expr | None
    place: Place
    decorators: tuple[Expr, ...] = ()
    calls: tuple[Call, ...] = ()
    results: tuple[Expr, ...] = ()
    # The body only raises, returns NotImplemented, or is `...`: nothing specialised stands there.
    is_stub: bool = False
    # Defined under an `if`, in a `try`, or assigned where it cannot be said that it happens.
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Attribute:
    """A class attribute other than a method of the body: `__array_ufunc__ = None`, `__rmatmul__ = __matmul__`."""

    name: str
    value: Expr
    place: Place
    certain: bool = True


@dataclass(frozen=True, slots=True)
class TypeDef:
    """A class. `bases` are resolved; `complete` says whether the source of every base was found."""

    name: str
    module: str
    bases: tuple[TypeName, ...]
    complete: bool
    place: Place
    owned: bool
    methods: Mapping[str, Function] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    # Annotations of the body and what `self.x = ...` was given in methods, by field name.
    fields: Mapping[str, Expr] = field(default_factory=dict)
    decorators: tuple[Expr, ...] = ()
    metaclass: str | None = None
    # A metaclass, class decorator, `__getattr__` or setattr that may bring what source does not show.
    dynamic: bool = False
    # Methods of the body to whose names something else was assigned later: aliases made in the body still mean them.
    replaced: Mapping[str, Function] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registration:
    """A call of, or decoration with, one of the registrars that a system declares ("rulecheck.ad.opt_out").

    `arguments` are resolved as far as can be: loops over literal tuples give one registration a round.
    `statement` is the span of the whole statement (or decorated function), what a fix removes.
    """

    registrar: str
    module: str
    arguments: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...]
    function: Function | None
    place: Place
    statement: Place
    scope: str
    owned: bool
    in_loop: bool = False
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Suppression:
    """A `rulecheck: ignore[...]` comment; `codes` are as written, empty for all."""

    path: str
    line: int
    codes: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or a part of one, that could not be read."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Stats:
    """What a run looked at."""

    files: int = 0
    lines: int = 0
    parsed: int = 0
    # Files of which no more was parsed than a part, since nothing is asked of the rest.
    skipped: int = 0
    calls: int = 0
