"""What loops around `@eval` compute with has the values that Julia gives; what may have another is not worked out."""

from __future__ import annotations

from typing import Any

import pytest

from rulecheck.languages.julia.expand.evaluator import UNKNOWN, Evaluator, Quoted, Unresolved, Version
from rulecheck.languages.julia.expand.unresolved import RawModule, StatementScope
from rulecheck.languages.julia.syntax.parse import parse
from rulecheck.languages.julia.syntax.trees import Ast


def right_of(source: str) -> Ast:
    """The right side of `x = source`."""
    (statement,) = parse(f"x = {source}".encode(), "").statements
    right: Ast = statement[3]
    return right


def symbol(name: str) -> Quoted:
    return Quoted(("sym", name))


def code(source: str) -> Quoted:
    """The expression as code."""
    return Quoted(right_of(source))


SCOPE = StatementScope(
    RawModule("Main", None), "/package/src/file.jl", "src/file.jl", {"n": 2, "f": symbol("sin"), "lost": UNKNOWN}
)
SCOPE.module.values["names"] = (right_of("(:a, :b)"), SCOPE)
FAST = right_of("Dict(:+ => :add_fast, :sin => :sin_fast)")


def evaluator() -> Evaluator:
    return Evaluator(
        (1, 6, 0),
        known=lambda _, module, name: {"sin": True, "gone": False}.get(name),
        imported=lambda scope, name: (FAST, scope) if name == "Base.FastMath.fast_op" else None,
        members=lambda _, ast: [("sym", "Float32"), ("sym", "Int64")] if ast == ("sym", "Small") else None,
        listing=lambda path: ["a.jl", "b.jl"] if path == "/package/src/parts" else [],
    )


def value_of(source: str) -> Any:
    return evaluator().value(right_of(source), SCOPE)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        # names and literals
        ("n", 2),
        ("names", [symbol("a"), symbol("b")]),
        ("VERSION", Version((1, 6, 0))),
        ("Unknown", symbol("Unknown")),
        ("@__DIR__", "/package/src"),
        ("begin\n1\n2\nend", 2),
        ("USE_BLAS64", True),
        # texts and symbols
        ('"a$(n)b"', "a2b"),
        ('"a" * "b"', "ab"),
        ('string(:a, "b", 1, true)', "ab1true"),
        ("Symbol(:a, :_, 1)", symbol("a_1")),
        ("Symbol.((:a, :b))", [symbol("a"), symbol("b")]),
        ("Symbol(\"my\", 'c')", symbol("myc")),
        ("string(Base.sin)", "Base.sin"),
        ('uppercase("ab") * lowercase("CD")', "ABcd"),
        ('endswith("a.jl", ".jl")', True),
        ('startswith("a.jl", "b")', False),
        ('joinpath("a", "b")', "a/b"),
        ('readdir(joinpath(@__DIR__, "parts"))', ["a.jl", "b.jl"]),
        # conditions
        ("!true", False),
        ("true && false", False),
        ("false && lost", False),
        ("true || lost", True),
        ("n == 2 ? 1 : lost", 1),
        ("1 < n < 3", True),
        ("1 < n < 2", False),
        ("n != 2", False),
        (":a === :a", True),
        (":a != :b", True),
        ("Int === Int64", True),
        ('VERSION >= v"1.6"', True),
        ('VERSION < v"1.6-"', False),
        ('v"1.5.3" < v"1.6"', True),
        ("isdefined(Base, :sin)", True),
        ("isdefined(Base, :gone)", False),
        ("Sys.iswindows()", False),
        ("Sys.islinux()", True),
        ("n in (1, 2)", True),
        (":c ∈ (:a, :b)", False),
        ("Float32 <: AbstractFloat", True),
        ("Int <: Unsigned", False),
        ("Bool <: Integer", True),
        ("Int <: Small", True),
        ("Float64 <: Small", False),
        # numbers
        ("n + 1", 3),
        ("n - 3", -1),
        ("sizeof(Int)", 8),
        ("sizeof(Float16)", 2),
        ("sizeof(Ptr{Cvoid})", 8),
        ("Int(n)", 2),
        ("1:3", [1, 2, 3]),
        ("1:2:6", [1, 3, 5]),
        ("3:-1:1", [3, 2, 1]),
        ("3:1", []),
        # collections
        ("(1, (2, 3)...)", [1, 2, 3]),
        ("[1, 2]", [1, 2]),
        ("(1, 2)[2]", 2),
        ("Any[1, 2]", [1, 2]),
        ("length((1, 2))", 2),
        ("first((1, 2)) + last((1, 2))", 3),
        ("zip((1, 2, 3), (:a, :b))", [[1, symbol("a")], [2, symbol("b")]]),
        ("enumerate((:a, :b))", [[1, symbol("a")], [2, symbol("b")]]),
        ("Iterators.product((1, 2), (:a,))", [[1, symbol("a")], [2, symbol("a")]]),
        ("Iterators.product((1, 2), (3, 4))", [[1, 3], [2, 3], [1, 4], [2, 4]]),
        ("vcat((1,), [2])", [1, 2]),
        ("union((1,), [2])", [1, 2]),
        ("collect((1, 2))", [1, 2]),
        ("Dict(:a => 1)[:a]", 1),
        ("get(Dict(:a => 1), :a, 2)", 1),
        ("get(Dict(:a => 1), :b, 2)", 2),
        ("merge(Dict(:a => 1), Dict(:b => 2))[:b]", 2),
        ("Base.uniontypes(Small)", [symbol("Float32"), symbol("Int64")]),
        # code
        (":(g(x))", code("g(x)")),
        (":($f(x))", code("sin(x)")),
        (":(g($(1, 2)...))", code("g((1, 2)...)")),
        (":(g($((1, 2)...)))", code("g(1, 2)")),
        (":(Base.$f(x))", code("Base.sin(x)")),
        (":($(:(Base.sin))(x))", code("Base.sin(x)")),
        ("QuoteNode(:a)", code(":a")),
        ("esc(:a)", symbol("a")),
        ("Expr(:call, :g, :x, 1)", code("g(x, 1)")),
        ("Expr(:curly, :Vector, :T)", code("Vector{T}")),
        ("Expr(:., :Base, QuoteNode(:sin))", code("Base.sin")),
        ("Expr(:..., :x)", Quoted(("...", ("sym", "x")))),
        ("Expr(:tuple, 1, 2)", code("(1, 2)")),
        ("Expr(:quote, :a)", code(":a")),
        ("Expr(:(::), :x, :Int)", Quoted(("::", ("sym", "x"), ("sym", "Int")))),
        ("Expr(:(::), :Int)", Quoted(("::", None, ("sym", "Int")))),
        ("typeof(sin)", code("typeof(sin)")),
        ("Vector{f}", code("Vector{sin}")),
        ("Base.FastMath.make_fastmath(:(sin(x) + 1))", code("Base.FastMath.add_fast(Base.FastMath.sin_fast(x), 1)")),
        ("ccall(:jl_cholmod_sizeof_long, Csize_t, ())", 8),
        ("ccall((:jl_get_UNAME, :lib), Any, ())", symbol("Linux")),
    ],
)
def test_values(source: str, value: Any) -> None:
    found = value_of(source)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "source",
    [
        "lost",
        "nothing",
        "nothing === lost",
        "lost && true",
        "n && true",
        "n ? 1 : 2",
        '1 < "a"',
        "Int <: lost",
        "MyType <: AbstractFloat",
        "Int <: MyType",
        "isdefined(Base, :perhaps)",
        "Base.uniontypes(Large)",
        "(1, 2)[0]",
        "(1, 2)[3]",
        "n[1]",
        "(1, 2)[1, 2]",
        "Dict(:a => 1)[:b]",
        "get(Dict(:a => 1), :b)",
        "length(n)",
        "(n...,)",
        ":(g($(n...)))",
        ":(g($lost))",
        ":(g($(names(Base))))",
        "1:10^9",
        "1:0:2",
        "1:2000",
        "sizeof(MyType)",
        "rand()",
        "ccall(:getpid, Cint, ())",
        "Base.FastMath.make_fastmath(1)",
        "Expr(:for, 1)",
        "Expr(n, 1)",
        "Symbol((1, 2))",
        "string([1])",
        "x -> 1",
    ],
)
def test_what_may_be_another_value_is_not_worked_out(source: str) -> None:
    with pytest.raises(Unresolved):
        value_of(source)


def test_what_leads_to_itself_ends() -> None:
    SCOPE.module.values["circle"] = (right_of("string(circle)"), SCOPE)
    with pytest.raises(Unresolved):
        value_of("circle")
    assert value_of("n") == 2


def test_what_is_put_in_belongs_to_its_level_of_quoting() -> None:
    assert value_of(":(:(g($f)))") == Quoted(("quote", right_of(":(g($f))")[1]))
    assert value_of(":(:(g($($f))))") == Quoted(("quote", right_of(":(g($sin))")[1]))


def test_a_keyword_that_is_not_known_may_be_any() -> None:
    (call,) = (value_of(":(g(x; $lost))").ast,)
    assert call[:3] == ("call", ("sym", "g"), (("sym", "x"),))
    assert call[3] == (("...", ("opaque", "keywords")),)
