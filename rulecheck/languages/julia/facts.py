"""What was read from Julia source: frozen and plain, with every name resolved to the module that defines it.

Type expressions (`TypeExpr`) are nested tuples of strings, numbers and None:

    ("name", "Base.Complex")            a type by the qualified name of its definition
    ("apply", head, (arg, ...))         `head{arg, ...}`; head is a TypeExpr, ("name", "Core.Tuple") for tuples
    ("union", (member, ...))            `Union{...}`; no member is the bottom type
    ("where", body, variables)          each variable is (name, lower, upper), a bound that is not given is None
    ("var", "T")                        a variable of an enclosing `where`
    ("vararg", element, count)          `Vararg{element, count}`; count is None, a ("value", n) or a ("var", "N")
    ("typeof", "Base.sin")              the type of a function
    ("kwtypeof", type)                  the type of a function's keyword sorter, `Core.kwftype(type)`
    ("value", "3")                      a value parameter, as Julia writes it: `3`, `:x`, `true`, `'c'`, `(:a, :b)`
    ("unknown", text)                   an expression whose value could not be worked out
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rulecheck.facts import Unreadable
from rulecheck.place import Place

TypeExpr = tuple[Any, ...]
Variable = tuple[str, TypeExpr | None, TypeExpr | None]

ANY: TypeExpr = ("name", "Core.Any")
BOTTOM: TypeExpr = ("union", ())


@dataclass(frozen=True, slots=True)
class JuliaType:
    """A declared type. `name` is qualified; `kind` is "abstract", "struct", "mutable" or "primitive".

    `fields` holds (name, type) for structs; the types may use the variables of `parameters`.
    """

    name: str
    kind: str
    parameters: tuple[Variable, ...]
    supertype: TypeExpr
    place: Place
    fields: tuple[tuple[str, TypeExpr], ...] = ()
    certain: bool = True
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JuliaAlias:
    """`const Name{parameters} = target`; one without parameters may still stand for a `where` type."""

    name: str
    parameters: tuple[Variable, ...]
    target: TypeExpr
    place: Place


@dataclass(frozen=True, slots=True)
class JuliaMethod:
    """A method of a function, of a type (a constructor) or of a callable object; rules are methods too.

    `function` is the qualified name of the function ("Base.*"), of the constructed type, or of the callable's type.
    `self_type` is the first slot of Julia's own signature: `typeof(f)`, `Type{T}` or the callable's type, and
    `arguments` the rest; both may use `variables`, the `where` clause from the outside in.
    `place` is where the method is written; `reported` is what Julia's own `functionloc` names where that differs
    (the line inside a macro of another package, or "none" for one made without lines).
    `maker` is the macro that made it ("@adjoint", "@opt_out", ...), empty for one written out.
    `when` names the packages that must be loaded beside its own (extensions and `@require`).
    `order` counts definitions in the order in which they are evaluated: of two equal signatures the last one stands.
    """

    function: str
    self_type: TypeExpr
    arguments: tuple[TypeExpr, ...]
    names: tuple[str, ...]
    variables: tuple[Variable, ...]
    keywords: tuple[str, ...]
    takes_any_keyword: bool
    has_keyword_method: bool
    module: str
    place: Place
    order: int
    reported: Place | None = None
    maker: str = ""
    kind: str = "function"
    certain: bool = True
    when: tuple[str, ...] = ()
    # Where the whole definition or macro call stands in bytes, for fixes; -1 where a loop made it.
    span: tuple[int, int] = (-1, -1)

    @property
    def julia_place(self) -> Place:
        """Where Julia's own `functionloc` says that the method stands."""
        return self.reported or self.place


@dataclass(frozen=True, slots=True)
class JuliaCall:
    """A call in a method's body, unresolved: what the owner of the body's types asks about.

    `text` is how it is written; `expr` is the call as the syntax tuples of rulecheck.languages.julia.syntax.trees.
    """

    expr: tuple[Any, ...]
    module: str
    place: Place
    scope: str
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """What stands in a method's body: its assignments and calls in order, in the syntax tuples."""

    method: JuliaMethod
    assignments: tuple[tuple[str, tuple[Any, ...]], ...]
    calls: tuple[JuliaCall, ...]


@dataclass(frozen=True, slots=True)
class JuliaModule:
    """A module: the names that it makes, takes from others and exports.

    `kinds` maps each name of its own to "function", "type", "alias", "const", "module" or "macro"; `imports` maps a
    local name to (module, name), where an empty name stands for the module itself; `using` lists the modules whose
    exports are visible. All module names are absolute.
    """

    name: str
    bare: bool
    kinds: Mapping[str, str]
    imports: Mapping[str, tuple[str, str]]
    using: tuple[str, ...]
    exports: tuple[str, ...]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """Everything that one package declares, linked. `macro_lines` gives, for a rule maker that this package defines,
    where Julia says that the methods which it makes stand.
    """

    name: str
    version: str | None
    modules: Mapping[str, JuliaModule]
    types: tuple[JuliaType, ...]
    aliases: tuple[JuliaAlias, ...]
    methods: tuple[JuliaMethod, ...]
    # The type of each constant whose value says it: ("value", text) for a literal, else a type.
    constants: Mapping[str, TypeExpr] = field(default_factory=dict)
    macro_lines: Mapping[str, Place] = field(default_factory=dict)
    unreadable: tuple[Unreadable, ...] = ()
    # Loops and generated definitions whose values could not be worked out, with what they would define.
    unresolved: tuple[Unreadable, ...] = ()
    files: int = 0
    lines: int = 0
    dependencies: tuple[str, ...] = ()
