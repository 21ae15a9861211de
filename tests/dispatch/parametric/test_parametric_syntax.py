"""Type expressions are read as Julia reads them, printed as Julia prints them, and refused with a reason."""

from __future__ import annotations

import re

import pytest

from rulecheck.dispatch.parametric import (
    BOTTOM,
    Alias,
    Declaration,
    Declarations,
    ParametricError,
    TypeParameter,
    equal,
    intersect,
    show,
    subtype,
)

_VARIABLE = re.compile(r"\b[TNSR]\d*\b|#s\d+")


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Vector{Float64}", "Array{Float64,1}"),
        ("Vector{<:Real}", "Array{#s1,1} where #s1<:Real"),
        ("Vector{>:Real}", "Array{#s1,1} where #s1>:Real"),
        ("Array", "Array"),
        ("Vector", "Array{T,1} where T"),
        ("Array{Float64}", "Array{Float64,N} where N"),
        ("T where T<:Real", "Real"),
        ("Int64 where T", "Int64"),
        ("Array{T,N} where {T<:Real,N}", "Array{T,N} where N where T<:Real"),
        ("Array{T,1} where Int64<:T<:Real", "Array{T,1} where Int64<:T<:Real"),
        ("Array{T,1} where Real>:T>:Int64", "Array{T,1} where Int64<:T<:Real"),
        ("Union{}", "Union{}"),
        ("Union{Real,Int64}", "Real"),
        ("Union{Int64,Any}", "Any"),
        ("Union{Union{String,Int64},Symbol}", "Union{Int64, String, Symbol}"),
        ("Tuple", "Tuple{Vararg{Any,N} where N}"),
        ("Tuple{}", "Tuple{}"),
        ("NTuple{2,Int64}", "Tuple{Int64,Int64}"),
        ("Tuple{Vararg{Int64,2}}", "Tuple{Int64,Int64}"),
        ("Tuple{T,Vararg{T,2}} where T", "Tuple{T,Vararg{T,2}} where T"),
        ("Tuple{Vararg{S,N} where S} where N", "Tuple{Vararg{Any,N}} where N"),
        ("Tuple{Vararg{<:Real,N}} where N", "Tuple{Vararg{Real,N}} where N"),
        ("Tuple{Vararg{<:Real}}", "Tuple{Vararg{Real,N} where N}"),
        ("Tuple{Vararg{S,2} where S<:Real}", "Tuple{Real,Real}"),
        ("Tuple{Vararg{S,N} where N where S<:Real}", "Tuple{Vararg{Real,N} where N}"),
        ("Tuple{Vararg{Vector{S},N} where S} where N", "Tuple{Vararg{Array{S,1} where S,N}} where N"),
        ("Tuple{Vararg{Array{S,N},N} where S where N}", "Tuple{Vararg{Array{S,N} where S,N} where N}"),
        ("Tuple{Vararg{Val{N},N} where N}", "Tuple{Vararg{Val{N},N} where N}"),
        ("Type{Int}", "Type{Int64}"),
        ("Type{<:AbstractVector}", "Type{#s1} where #s1<:(AbstractArray{T,1} where T)"),
        ("typeof(∇sin′)", "typeof(∇sin′)"),
        ("typeof(sin)", "typeof(sin)"),
        ("typeof(+)", "typeof(+)"),
        ("typeof(Base.:(==))", "typeof(Base.==)"),
        ("typeof(Array)", "UnionAll"),
        ("typeof(Int64)", "DataType"),
        ("typeof(Union{})", "Core.TypeofBottom"),
        ("Val{2}", "Val{2}"),
        ("Val{-2}", "Val{-2}"),
        ("Val{:x}", "Val{:x}"),
        ("Val{true}", "Val{true}"),
        ("Val{'c'}", "Val{'c'}"),
        ("Val{0x02}", "Val{0x02}"),
        ("Val{1.5}", "Val{1.5}"),
        ("NamedTuple{(:a, :b),Tuple{Int64,Real}}", "NamedTuple{(:a, :b),Tuple{Int64,Real}}"),
        ("NamedTuple{(:a,)}", "NamedTuple{(:a,),T} where T<:Tuple{Vararg{Any,N} where N}"),
        ('Base.var"#sum##kw"', 'Base.var"#sum##kw"'),
    ],
)
def test_what_is_read(julia: Declarations, written: str, printed: str) -> None:
    term = julia.parse(written)
    assert julia.parse(printed) is term
    assert julia.parse(show(term)) is term
    # Variables can have the names by which the type was first read: types are one whatever these are.
    assert _VARIABLE.sub("_", show(term)) == _VARIABLE.sub("_", printed)


def test_values_of_different_types_are_apart(julia: Declarations) -> None:
    assert julia.parse("Val{1}") is not julia.parse("Val{true}")
    assert not equal(julia.parse("Val{1}"), julia.parse("Val{true}"))
    assert not equal(julia.parse("Val{1}"), julia.parse("Val{1.0}"))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("Nonsense", "no type is known by the name Nonsense"),
        ("Array{Int64,1,2}", "too many parameters"),
        ("Complex{String}", "String cannot be the parameter T"),
        ("Tuple{Int64", "expected , or } instead of its end"),
        ("Array{Int64}}", "unexpected }"),
        ("Int64 where 3", "names no variable"),
        ("Tuple{Vararg{Int64,Int64,2}}", "Vararg takes"),
        ("Tuple{Vararg{Int64,-1}}", "length -1"),
        ("Tuple{Vararg{T,-1}} where T", "length -1"),
        ("Vararg{Int64,Float64}", "length Float64"),
        ("Tuple{Vararg{T,Float64}} where T", "length Float64"),
        ("NTuple{Float64,Int64}", "length Float64"),
        ("NTuple{Float64}", "length Float64"),
        ("Tuple{Vararg{T,true}} where T", "length true"),
        ("Tuple{Vararg{Int64,N where N}}", "length Any"),
        ("Tuple{Vararg{Vector{S},-1} where S}", "length -1"),
        ("Tuple{-,Int64}", "is no number"),
        ("", "unexpected end"),
        ("typeof(", "instead of its end"),
    ],
)
def test_what_is_refused(julia: Declarations, written: str, why: str) -> None:
    with pytest.raises(ParametricError, match=why):
        julia.parse(written)


@pytest.mark.parametrize("other", ["Any", "Tuple{}", "Tuple{Int64}"])
@pytest.mark.parametrize("counted", ["Tuple{Vararg{Int64,N}}", "NTuple{N,Int64}", "NTuple{N,T} where T"])
def test_a_length_that_is_no_number_leaves_nothing_in_common(julia: Declarations, counted: str, other: str) -> None:
    for order in ("{{{},Val{{{}}}}}", "{{Val{{{1}}},{0}}}"):
        open_length = julia.parse(f"Tuple{order.format(f'({counted})', 'N')} where N")
        typed = julia.parse(f"Tuple{order.format(other, 'Float64')}")
        assert not subtype(typed, open_length)
        assert intersect(typed, open_length) is intersect(open_length, typed) is BOTTOM


def test_a_type_whose_supertype_cannot_be_is_refused_each_time() -> None:
    world = Declarations(
        [
            Declaration("Sequence", (TypeParameter("T"),), abstract=True),
            Declaration("Count", (TypeParameter("N"),)),
            Declaration("Points", (TypeParameter("N"),), "Sequence{Tuple{Vararg{Count{N},N}}}"),
        ]
    )
    assert subtype(world.parse("Points{1}"), world.parse("Sequence{Tuple{Count{1}}}"))
    for _ in range(2):
        with pytest.raises(ParametricError, match="length Any"):
            world.parse("Points{Any}")
    open_count = world.parse("Tuple{Points{N},Count{N}} where N")
    assert intersect(open_count, world.parse("Tuple{Sequence,Count{Any}}")) is BOTTOM


def test_a_type_can_stand_in_its_own_supertype() -> None:
    world = Declarations(
        [
            Declaration("Ordered", (TypeParameter("T"),), abstract=True),
            Declaration("Leaf", (), "Ordered{Leaf}"),
            Declaration("Node", (TypeParameter("T", upper="Ordered"),), "Ordered{Node{T}}"),
        ]
    )
    assert subtype(world.parse("Leaf"), world.parse("Ordered{Leaf}"))
    assert subtype(world.parse("Node{Leaf}"), world.parse("Ordered{Node{Leaf}}"))
    assert not subtype(world.parse("Node{Leaf}"), world.parse("Ordered{Leaf}"))


def test_aliases() -> None:
    world = Declarations(
        [
            Declaration("Grid", (TypeParameter("T"), TypeParameter("N")), abstract=True),
            Alias("Flat", "Grid{T,2}", (TypeParameter("T"),)),
            Alias("Plane", "Flat"),
            Alias("Ouroboros", "Tail"),
            Alias("Tail", "Ouroboros"),
        ]
    )
    assert world.parse("Plane{Any}") is world.parse("Grid{Any,2}")
    assert world.parse("Flat") is world.parse("Grid{T,2} where T")
    for _ in range(2):
        with pytest.raises(ParametricError, match="defined by itself"):
            world.parse("Ouroboros")


def test_names_can_be_resolved_by_the_caller() -> None:
    world = Declarations(
        [Declaration("Package.Thing")],
        type_named=lambda name: f"Package.{name}" if name == "Thing" else name,
        function_named=lambda name: name.rpartition(".")[2],
    )
    assert world.parse("Thing") is world.parse("Package.Thing")
    assert world.function("Base.sin") is world.function("sin")


def test_a_broken_declaration_says_so_each_time() -> None:
    world = Declarations([Declaration("Broken", (TypeParameter("T"),), "Missing{T}")])
    for _ in range(2):
        with pytest.raises(ParametricError, match="Missing"):
            world.parse("Broken")


def test_deep_nesting_costs_no_more_than_its_depth(julia: Declarations) -> None:
    def nested(inner: str, depth: int) -> str:
        return "Array{" * depth + inner + ",1}" * depth

    assert subtype(julia.parse(nested("Int64", 60)), julia.parse(nested("T", 60) + " where T"))
    with pytest.raises(ParametricError, match="nested too deeply"):
        julia.parse(nested("Int64", 3000))


def test_signs_that_julia_takes_for_letters_begin_a_name() -> None:
    known = Declarations([Declaration("Sky.∇diag", (TypeParameter("T"),))])
    term = known.parse("Sky.∇diag{Sky.∇diag}")
    assert show(term) == "Sky.∇diag{Sky.∇diag}"
    assert known.parse("Sky.∇diag{T′} where T′") is known.parse("Sky.∇diag{∂} where ∂")
