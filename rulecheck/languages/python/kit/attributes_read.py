"""Which attributes a function's body reads of one of its parameters."""

from __future__ import annotations

from collections.abc import Iterator

from rulecheck.facts import Expr, Function, inside
from rulecheck.languages.python.program import Program

_GUARDS = frozenset({"hasattr", "getattr", "isinstance", "type"})


def attributes_read(program: Program, function: Function, parameter: str) -> list[str]:
    """The attributes in the order of reading; none where the body asks what the parameter is before it reads.

    Functions within the body, such as the pullback, see the same parameter, unless they have one of that name.
    """
    inside_it = (f for f in program.functions_owned() if _is_inside(f, function))
    bodies = [function, *(f for f in inside_it if all(p.name != parameter for p in f.parameters))]
    found: dict[str, None] = {}
    for body in bodies:
        for expr in (*(call.expr for call in body.calls), *body.results):
            for part in _walk(expr):
                if part[0] == "call" and part[1][0] == "name" and part[1][1] in _GUARDS:
                    if part[2] and _is(part[2][0], parameter):
                        return []
                elif part[0] == "attr" and _is(part[1], parameter):
                    found[part[2]] = None
                elif part[0] == "narrow" and _is(part[1], parameter):
                    return []
    return list(found)


def has_attribute(program: Program, type_: str, attribute: str) -> bool:
    """Whether values of a type have an attribute, of the class or of their own, as far as source says."""
    return program.lookup(type_, attribute) is not None or _has_field(program, type_, attribute)


def lacks_attribute(program: Program, type_: str, attribute: str) -> bool:
    """Whether values of a type of which all source is known need not have an attribute."""
    known = program.type(type_)
    if known is None or not known.complete or known.dynamic or attribute.startswith("__"):
        return False
    return not has_attribute(program, type_, attribute)


def _has_field(program: Program, type_: str, attribute: str) -> bool:
    return any(attribute in t.fields for n in program.mro(type_) if (t := program.type(n)) is not None)


def _is_inside(inner: Function, outer: Function) -> bool:
    own, around = inner.place, outer.place
    same = own.path == around.path and inner.name != outer.name
    return same and around.line <= own.line and own.end_line <= around.end_line


def _is(expr: Expr, parameter: str) -> bool:
    """Whether an expression is the parameter, in its function or in one inside of it."""
    return expr[0] in ("param", "free") and expr[1] == parameter


def _walk(expr: Expr) -> Iterator[Expr]:
    yield expr
    for part in inside(expr):
        yield from _walk(part)
