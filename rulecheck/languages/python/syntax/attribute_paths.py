"""Attributes as names: `self.op` is known as a name is, until something may have changed it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from rulecheck.languages.python.syntax.scope import Environment


def path_of(node: ast.expr | None) -> str | None:
    """`a.b.c` as a path; None for anything else than attributes of a name."""
    if isinstance(node, ast.Name):
        return node.id
    outer = path_of(node.value) if isinstance(node, ast.Attribute) else None
    return f"{outer}.{node.attr}" if outer is not None else None  # type: ignore[union-attr]


def handed(call: ast.Call) -> Iterator[str]:
    """The paths of what a call is given, and of the object whose method it is."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    for given in (receiver, *call.args, *(k.value for k in call.keywords)):
        path = path_of(given)
        if path is not None:
            yield path


def lasting(env: Environment, loop: ast.AST) -> Environment:
    """The names, without paths of which a round of a loop may give some attribute another value."""
    stored: set[str] = set()
    shaken: set[str] = set()
    for node in ast.walk(loop):
        if isinstance(node, ast.Attribute) and type(node.ctx) is not ast.Load:
            stored.add(node.attr)
        elif isinstance(node, ast.Call):
            shaken.update(handed(node))
    return {
        name: value
        for name, value in env.items()
        if "." not in name
        or (stored.isdisjoint(name.split(".")[1:]) and not any(name.startswith(f"{root}.") for root in shaken))
    }
