"""What one file tells, as rows: made by the syntax of that file alone, kept between runs, read by the semantics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rulecheck.facts import UNKNOWN, Expr

Span = tuple[int, int, int, int]
"""The first line and column, and the last, of something in a file; from 1, the last column one past the end."""

# What the result of a function is beside what its annotation says: that, an awaitable of it, or nothing that is said.
SAID, AWAITED, UNSAID = "said", "awaited", "unsaid"


class SyntaxFault(NamedTuple):
    """Why a file cannot be parsed, and on which line."""

    line: int
    reason: str


class ImportRow(NamedTuple):
    """A name that an import statement binds: to a module, or to something in it."""

    module: str
    attribute: str | None
    certain: bool


class ParameterRow(NamedTuple):
    """A parameter of a function; `kind` is as in `facts.Parameter`."""

    name: str
    annotation: Expr | None
    kind: str
    default: Expr | None


class CallRow(NamedTuple):
    """A call or an operator."""

    expr: Expr
    span: Span


class StoreRow(NamedTuple):
    """What a method gives an attribute of its own instance, or declares it to be."""

    attribute: str
    value: Expr
    is_declared: bool


class FunctionRow(NamedTuple):
    """A function. Where its body is left for later, `hole` is that body's number, and nothing is known of what it does.

    `returns` is what the annotation says of the result.
    """

    name: str
    owner: str | None
    parameters: tuple[ParameterRow, ...]
    returns: Expr | None
    span: Span
    decorators: tuple[Expr, ...]
    certain: bool
    hole: int | None = None
    calls: tuple[CallRow, ...] = ()
    results: tuple[Expr, ...] = ()
    is_stub: bool = False
    stores: tuple[StoreRow, ...] = ()

    def completed(self, body: Body) -> FunctionRow:
        """The row with what its body told."""
        returns = UNKNOWN if body.said == UNSAID else self.returns
        if body.said == AWAITED and returns is not None:
            returns = ("item", ("name", "::collections.abc.Awaitable"), returns)
        return self._replace(
            returns=returns,
            hole=None,
            calls=body.calls,
            results=body.results,
            is_stub=body.is_stub,
            stores=body.stores,
        )


class Body(NamedTuple):
    """What only a body tells; `said` is what the function's annotation says of the result."""

    said: str
    calls: tuple[CallRow, ...]
    results: tuple[Expr, ...]
    is_stub: bool
    stores: tuple[StoreRow, ...]
    inside: tuple[FunctionRow, ...] = ()


UNREAD = Body(UNSAID, (), (UNKNOWN,), False, ())
"""What is known of a body that cannot be read."""


@dataclass(slots=True)
class Hole:
    """Where a body stands that is left for later, and what it tells once it was read."""

    line: int
    start: int
    end: int
    is_asynchronous: bool
    body: Body | None = None


class AttributeRow(NamedTuple):
    """What the body of a class gives a name."""

    value: Expr
    span: Span
    certain: bool


class ClassRow(NamedTuple):
    """A class; `declared` holds what annotations of its body say."""

    name: str
    bases: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...]
    decorators: tuple[Expr, ...]
    span: Span
    certain: bool
    attributes: dict[str, AttributeRow]
    declared: dict[str, Expr]


class RegistrationRow(NamedTuple):
    """What may register something: a call, or a decoration of the function or class that `target` names."""

    expr: Expr
    target: tuple[str, str] | None
    span: Span
    statement: Span
    scope: str
    in_loop: bool
    certain: bool


class LateRow(NamedTuple):
    """An attribute that a class is given after its body; of no name where that is not told."""

    base: Expr
    name: str | None
    value: Expr
    span: Span
    certain: bool


class SuppressionRow(NamedTuple):
    """A comment that silences findings; no codes where all are meant."""

    line: int
    codes: tuple[str, ...]
    reason: str | None


class FileRows(NamedTuple):
    """A file. One that cannot be parsed holds the error and nothing else; of one that is cut only an outline was."""

    imports: dict[str, ImportRow] = {}
    stars: tuple[str, ...] = ()
    exports: tuple[str, ...] | None = None
    names: dict[str, Expr] = {}
    functions: tuple[FunctionRow, ...] = ()
    classes: tuple[ClassRow, ...] = ()
    registrations: tuple[RegistrationRow, ...] = ()
    late: tuple[LateRow, ...] = ()
    calls: tuple[CallRow, ...] = ()
    suppressions: tuple[SuppressionRow, ...] = ()
    has_getattr: bool = False
    bodies: tuple[Hole, ...] = ()
    is_cut: bool = False
    error: SyntaxFault | None = None


EMPTY = FileRows()
