"""Calls in the bodies of methods, with the types of their operands as far as these are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from rulecheck.dispatch.parametric import ParametricError, Term
from rulecheck.dispatch.parametric.types import DataType, Value, unwrap
from rulecheck.languages.julia.facts import Body, JuliaCall, JuliaMethod
from rulecheck.languages.julia.kit.operand_types import Ast, Env, OperandTypes
from rulecheck.languages.julia.kit.project_methods import ProjectMethods

# How many ways to instantiate a method's own signature are looked at for its body.
MOST = 4


@dataclass(frozen=True, slots=True)
class TypedCall:
    """A call of a function in a module, `scope`; `operands` has one row for each choice of types, none where one of
    them is not known.
    """

    call: JuliaCall
    function: str
    keywords: tuple[str, ...]
    scope: str
    operands: tuple[tuple[Term, ...], ...]


def typed_calls(methods: ProjectMethods, operands: OperandTypes) -> Iterator[TypedCall]:
    """Every call of a project that one of its types takes part in."""
    for body in methods.program.bodies:
        yield from _calls(methods, operands, body)


def _calls(methods: ProjectMethods, operands: OperandTypes, body: Body) -> Iterator[TypedCall]:
    calls = [(call, function) for call in body.calls if (function := _called(methods, operands, call)) is not None]
    if not calls:
        return
    envs = [_assigned(operands, body, env) for env in islice(_envs(methods, body.method), MOST)]
    for call, function in calls:
        rows: dict[tuple[Term, ...], None] = {}
        unknown = False
        for env in envs:
            types = [operands.of(a, call.module, env) for a in _arguments(call.expr)]
            known = tuple(t for t in types if t is not None)
            if len(known) < len(types):
                unknown = True
            elif any(map(operands.is_own, known)):
                rows[known] = None
        if rows:
            yield TypedCall(call, function, _keywords(call.expr), body.method.module, () if unknown else tuple(rows))


def _called(methods: ProjectMethods, operands: OperandTypes, call: JuliaCall) -> str | None:
    """The function that a call asks for, where there are methods of it."""
    expr = call.expr
    function = "Base.adjoint" if expr[0] == "'" else None
    if expr[0] == "call":
        function = operands.function(expr[1], call.module)
    if function is None or not methods.library.methods(function):
        return None
    try:
        methods.function_type(function)
    except ParametricError:
        return None
    return function


def _envs(methods: ProjectMethods, method: JuliaMethod) -> Iterator[dict[str, Term | None]]:
    """Types for the parameters; one that is not annotated is not known."""
    if not method.names:
        yield {}
        return
    seen: set[object] = set()
    for types in methods.calls_of(method):
        shape = tuple(map(_shape, types[1:]))
        if shape in seen:
            continue  # the likeliest parameters come first
        seen.add(shape)
        env: dict[str, Term | None] = {}
        for name, declared, type_ in zip(method.names, method.arguments, types[1:], strict=False):
            open_ended = declared == ("name", "Core.Any") or declared[0] == "vararg"
            env[name] = None if open_ended else type_
        yield env


def _assigned(operands: OperandTypes, body: Body, env: dict[str, Term | None]) -> Env:
    """The local variables: one that is assigned several times is not known, and all start from the parameters."""
    counts: dict[str, int] = {}
    for name, _ in body.assignments:
        counts[name] = counts.get(name, 0) + (2 if name in env else 1)
    for name, value in body.assignments:
        env[name] = operands.of(value, body.method.module, env) if counts[name] == 1 else None
    return env


def _arguments(expr: Ast) -> list[Ast]:
    if expr[0] == "'":
        return [expr[1]]
    return [a for a in expr[2] if a[0] != "kw"]


def _keywords(expr: Ast) -> tuple[str, ...]:
    """The keywords that a call passes by name; what it splats may be nothing."""
    if expr[0] != "call":
        return ()
    given = [*(a for a in expr[2] if a[0] == "kw"), *(expr[3] if len(expr) > 3 else ())]
    return tuple(name for k in given if (name := _keyword_name(k)))


def _keyword_name(keyword: Ast) -> str:
    """The name of a keyword, written out or short: `; by = 1`, `; by`, `; settings.by`."""
    while keyword[0] in ("kw", "."):
        keyword = keyword[1 if keyword[0] == "kw" else 2]
    return str(keyword[1]) if keyword[0] == "sym" else ""


def _shape(type_: Term) -> object:
    """A type without the types that it holds; numbers, as of dimensions, stay."""
    inner = unwrap(type_)
    if type(inner) is not DataType:
        return inner
    return inner.constructor.name, tuple(p for p in inner.parameters if isinstance(p, Value))
