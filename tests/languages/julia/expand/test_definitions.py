"""Every way of writing a method gives the signatures that Julia holds, at the lines that Julia reports."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rulecheck.languages.julia.link.type_expressions import show
from rulecheck.languages.julia.program import JuliaProgram
from tests.languages.julia.conftest import lines, only

Read = Callable[[str], JuliaProgram]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f(x) = 1", ["Main.f(Any) @ 1"]),
        ("function f(x::Int)\n  x\nend", ["Main.f(Int) @ 1"]),
        ("f(x,\n  y) =\n  1", ["Main.f(Any, Any) @ 2"]),
        ("Base.:*(x::Int, y) = 1", ["Base.*(Int, Any) @ 1"]),
        ("Base.:(*)(x::Int) = 1", ["Base.*(Int) @ 1"]),
        ("import Base: *\n*(x::Int, y::Int) = 1", ["Base.*(Int, Int) @ 2"]),
        ("import Base: *\nx::Int * y::Int = 1", ["Base.*(Int, Int) @ 2"]),
        ("import Base: *\nfunction (x::Int * y::Int)\n  1\nend", ["Base.*(Int, Int) @ 2"]),
        ("import Base: *\nfunction (x::Int * y::T) where T\n  1\nend", ["Base.*(Int, T) where {T} @ 2"]),
        ("import Base: -\nfunction (-(x::Int))\n  1\nend", ["Base.-(Int) @ 2"]),
        ("g = function (x::Int, y)\n  1\nend\nh = function (x::Int)\n  1\nend", []),
        ("import Base: sum as total\ntotal(x::Int) = 1", ["Base.sum(Int) @ 2"]),
        ("sum(x::Int) = 1", ["Main.sum(Int) @ 1"]),
        ("Base.Broadcast.broadcasted(f::Int) = 1", ["Base.Broadcast.broadcasted(Int) @ 1"]),
        ("f(x, y=1, z::Int=2) = 1", ["Main.f(Any) @ 1", "Main.f(Any, Any) @ 1", "Main.f(Any, Any, Int) @ 1"]),
        (
            "f(x::T, y::S=1) where {T<:Real,S} = 1",
            ["Main.f(T) where {T<:Real} @ 1", "Main.f(T, S) where {T<:Real,S} @ 1"],
        ),
        ("f(x::Int...) = 1", ["Main.f(Vararg{Int}) @ 1"]),
        ("f(x::Vararg{Int,2}) = 1", ["Main.f(Vararg{Int,2}) @ 1"]),
        ("f((a, b)::Tuple{Int,Int}, (c, d)) = 1", ["Main.f(Tuple{Int,Int}, Any) @ 1"]),
        ("f(::Type{T}) where {T<:Real} = 1", ["Main.f(Type{T}) where {T<:Real} @ 1"]),
        ("f(x::Vector{<:Real}) = 1", ["Main.f(Base.Vector{S_1} where {S_1<:Real}) @ 1"]),
        ("f(x::Vector{T} where T) = 1", ["Main.f(Base.Vector{T} where {T}) @ 1"]),
        ("f(::typeof(+), ::typeof(Base.sum)) = 1", ["Main.f(typeof(Base.:+), typeof(Base.sum)) @ 1"]),
        ("f(::Val{:a}, ::Val{1}, ::Val{true}) = 1", ["Main.f(Base.Val{:a}, Base.Val{1}, Base.Val{true}) @ 1"]),
        ("f(x::Union{Int,Float64}) = 1", ["Main.f(Union{Int,Float64}) @ 1"]),
        ("f(@nospecialize(x::Int), @nospecialize y) = 1", ["Main.f(Int, Any) @ 1"]),
        ("@inline f(x) = 1\nBase.@pure g(x) = 1", ["Main.f(Any) @ 1", "Main.g(Any) @ 2"]),
        ('"doc"\nf(x) = 1', ["Main.f(Any) @ 2"]),
        ("f(x)::Int = 1", ["Main.f(Any) @ 1"]),
        ("f(x::T) where T where S = 1", ["Main.f(T) where {S,T} @ 1"]),
        ("f(x::Missing.Type) = 1", ["Main.f(Missing.Type) @ 1"]),
    ],
)
def test_methods(read: Read, source: str, expected: list[str]) -> None:
    assert lines(read(source).owned_methods) == expected


def test_types_have_parameters_bounds_and_supertypes(read: Read) -> None:
    facts = only(
        read(
            "abstract type A{T<:Real,N} <: AbstractArray{T,N} end\n"
            "struct S{T,V<:Vector{T}} <: A{T,1}\n  v::V\nend\n"
            "mutable struct M\n  const a::Int\n  b\nend\n"
            "primitive type P <: Number 8 end\n"
        )
    )
    a, s, m, p = facts.types
    assert (a.kind, show(a.supertype)) == ("abstract", "AbstractArray{T,N}")
    assert s.parameters == (("T", None, None), ("V", None, ("apply", ("name", "Base.Vector"), (("var", "T"),))))
    assert [(n, show(t)) for n, t in m.fields] == [("a", "Int"), ("b", "Any")]
    assert (p.kind, show(p.supertype), m.kind) == ("primitive", "Number", "mutable")


def test_default_constructors_are_those_that_julia_makes(read: Read) -> None:
    found = [
        (show(m.self_type), [show(a) for a in m.arguments])
        for m in read(
            "struct A\n x::Int\nend\nstruct B{T}\n x::T\nend\nstruct C{T}\n x\nend\n"
            "struct D\n x\n D() = new(1)\nend\nstruct E end"
        ).owned_methods
    ]
    assert found == [
        ("Type{Main.A}", ["Int"]),
        ("Type{Main.A}", ["Any"]),
        ("Type{Main.B}", ["T"]),
        ("Type{Main.B{T}}", ["Any"]),
        ("Type{Main.C{T}}", ["Any"]),
        ("Type{Main.D}", []),
        ("Type{Main.E}", []),
    ]


def test_constructors_and_callables(read: Read) -> None:
    source = "struct F{T}\n a::T\nend\n(f::F{T})(x) where T = 1\nF(x, y) = 2\nF{Int}(x, y) = 3\nVector(f::F) = 4"
    methods = [m for m in read(source).owned_methods if m.kind != "default constructor"]
    assert [(m.function, m.kind, show(m.self_type)) for m in methods] == [
        ("Main.F", "callable", "Main.F{T}"),
        ("Main.F", "constructor", "Type{Main.F}"),
        ("Main.F", "constructor", "Type{Main.F{Int}}"),
        ("Base.Vector", "constructor", "Type{Base.Vector}"),
    ]


def test_keywords(read: Read) -> None:
    f, g, h = read("f(x; a, b::Int=1, kw...) = 1\ng(; c=2) = 1\nh(x) = 1").owned_methods
    assert (f.keywords, f.takes_any_keyword, f.has_keyword_method) == (("a", "b"), True, True)
    assert (g.keywords, g.takes_any_keyword) == (("c",), False)
    assert not h.has_keyword_method


def test_aliases_keep_their_parameters_and_plain_ones_are_other_names(read: Read) -> None:
    program = read("const V{T} = Vector{<:T}\nconst plus = +\nconst Sq = Matrix\nplus(x::Sq) = 1\nf(x::V{Int}) = 1")
    (alias,) = only(program).aliases
    assert (alias.name, show(alias.target)) == ("Main.V", "Base.Vector{S_1} where {S_1<:T}")
    assert lines(program.owned_methods) == ["Base.+(Base.Matrix) @ 4", "Main.f(Main.V{Int}) @ 5"]


def test_an_alias_of_itself_is_no_end(read: Read) -> None:
    program = read("const A = B\nconst B = A\nf(x::A) = 1")
    assert len(program.owned_methods) == 1


def test_definitions_under_conditions(read: Read) -> None:
    source = (
        'if VERSION >= v"1.6"\n f(x) = 1\nelse\n f(x, y) = 1\nend\n'
        '@static if VERSION < v"1.6"\n g(x) = 1\nend\n'
        'VERSION >= v"1.7" && (h(x) = 1)\n'
        "if somewhere()\n k(x) = 1\nelse\n k(y) = 2\nend\n"
    )
    methods = read(source).owned_methods
    assert lines(methods) == ["Main.f(Any, Any) @ 4", "Main.g(Any) @ 7", "Main.k(Any) @ 11", "Main.k(Any) @ 13"]
    assert [m.certain for m in methods] == [True, True, False, False]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("@inline in(n::Int, s::Val) = 1", ["Main.in(Int, Base.Val) @ 1"]),
        ("@inline isa(x::T, s) where T = 1", ["Main.isa(T, Any) where {T} @ 1"]),
        ("@inline in(n::Int) = 1", ["Main.in(Int) @ 1"]),
        ("struct Cut end\nconst (÷) = Cut()\n(÷)(a::Int, b::Int) = 1", ["Main.Cut(Int, Int) @ 3"]),
        ('if v"1.5" < VERSION < v"1.5.2"\n f(x) = 1\nelse\n g(x) = 1\nend', ["Main.g(Any) @ 4"]),
    ],
)
def test_what_the_grammar_reads_otherwise_than_julia(read: Read, source: str, expected: list[str]) -> None:
    assert [text for text in lines(read(source).owned_methods) if text != "Main.Cut() @ 1"] == expected


def test_what_c_code_answers_is_that_of_64_bit_linux(read: Read) -> None:
    program = read(
        "@static if ccall(:jl_get_UNAME, Any, ()) === :NT\n const Long = Int\nelse\n const Long = Float64\nend\n"
        "if sizeof(Ptr{Int}) == 4\n f(x) = 1\nelse\n f(x::Long) = 1\nend"
    )
    assert lines(program.owned_methods) == ["Main.f(Float64) @ 9"]
