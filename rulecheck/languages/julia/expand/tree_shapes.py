"""What shapes of syntax say: a signature's names, a loop's variables, whether a body defines anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rulecheck.languages.julia.expand.evaluator import Unresolved
from rulecheck.languages.julia.syntax.trees import Ast


def destructure(target: Ast, item: Any) -> Mapping[str, Any]:
    """The names that a loop's target takes from one item. Raises Unresolved where they do not fit."""
    if target[0] == "sym":
        return {target[1]: item}
    if target[0] == "tuple" and isinstance(item, list) and len(item) >= len(target[1]):
        env: dict[str, Any] = {}
        for part, value in zip(target[1], item, strict=False):
            env |= destructure(part, value)
        return env
    raise Unresolved


def is_qualified(signature: Ast) -> bool:
    """Whether a signature is of another module's function, `Base.f(x)`."""
    while signature[0] in ("where", "::", "call") and signature[1] is not None:
        signature = signature[1]
    return bool(signature[0] == ".")


def default(argument: Ast) -> Ast | None:
    """The default of an argument, if it has one."""
    return argument[2] if argument[0] == "kw" else None


def argument_name(argument: Ast) -> str:
    """An argument's name without its type and default."""
    while argument[0] in ("::", "macro", "kw", "..."):
        argument = argument[2][-1] if argument[0] == "macro" and argument[2] else argument[1] or ("sym", "")
        if isinstance(argument, str):
            return argument
    return str(argument[1])


def defines(statements: Iterable[Ast]) -> bool:
    """Whether a loop's body can define anything."""
    for s in statements:
        if s[0] in ("def", "macro", "struct"):
            return True
        if s[0] in ("block", "let", "try", "for", "if", "call", "?"):
            return True
    return False
