"""What macros that make definitions expand to, read from the macros' own sources.

A name that a macro takes from its own package is written ("abs", qualified name): it means the same wherever it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from rulecheck.languages.julia.expand.definer import Definer
from rulecheck.languages.julia.expand.evaluator import Unresolved
from rulecheck.languages.julia.expand.rule_macros import FUNCTION, SORTER, Given, RuleMacro
from rulecheck.languages.julia.expand.structs import structure
from rulecheck.languages.julia.expand.unresolved import StatementScope
from rulecheck.languages.julia.syntax.trees import Ast
from rulecheck.place import Place

Handler = Callable[[Definer, Ast, StatementScope], None]

# Macros that leave the definition that they wrap as it is.
TRANSPARENT = frozenset(
    [
        "inline",
        "noinline",
        "propagate_inbounds",
        "pure",
        "generated",
        "nospecialize",
        "specialize",
        "static",
        "doc",
        "__doc__",
        "init",
        "compat",
        "assume_effects",
        "constprop",
        "with_kw",
        "with_kw_noshow",
        "auto_hash_equals",
        "concrete",
        "traitfn",
        "memoize",
        "polly",
        "inbounds",
        "fastmath",
        "simd",
        "optlevel",
        "doc_str",
        "dynamic",
        "functor",
        "layer",
        "flattenable",
        "struct_hash_equal",
        "batteries",
        "no_escape",
        "force",
        "stable",
        "unstable",
        "mustimplement",
        "interface",
        "contextual",
        "aggressive_constprop",
        "_propagate_inbounds_meta",
        "static_if",
        "public",
        "deprecate_binding",
        "muladd",
        "views",
    ]
)


UNSAID: Ast = ("opaque", "")


def absolute(name: str) -> Ast:
    """A name that needs no resolving."""
    return ("abs", name)


def _ends(ast: Ast) -> tuple[Any, Any]:
    return ast[3], ast[4]


def _whole(ast: Ast, scope: StatementScope) -> StatementScope:
    start, end = ast[3], ast[4]
    return replace(scope, origin=scope.origin or Place(scope.label, start[1], start[2], end[1], end[2]))


def split(signature: Ast) -> tuple[Ast, tuple[Ast, ...], tuple[Ast, ...], tuple[tuple[Ast, ...], ...]]:
    """The callee, positional and keyword arguments of a signature, and its `where` groups from the outside in."""
    groups: list[tuple[Ast, ...]] = []
    while signature[0] in ("where", "::"):
        if signature[0] == "where":
            groups.append(signature[2])
        signature = signature[1]
    if signature[0] != "call":
        raise Unresolved
    return signature[1], signature[2], signature[3], tuple(groups)


def join(callee: Ast, arguments: tuple[Ast, ...], groups: tuple[tuple[Ast, ...], ...]) -> Ast:
    """A signature from its parts."""
    signature: Ast = ("call", callee, arguments, ())
    for variables in reversed(groups):
        signature = ("where", signature, variables)
    return signature


def type_of(callee: Ast) -> Ast:
    """The type of the function slot of a rule on `callee`: `(f::Foo)` gives Foo, a name its `Core.Typeof`."""
    if callee[0] == "block" and len(callee[1]) == 1:
        callee = callee[1][0]
    if callee[0] == "::":
        return callee[2]  # type: ignore[no-any-return]
    return ("call", absolute("Core.Typeof"), (callee,), ())


def _signature(ast: Ast) -> tuple[Ast, Ast]:
    """The signature and body of a definition given to a macro."""
    if ast[0] == "def":
        return ast[2], ast[3]
    if ast[0] == "=":
        return ast[2], ("opaque", "")
    raise Unresolved


def follow(macro: RuleMacro, e: Definer, ast: Ast, scope: StatementScope) -> None:
    """Record the methods that a macro for rules makes."""
    if macro.twins:
        _twins(macro, e, ast, scope)
        return
    start, end = _ends(ast)
    whole = _whole(ast, scope)
    for callee, arguments, groups, body in _given(macro, ast):
        for method in macro.methods:
            slots = tuple(_slot(name, type_, callee) for name, type_ in method.slots)
            e.add_method(
                join(absolute(method.function), (*slots, *arguments), groups),
                start[1],
                whole,
                start,
                end,
                maker="@" + _name(ast),
                reported=method.reported,
                any_keyword=macro.any_keyword,
                body=body if method.has_body else None,
                kind=method.kind,
            )


Parts = tuple[Ast, tuple[Ast, ...], tuple[tuple[Ast, ...], ...], Ast | None]


def _given(macro: RuleMacro, ast: Ast) -> Iterable[Parts]:
    """The functions that a macro makes rules for, each with arguments, `where` groups and body."""
    if macro.given is Given.FUNCTIONS:
        for argument in ast[2]:
            for function in argument[1] if argument[0] == "tuple" else (argument,):
                yield function, (("...", ("sym", "args")),), (), None
        return
    signature, body = _signature(ast[2][-1]) if macro.given is Given.DEFINITION else (ast[2][0], None)
    callee, arguments, _, groups = split(signature)
    if macro.untyped is not None:
        type_ = absolute(macro.untyped)
        arguments, groups = tuple(_constrained(a, type_) for a in arguments), ()
    yield callee, arguments, groups, body


def _slot(name: str | None, type_: str | None, callee: Ast) -> Ast:
    """An argument that a macro puts before those that it is given."""
    symbol: Ast | None = ("sym", name) if name is not None else None
    if type_ is None:
        return symbol or UNSAID
    if type_ == FUNCTION:
        return ("::", symbol, type_of(callee))
    if type_ == SORTER:
        return ("::", symbol, ("call", absolute("Core.kwftype"), (type_of(callee),), ()))
    return ("::", symbol, absolute(type_))


def _constrained(argument: Ast, type_: Ast) -> Ast:
    if argument[0] == "...":
        return ("...", _constrained(argument[1], absolute("Core.Any")))
    if argument[0] == "::":
        return argument
    return ("::", argument, type_)


def _twins(macro: RuleMacro, e: Definer, ast: Ast, scope: StatementScope) -> None:
    """Record a signature itself, and the same of its function's twin."""
    signature = ast[2][0]
    callee, arguments, _, groups = split(signature)
    name = callee[1] if callee[0] == "sym" else callee[2][1] if callee[0] == "." else ""
    twin = next((twin for of, twin in macro.twins if of == name), None)
    if twin is None:
        raise Unresolved
    start, end = _ends(ast)
    scope = _whole(ast, scope)
    for made in (join(absolute(twin), arguments, groups), signature):
        e.add_method(made, start[1], scope, start, end, maker="@" + _name(ast), reported="none")


def _eval(e: Definer, ast: Ast, scope: StatementScope) -> None:
    args = ast[2]
    if len(args) == 2:
        scope = replace(scope, module=e.module_of(args[0], scope))
    # What stands in `@eval` is global: a loop's variables count only where they are interpolated.
    inner = replace(scope, env={}, local=False)
    statements = args[-1][1] if args[-1][0] == "block" else args[-1:]
    for statement in statements:
        try:
            code = e.values.interpolate(statement, scope)
        except Unresolved:
            if statement[0] not in ("str", "lit") and statement[:2] != ("macro", ("sym", "doc")):
                raise
            continue
        e.evaluate(code, inner)


def _require(e: Definer, ast: Ast, scope: StatementScope) -> None:
    first, *rest = ast[2]
    if first[0] == "=" and first[2][0] == "sym":
        package = first[2][1]
    elif first[0] == "kw":
        package = first[1][1]
    else:
        raise Unresolved
    scope.module.imports.setdefault(package, (0, (package,), None))
    e.run(rest, replace(scope, when=(*scope.when, package)))


def _deprecate(e: Definer, ast: Ast, scope: StatementScope) -> None:
    old = ast[2][0]
    start, end = _ends(ast)
    scope = _whole(ast, scope)
    inner = old
    while inner[0] in ("where", "::") and inner[1] is not None:
        inner = inner[1]
    if inner[0] == "call":
        e.add_method(old, start[1], scope, start, end, maker="@deprecate", reported="@deprecate")
    else:
        made = join(old, (("...", ("sym", "args")),), ())
        e.add_method(made, start[1], scope, start, end, maker="@deprecate", reported="@deprecate name")


def _enum(e: Definer, ast: Ast, scope: StatementScope) -> None:
    head, *members = ast[2]
    name, base = (head[1], head[2]) if head[0] == "::" else (head, ("sym", "Int32"))
    start, end = _ends(ast)
    supertype = ("curly", absolute("Base.Enums.Enum"), (base,))
    structure(e, ("struct", "primitive", ("<:", name, supertype), (), start, end, start[1]), scope)
    listed = [m for member in members for m in (member[1] if member[0] == "block" else (member,))]
    for member in listed:
        e.bind(member[2] if member[0] == "=" else member, scope, "const")
    integer: Ast = ("::", ("sym", "x"), absolute("Core.Integer"))
    e.add_method(join(name, (integer,), ()), start[1], scope, start, end, maker="@enum", reported="@enum")


def _forward(e: Definer, ast: Ast, scope: StatementScope) -> None:
    """MacroTools' and Lazy's `@forward Foo.field f, g`."""
    target, *functions = ast[2]
    owner = target[1]
    start, end = _ends(ast)
    scope = _whole(ast, scope)
    for function in [f for group in functions for f in (group[1] if group[0] in ("tuple", "vect") else (group,))]:
        arguments: tuple[Ast, ...] = (("::", ("sym", "x"), owner), ("...", ("sym", "args")))
        signature = join(function, arguments, ())
        e.add_method(signature, start[1], scope, start, end, maker="@forward", reported="@forward", any_keyword=True)


def _static(e: Definer, ast: Ast, scope: StatementScope) -> None:
    e.run(ast[2][-1:], scope)


def _name(ast: Ast) -> str:
    name = ast[1]
    return str(name[1] if name[0] == "sym" else name[2][1])


def _commutative(e: Definer, ast: Ast, scope: StatementScope) -> None:
    """LinearAlgebra's own: the definition, and one with its arguments the other way round."""
    e.run(ast[2][-1:], scope)
    signature, _ = _signature(ast[2][-1])
    callee, arguments, _, groups = split(signature)
    start, end = _ends(ast)
    swapped = join(callee, arguments[::-1], groups)
    e.add_method(swapped, start[1], _whole(ast, scope), start, end, maker="@commutative", reported="none")


def _irrational(e: Definer, ast: Ast, scope: StatementScope) -> None:
    """Base's `@irrational name value definition`."""
    name = ast[2][0]
    start, end = _ends(ast)
    scope = _whole(ast, scope)
    type_: Ast = ("curly", absolute("Base.Irrational"), (("quote", name),))
    e.assign(("=", start[1], name, ("call", type_, (), ()), start, end), scope)
    rounding: Ast = ("kw", ("::", ("sym", "r"), absolute("Base.MPFR.MPFRRoundingMode")), ("opaque", "default"))
    library = ast[2][-1][0] == "sym"
    for target, key, more in (
        ("Base.MPFR.BigFloat", "library" if library else "BigFloat", (rounding,) if library else ()),
        ("Core.Float64", "Float64", ()),
        ("Core.Float32", "Float32", ()),
    ):
        signature = join(absolute(target), (("::", None, type_), *more), ())
        e.add_method(signature, start[1], scope, start, end, maker="@irrational", reported=f"@irrational {key}")


def _kwdef(e: Definer, ast: Ast, scope: StatementScope) -> None:
    """`@kwdef struct ... end`: the type, and constructors that take its fields as keywords."""
    declared = ast[2][-1]
    e.run((declared,), scope)
    if declared[0] != "struct":
        return
    head = declared[2]
    while head[0] == "<:":
        head = head[1]
    fields = [f[2] if f[0] == "=" else f for f in declared[3]]
    names = [f[1] if f[0] == "::" else f for f in fields if f[0] in ("sym", "::")]
    keywords = tuple(("kw", name, ("opaque", "default")) for name in names)
    if not keywords:
        return
    start, end = _ends(ast)
    scope = _whole(ast, scope)
    name = head[1] if head[0] == "curly" else head

    def add(signature: Ast, key: str) -> None:
        e.add_method(signature, start[1], scope, start, end, kind="default constructor", maker="@kwdef", reported=key)

    if head[0] != "curly":
        add(("call", name, (), keywords), "@kwdef")
        return
    add(("call", name, (), keywords), "@kwdef parametric")
    applied = ("curly", name, tuple(v[1] if v[0] in ("<:", ">:") else v for v in head[2]))
    add(("where", ("call", applied, (), keywords), head[2]), "@kwdef applied")


MACROS: dict[str, Handler] = {
    "irrational": _irrational,
    "kwdef": _kwdef,
    "commutative": _commutative,
    "eval": _eval,
    "require": _require,
    "deprecate": _deprecate,
    "enum": _enum,
    "forward": _forward,
    "static": _static,
}


def handlers(macros: Iterable[RuleMacro]) -> dict[str, Handler]:
    """What follows each macro that is known, by name: Julia's own and those that make rules."""
    return MACROS | {name: partial(follow, macro) for macro in macros for name in macro.names}
