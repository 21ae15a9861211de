"""Symbols that several readers of syntax make: values of builtin types, elements, unions."""

from __future__ import annotations

from rulecheck.facts import UNKNOWN, Expr

NONE: Expr = ("const", None)
# What an empty list or dict holds: what is put in later is all that there is.
NOTHING: Expr = ("nothing",)
BUILTIN = "::builtins."


def builtin(name: str) -> Expr:
    """A value of a builtin type about which nothing else is known."""
    return ("call", ("name", BUILTIN + name), (), ())


def element(base: Expr) -> Expr:
    """What iterating over an expression yields."""
    tag = base[0]
    if tag == "each":
        inner: Expr = base[1]
        return inner
    if tag in ("tuple", "list", "set"):
        return union(base[1])
    return UNKNOWN if base == UNKNOWN else ("elem", base)


def union(exprs: tuple[Expr, ...] | list[Expr]) -> Expr:
    """One of several; unknown if any of them is."""
    # By identity, except names: 1, 1.0 and True are equal and yet of three types.
    distinct = list({(e if e[0] in ("name", "param") else id(e)): e for e in exprs}.values())
    if len(distinct) == 1:
        return distinct[0]
    if not distinct or UNKNOWN in distinct or len(distinct) > 16:
        return UNKNOWN
    return ("union", tuple(distinct))
