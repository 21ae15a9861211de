"""Statements around definitions are followed as Julia evaluates them; what cannot be told is counted, or uncertain."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rulecheck.languages.julia.program import JuliaProgram
from tests.languages.julia.conftest import lines

Read = Callable[[str], JuliaProgram]

HEAD = "struct A end\nstruct P{T}; a::T; end\n"
FOLLOWED = {
    # where it is evaluated
    "module M end\n@eval M g(x) = 2": ["Main.M.g(Any) @ 4"],
    "module M end\nM.eval(:(g(x) = 2))": ["Main.M.g(Any) @ 4"],
    "module M\nf(x) = 1\nend\neval(M, :(g(x) = 2))": ["Main.M.f(Any) @ 4", "Main.M.g(Any) @ 6"],
    "global f(x::A) = 1": ["Main.f(Main.A) @ 3"],
    "begin\n  f(x::A) = 1\nend": ["Main.f(Main.A) @ 4"],
    "let n = 2\n  @eval f(::Val{$n}) = 1\nend": ["Main.f(Base.Val{2}) @ 4"],
    # whose function it is
    "import Base: sum, +\nsum(x::A) = 1\n+(x::A, y::A) = 1": ["Base.sum(Main.A) @ 4", "Base.+(Main.A, Main.A) @ 5"],
    "using Base: size\nsize(x::A) = 1": ["Base.size(Main.A) @ 4"],
    "Base.:(==)(x::A, y::A) = 1": ["Base.==(Main.A, Main.A) @ 3"],
    "!(x::A) = 1": ["Main.!(Main.A) @ 3"],
    "(f)(x::A) = 1": ["Main.f(Main.A) @ 3"],
    "f(x::A) = g(x)\ng(x) = 1; h(x) = 2": ["Main.f(Main.A) @ 3", "Main.g(Any) @ 4", "Main.h(Any) @ 4"],
    # conditions
    'if VERSION >= v"1.4"\n  f(x::A) = 1\nelse\n  f(x::P) = 1\nend': ["Main.f(Main.A) @ 4"],
    "if Sys.iswindows()\n  f(x::A) = 1\nelseif true\n  f(x::P) = 1\nend": ["Main.f(Main.P) @ 6"],
    '@static if VERSION < v"1.0"\n  f(x::A) = 1\nend': [],
    'VERSION > v"1.0" && (f(x::A) = 1)': ["Main.f(Main.A) @ 3"],
    'VERSION > v"1.0" || (f(x::A) = 1)': [],
    "g = 1 > 2 ? :f : :h\n@eval $g(x::A) = 1": ["Main.h(Main.A) @ 4"],
    # values of several names
    "const (a, b) = (:f, :g)\n@eval $a(x::A) = 1": ["Main.f(Main.A) @ 4"],
    "a, b = :f, :g\n@eval $b(x::A) = 1": ["Main.g(Main.A) @ 4"],
    # loops
    "for i in 1:2, j in 1:2\n  i == j || continue\n  @eval f(::Val{$i}, ::Val{$j}) = 1\nend": [
        "Main.f(Base.Val{1}, Base.Val{1}) @ 5",
        "Main.f(Base.Val{2}, Base.Val{2}) @ 5",
    ],
    "for f in (:a, :b, :c)\n  f == :b && break\n  @eval $f(x::A) = 1\nend": ["Main.a(Main.A) @ 5"],
    "for i in 1:2, j in 1:2\n  j == 2 && break\n  @eval f(::Val{$i}, ::Val{$j}) = 1\nend": [
        "Main.f(Base.Val{1}, Base.Val{1}) @ 5"
    ],
    "for i in 1:2\n  for j in 1:2\n    j == 2 && break\n    @eval f(::Val{$i}, ::Val{$j}) = 1\n  end\nend": [
        "Main.f(Base.Val{1}, Base.Val{1}) @ 6",
        "Main.f(Base.Val{2}, Base.Val{1}) @ 6",
    ],
    "for (k, v) in Dict(:a => 1)\n  @eval $k(::Val{$v}) = 1\nend": ["Main.a(Base.Val{1}) @ 4"],
    "for T in [A, P]\n  @eval f(x::$T) = 1\nend": ["Main.f(Main.A) @ 4", "Main.f(Main.P) @ 4"],
    "function define(T)\n  @eval f(x::$T) = 1\nend\nfor T in (:A, :P)\n  define(T)\nend": [
        "Main.define(Any) @ 3",
        "Main.f(Main.A) @ 4",
        "Main.f(Main.P) @ 4",
    ],
    # macros that change nothing of the definition, or make some
    "@inline f(x::A) = 1": ["Main.f(Main.A) @ 3"],
    "@generated f(x::A) = 1": ["Main.f(Main.A) @ 3"],
    "@generated function f(x::A)\n  :(1)\nend": ["Main.f(Main.A) @ 3"],
    "Base.@propagate_inbounds f(x::A) = 1": ["Main.f(Main.A) @ 3"],
    '"documented"\nf(x::A) = 1': ["Main.f(Main.A) @ 4"],
    '@doc "documented" f(x::A) = 1': ["Main.f(Main.A) @ 3"],
    "@deprecate old(x::A) new(x)": ["Main.old(Main.A) @ 3"],
    "macro m(T)\n  if T === :A\n    return esc(:(f(x::$T) = 1))\n  else\n    return esc(:(g(x::$T) = 1))\n  end\nend\n"
    "@m A\n@m P": ["Main.f(Main.A) @ 5", "Main.g(Main.P) @ 7"],
    # constructors
    "struct I\n  a\n  I(x::Int) = new(x)\n  I(x::Int, y) = new(x)\nend": ["Main.I(Int) @ 5", "Main.I(Int, Any) @ 6"],
}


@pytest.mark.parametrize("source", FOLLOWED)
def test_what_is_defined(read: Read, source: str) -> None:
    program = read(HEAD + source)
    assert lines(m for m in program.owned_methods if m.julia_place.line > 2) == FOLLOWED[source]
    assert not program.unresolved
    assert not program.unreadable


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("macro strange(e) end\n@strange f(x::A) = 1", "what @strange makes of a definition is not known"),
        ("macro m(T)\n  return 1\nend\n@m A", "what @m makes could not be worked out"),
        ("for f in names(Base)\n  @eval $f(x::A) = 1\nend", "runs over values that could not be worked out"),
        ("for (a, b) in ((1, 2), 3)\n  @eval f(::Val{$a}) = 1\nend", "a loop's variables do not fit its values"),
    ],
)
def test_what_cannot_be_told_is_counted(read: Read, source: str, reason: str) -> None:
    (unresolved,) = read(HEAD + source).unresolved
    assert reason in unresolved.reason


def test_what_hangs_on_a_run_is_read_and_uncertain(read: Read) -> None:
    methods = read(HEAD + "if rand() > 1\n  f(x::A) = 1\nend\nf(x::P) = 1").owned_methods
    assert [m.certain for m in methods if m.function == "Main.f"] == [False, True]


def test_leaving_a_loop_that_hangs_on_a_run_leaves_out_nothing(read: Read) -> None:
    program = read(HEAD + "for f in (:a, :b)\n  rand() > 1 && break\n  @eval $f(x::A) = 1\nend")
    assert lines(m for m in program.owned_methods if m.julia_place.line > 2) == [
        "Main.a(Main.A) @ 5",
        "Main.b(Main.A) @ 5",
    ]
