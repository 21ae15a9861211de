"""What expanding a package's files gives, before names are resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rulecheck.facts import Unreadable
from rulecheck.languages.julia.syntax.trees import Ast
from rulecheck.place import Place

Version = tuple[int, ...]


@dataclass(slots=True)
class RawModule:
    """A module while it is read. `values` holds what its globals were given, `imports` whence names come."""

    name: str
    parent: RawModule | None
    bare: bool = False
    place: Place | None = None
    bindings: dict[str, str] = field(default_factory=dict)
    imports: dict[str, tuple[int, tuple[str, ...], str | None]] = field(default_factory=dict)
    using: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    exports: dict[str, None] = field(default_factory=dict)
    values: dict[str, tuple[Ast, StatementScope]] = field(default_factory=dict)
    children: dict[str, RawModule] = field(default_factory=dict)
    # Functions whose body evaluates definitions: parameters and body, run where they are called at top level.
    macros: dict[str, tuple[tuple[str, ...], Ast, StatementScope]] = field(default_factory=dict)
    generators: dict[str, tuple[tuple[tuple[str, Ast | None], ...], Ast, StatementScope]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatementScope:
    """Where a statement stands: the module, the file, local values of loops and `let`, and under which conditions."""

    module: RawModule
    path: str
    label: str
    env: dict[str, Any]
    when: tuple[str, ...] = ()
    certain: bool = True
    maker: str = ""
    # Where what a macro was given stands, by the identity of its tuple: not in the macro's own file.
    given: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    written: bool = True
    # Inside a loop or `let`, where assignments are local.
    local: bool = False
    # Set while a macro's own expansion is read: where it was written.
    origin: Place | None = None


@dataclass(frozen=True, slots=True)
class RawMethod:
    """A method's signature as syntax. `reported` is "" where Julia reports this line, else "none" or a maker's key."""

    signature: Ast
    line: int
    scope: StatementScope
    start: tuple[int, int, int]
    end: tuple[int, int, int]
    order: int
    maker: str = ""
    reported: str = ""
    any_keyword: bool = False
    body: Ast | None = None
    kind: str = "function"


@dataclass(frozen=True, slots=True)
class RawType:
    """A type's declaration as syntax."""

    kind: str
    head: Ast
    fields: tuple[tuple[str, Ast], ...]
    scope: StatementScope
    start: tuple[int, int, int]
    end: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class RawAlias:
    """`name{parameters} = target` as syntax."""

    name: str
    parameters: tuple[Ast, ...]
    target: Ast
    scope: StatementScope
    line: int


@dataclass(slots=True)
class RawPackage:
    """All that the files of one package say."""

    name: str
    modules: dict[str, RawModule] = field(default_factory=dict)
    methods: list[RawMethod] = field(default_factory=list)
    types: list[RawType] = field(default_factory=list)
    aliases: list[RawAlias] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    unresolved: list[Unreadable] = field(default_factory=list)
    macro_lines: dict[str, Place] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    lines: int = 0
