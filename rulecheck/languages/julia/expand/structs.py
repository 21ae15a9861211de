"""What a type's declaration makes: the type, its fields, and the constructors that Julia adds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rulecheck.languages.julia.expand.definer import Definer
from rulecheck.languages.julia.expand.unresolved import RawType, StatementScope
from rulecheck.languages.julia.syntax.trees import Ast

Position = tuple[int, int, int]


def structure(e: Definer, ast: Ast, scope: StatementScope) -> None:
    """A type with its fields and constructors."""
    _, kind, head, body, start, end, line = ast
    name = head
    while name[0] in ("<:", "curly", "where"):
        name = name[1]
    if name[0] != "sym":
        e.unresolved(scope, start[1], "a type whose name could not be worked out")
        return
    scope.module.bindings[name[1]] = "type"
    fields: list[tuple[str, Ast]] = []
    inner: list[Ast] = []
    for statement in _flat(body):
        target = statement
        if target[0] == "=":
            target = target[2]
        if target[0] == "const":
            target = target[1]
        if target[0] == "sym":
            fields.append((target[1], ("sym", "Any")))
        elif target[0] == "::" and target[1] is not None and target[1][0] == "sym":
            fields.append((target[1][1], target[2]))
        elif statement[0] not in ("lit", "str"):
            inner.append(statement)
    e.package.types.append(RawType(kind, head, tuple(fields), scope, start, end))
    e.run(inner, scope)
    # Anything but fields in the body, and Julia makes no constructor of its own.
    if kind in ("struct", "mutable") and not inner:
        _default_constructors(e, name, head, fields, replace(scope, origin=None), start, end, line)


def _default_constructors(
    e: Definer,
    name: Ast,
    head: Ast,
    fields: list[tuple[str, Ast]],
    scope: StatementScope,
    start: Position,
    end: Position,
    line: int,
) -> None:
    while head[0] in ("<:", "where"):
        head = head[1]
    variables = head[2] if head[0] == "curly" else ()
    names = tuple(_variable(v) for v in variables)
    arguments = tuple(("::", ("sym", field), type_) for field, type_ in fields)
    untyped = tuple(("sym", field) for field, _ in fields)

    def add(signature: Ast) -> None:
        e.add_method(signature, line, scope, start, end, kind="default constructor", maker=scope.maker)

    if variables:
        bounds = {_variable(v): v for v in variables}
        given = {n for n in names if any(_mentions(t, n) for _, t in fields)}
        if all(n in given or any(_mentions(bounds[g], n) for g in given) for n in names):
            add(("where", ("call", name, arguments, ()), variables))
        applied = ("curly", name, tuple(("sym", n) for n in names))
        add(("where", ("call", applied, untyped, ()), variables))
        return
    add(("call", name, arguments, ()))
    if any(type_ not in (("sym", "Any"), (".", ("sym", "Core"), ("sym", "Any"))) for _, type_ in fields):
        add(("call", name, untyped, ()))


def _flat(statements: Iterable[Ast]) -> Iterable[Ast]:
    for statement in statements:
        if statement[0] == "block":
            yield from _flat(statement[1])
        else:
            yield statement


def _variable(ast: Ast) -> str:
    while ast[0] in ("<:", ">:", "call"):
        ast = ast[1] or ast[2]
    return str(ast[1])


def _mentions(ast: Any, name: str) -> bool:
    if not isinstance(ast, tuple):
        return False
    return ast == ("sym", name) or any(_mentions(part, name) for part in ast)
