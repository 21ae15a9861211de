"""What macros that make definitions expand to, read from the macros' own sources.

A name that a macro takes from its own package is written ("abs", qualified name): it means the same wherever it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rulecheck.languages.julia.expand.definer import Definer
from rulecheck.languages.julia.expand.evaluator import Unresolved
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


def absolute(name: str) -> Ast:
    """A name that needs no resolving."""
    return ("abs", name)


CONTEXT: Ast = absolute("ZygoteRules.AContext")
PULLBACK: Ast = absolute("ZygoteRules._pullback")


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


def _adjoint(e: Definer, ast: Ast, scope: StatementScope) -> None:
    maker = "@" + _name(ast)
    signature, body = _signature(ast[2][-1])
    callee, arguments, _, groups = split(signature)
    function = type_of(callee)
    start, end = _ends(ast)
    context: Ast = ("::", ("sym", "__context__"), CONTEXT)
    slot: Ast = ("::", ("sym", "#f"), function)
    sorter: Ast = ("::", None, ("call", absolute("Core.kwftype"), (function,), ()))
    scope = _whole(ast, scope)
    plain = join(PULLBACK, (context, slot, *arguments), groups)
    e.add_method(plain, start[1], scope, start, end, maker=maker, reported="@adjoint", body=body)
    keyed = join(PULLBACK, (context, sorter, ("sym", "kw"), slot, *arguments), groups)
    e.add_method(keyed, start[1], scope, start, end, maker=maker, reported="@adjoint keywords", kind="keyword rule")


def _nograd(e: Definer, ast: Ast, scope: StatementScope) -> None:
    start, end = _ends(ast)
    scope = _whole(ast, scope)
    functions = [item for arg in ast[2] for item in (arg[1] if arg[0] == "tuple" else (arg,))]
    for function in functions:
        slot: Ast = ("::", None, type_of(function))
        context: Ast = ("::", None, absolute("Zygote.Context"))
        signature = join(PULLBACK, (context, slot, ("...", ("sym", "args"))), ())
        e.add_method(signature, start[1], scope, start, end, maker="@nograd", reported="@nograd")


def _constrained(argument: Ast, type_: Ast) -> Ast:
    if argument[0] == "...":
        return ("...", _constrained(argument[1], absolute("Core.Any")))
    if argument[0] == "::":
        return argument
    return ("::", argument, type_)


def _non_differentiable(e: Definer, ast: Ast, scope: StatementScope) -> None:
    callee, arguments, _, _ = split(ast[2][0])
    start, end = _ends(ast)
    scope = _whole(ast, scope)
    slot: Ast = ("::", None, type_of(callee))
    typed = tuple(_constrained(a, absolute("Core.Any")) for a in arguments)
    tangents: Ast = ("::", None, absolute("Core.Any"))
    options: dict[str, Any] = {"maker": "@non_differentiable", "any_keyword": True}
    frule = join(absolute("ChainRulesCore.frule"), (tangents, slot, *typed), ())
    e.add_method(frule, start[1], scope, start, end, **options)
    rrule = join(absolute("ChainRulesCore.rrule"), (slot, *typed), ())
    e.add_method(rrule, start[1], scope, start, end, **options)


def _scalar_rule(e: Definer, ast: Ast, scope: StatementScope) -> None:
    callee, arguments, _, _ = split(ast[2][0])
    start, end = _ends(ast)
    scope = _whole(ast, scope)
    slot: Ast = ("::", None, type_of(callee))
    typed = tuple(_constrained(a, absolute("Core.Number")) for a in arguments)
    tangents: Ast = ("::", None, absolute("Core.Any"))
    frule = join(absolute("ChainRulesCore.frule"), (tangents, slot, *typed), ())
    e.add_method(frule, start[1], scope, start, end, maker="@scalar_rule")
    rrule = join(absolute("ChainRulesCore.rrule"), (slot, *typed), ())
    e.add_method(rrule, start[1], scope, start, end, maker="@scalar_rule")


def _opt_out(e: Definer, ast: Ast, scope: StatementScope) -> None:
    signature = ast[2][0]
    callee, arguments, _, groups = split(signature)
    name = callee[1] if callee[0] == "sym" else callee[2][1] if callee[0] == "." else ""
    if name not in ("rrule", "frule"):
        raise Unresolved
    start, end = _ends(ast)
    scope = _whole(ast, scope)
    twin = join(absolute(f"ChainRulesCore.no_{name}"), arguments, groups)
    for made in (twin, signature):
        e.add_method(made, start[1], scope, start, end, maker="@opt_out", reported="none")


def _grad(e: Definer, ast: Ast, scope: StatementScope) -> None:
    signature, body = _signature(ast[2][-1])
    callee, arguments, _, groups = split(signature)
    start, end = _ends(ast)
    made = join(absolute("Tracker._forward"), (("::", None, type_of(callee)), *arguments), groups)
    e.add_method(made, start[1], _whole(ast, scope), start, end, maker="@grad", body=body)


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
    "adjoint": _adjoint,
    "adjoint!": _adjoint,
    "_adjoint_keepthunks": _adjoint,
    "_adjoint_keepthunks!": _adjoint,
    "nograd": _nograd,
    "non_differentiable": _non_differentiable,
    "scalar_rule": _scalar_rule,
    "opt_out": _opt_out,
    "grad": _grad,
    "eval": _eval,
    "require": _require,
    "deprecate": _deprecate,
    "enum": _enum,
    "forward": _forward,
    "static": _static,
}
