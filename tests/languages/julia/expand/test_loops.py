"""Definitions made by loops around `@eval` and by `eval` are those that running the loop would make."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rulecheck.languages.julia.link.type_expressions import show
from rulecheck.languages.julia.program import JuliaProgram
from tests.languages.julia.conftest import lines

Read = Callable[[str], JuliaProgram]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("for f in (:a, :b)\n  @eval $f(x) = 1\nend", ["Main.a(Any) @ 2", "Main.b(Any) @ 2"]),
        ("for f in [:+, :*]\n  @eval Base.$f(x::Int) = 1\nend", ["Base.+(Int) @ 2", "Base.*(Int) @ 2"]),
        (
            "for (f, T) in ((:a, :Int), (:b, :Float64))\n  @eval begin\n    $f(x::$T) = 1\n  end\nend",
            ["Main.a(Int) @ 3", "Main.b(Float64) @ 3"],
        ),
        (
            "for f in (:a,), T in (Int, Float64)\n  @eval function $f(x::$T)\n  end\nend",
            ["Main.a(Int) @ 2", "Main.a(Float64) @ 2"],
        ),
        (
            'for f in (:a, :b)\n  for T in (:Int,)\n    @eval $(Symbol(f, :_, T, "!"))(x::$T) = 1\n  end\nend',
            ["Main.a_Int!(Any) @ 3".replace("Any", "Int"), "Main.b_Int!(Int) @ 3"],
        ),
        ("const names = (:a, :b)\nfor f in names\n  @eval $f() = 1\nend", ["Main.a() @ 3", "Main.b() @ 3"]),
        ('for f in (:a, :b)\n  g = Symbol("my_", f)\n  @eval $g() = 1\nend', ["Main.my_a() @ 3", "Main.my_b() @ 3"]),
        ("for f in (:a, :b)\n  f === :a && continue\n  @eval $f() = 1\nend", ["Main.b() @ 3"]),
        ("for f in (:a, :b)\n  eval(:($f(x) = 1))\nend", ["Main.a(Any) @ 2", "Main.b(Any) @ 2"]),
        ("eval(quote\n  f(x) = 1\nend)", ["Main.f(Any) @ 2"]),
        ("let code = quote\n    f(x) = 1\n  end\n  eval(code)\nend", ["Main.f(Any) @ 2"]),
        ("for T in (Int, Float64)\n  f(x::T) = 1\nend", ["Main.f(Int) @ 2", "Main.f(Float64) @ 2"]),
        (
            "for (f, n) in zip((:a, :b), 1:2)\n  @eval $f(::Val{$n}) = 1\nend",
            ["Main.a(Base.Val{1}) @ 2", "Main.b(Base.Val{2}) @ 2"],
        ),
        ("function define(f)\n  @eval $f(x::Int) = 1\nend\ndefine(:a)", ["Main.define(Any) @ 1", "Main.a(Int) @ 2"]),
        ("macro both(op)\n  quote\n    $(esc(op))(x::Int) = 1\n  end\nend\n@both foo", ["Main.foo(Int) @ 3"]),
        ("@eval Base sum(x::Int) = 1", ["Base.sum(Int) @ 1"]),
        ("for (a, T) in ((1, Int),)\n  @eval f(x::$T) = $a\nend", ["Main.f(Int) @ 2"]),
    ],
)
def test_loops(read: Read, source: str, expected: list[str]) -> None:
    assert lines(read(source).owned_methods) == expected


def test_a_loop_that_cannot_be_worked_out_is_counted(read: Read) -> None:
    program = read("for f in names(Base)\n  @eval $f(x) = 1\nend\ng(x) = 1")
    assert lines(program.owned_methods) == ["Main.g(Any) @ 4"]
    (unresolved,) = program.unresolved
    assert unresolved.place.line == 1
    assert "could not be worked out" in unresolved.reason


def test_an_endless_product_of_loops_stops(read: Read) -> None:
    bounds = ", ".join(f"{v} in 1:100" for v in "abcd")
    program = read(f"for {bounds}\n  @eval f(::Val{{$a}}) = 1\nend")
    assert any("the rest is not read" in u.reason for u in program.unresolved)


def test_methods_of_loops_have_no_span_to_edit(read: Read) -> None:
    looped, plain = read("for f in (:a,)\n  @eval $f() = 1\nend\nb() = 2").owned_methods
    assert looped.span == (-1, -1)
    assert plain.span[0] > 0


def test_ranges_with_steps_and_several_names_at_once(read: Read) -> None:
    program = read(
        "struct A end\nstruct B end\nstruct C end\n"
        "let steps = ((:A, 1), (:B, 2), (:C, 3))\n"
        "  for i = length(steps):-1:2\n"
        "    T, n = steps[i]\n"
        "    @eval weigh(x::$T) = $n\n"
        "  end\n"
        "end"
    )
    assert [show(m.arguments[0]) for m in program.owned_methods if m.function == "Main.weigh"] == ["Main.C", "Main.B"]


def test_keywords_that_cannot_be_worked_out_lose_no_method(read: Read) -> None:
    program = read("for k in (:(dims = 1),)\n  @eval weigh(x::Int; $(Expr(:kw, k.args...))) = 1\nend")
    (method,) = (m for m in program.owned_methods if m.function == "Main.weigh")
    assert method.takes_any_keyword
