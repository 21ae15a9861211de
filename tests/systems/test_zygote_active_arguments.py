"""A rule hides nothing from data without a derivative, nor where it only forbids, nor from those whom it serves."""

from __future__ import annotations

from pathlib import Path

import pytest
from zygote_world import findings, model_of

pytestmark = pytest.mark.slow

HEAD = """\
module Marks
using LinearAlgebra, StaticArrays
{loads}
struct Mark
    text::String
    place::NTuple{{3,Int}}
end
struct Picks{{T<:Integer}} <: AbstractVector{{T}}
    at::Vector{{T}}
end
struct Order <: AbstractMatrix{{Bool}}
    to::Vector{{Int}}
    next::Union{{Nothing,Order}}
end
struct Bag{{T}} <: AbstractVector{{T}}
    held::Vector{{T}}
end
const Letters = SVector{{16,UInt16}}
struct Short
    letters::Letters
end
struct None <: Real end
struct Pair2{{T<:Real}} <: Real
    value::T
    slope::T
end
struct Steps <: Real
    count::Int
end
"""


PROJECT = """\
name = "Marks"
[weakdeps]
DiffRules = "b552c78f-8df3-52c6-915a-8e097449b14b"
[extensions]
DiffExt = "DiffRules"
"""
EXTENSION = "module DiffExt\nusing DiffRules, Marks\nend"


def reported(folder: Path, source: str, loads: str = "", env: str = "zygote-0.6.32") -> list[str]:
    path = folder / "Marks.jl"
    path.write_text(f"{HEAD.format(loads=loads)}{source}\nend\n")
    return [f.call for f in findings(model_of(path, env=env)) if f.code == "RC101"]


@pytest.mark.parametrize(
    "source",
    [
        "Base.reshape(m::Mark, size::Tuple{Int}) = m",
        "Base.vcat(a::Mark, b::Mark) = a",
        "Base.vcat(a::Short, b::Short) = a",
        "Base.vcat(a::Vector{Pair{Short,Int}}) = a",
        "Base.:+(a::Picks, b::Picks) = Picks(a.at + b.at)",
        "Base.:+(a::Picks, b::Int) = Picks(a.at .+ b)",
        "Base.adjoint(a::Order) = a",
        "Base.:*(a::Adjoint{Bool,Order}, b::Order) = b",
        "Base.Broadcast.broadcasted(::Base.Broadcast.DefaultArrayStyle{1}, ::typeof(+), a::Picks, b::Int) = a",
        "Base.exp(::None) = None()",
    ],
)
def test_data_without_a_derivative_is_left_alone(tmp_path: Path, source: str) -> None:
    assert reported(tmp_path, source, "using Zygote") == []


@pytest.mark.parametrize(
    ("source", "call"),
    [
        ("Base.:*(a::Order, b::AbstractVector) = b[a.to]", "*(::Order, ::Vector{Float64})"),
        ("Base.:*(a::Order, b::Vector{Int}) = b[a.to]", "*(::Order, ::Vector{Int64})"),
        ("Base.:+(a::Bag, b::Bag) = Bag(a.held + b.held)", "+(::Bag{Float64}, ::Bag{Float64})"),
        ("Base.exp(a::Steps) = a", "exp(::Steps)"),
    ],
)
def test_what_meets_numbers_or_holds_some_is_reported(tmp_path: Path, source: str, call: str) -> None:
    assert reported(tmp_path, source, "using Zygote") == [call]


def test_a_rule_for_numbers_is_told_where_derivatives_are_cared_for(tmp_path: Path) -> None:
    source = "Base.exp(a::Pair2) = Pair2(exp(a.value), exp(a.value) * a.slope)"
    assert reported(tmp_path, source) == []
    assert reported(tmp_path, source, "using Zygote") == ["exp(::Pair2{Float64})"]
    assert reported(tmp_path, source, "using ChainRulesCore") == ["exp(::Pair2{Float64})"]
    # What a fix for an array writes changes nothing for numbers.
    assert reported(tmp_path, source, "import ChainRulesCore") == []
    array = "\nChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(vcat), ::Bag)"
    assert reported(tmp_path, source + array, "import ChainRulesCore") == []
    number = "\nChainRulesCore.rrule(::typeof(sin), a::Pair2) = a, identity"
    assert reported(tmp_path, source + number, "import ChainRulesCore") == ["exp(::Pair2{Float64})"]


def test_numbers_in_arrays_are_told_always(tmp_path: Path) -> None:
    source = "Base.:*(a::Pair2, b::AbstractVector) = map(x -> a * x, b)"
    assert reported(tmp_path, source) == ["*(::Pair2{Float64}, ::Vector{Float64})"]


def test_a_rule_that_forbids_change_hides_no_change(tmp_path: Path) -> None:
    assert reported(tmp_path, "Base.push!(a::Bag, x) = (push!(a.held, x); a)\nBase.pop!(a::Bag) = pop!(a.held)") == []


def test_a_method_that_calls_for_an_error_is_no_special_code(tmp_path: Path) -> None:
    assert reported(tmp_path, "Base.vcat(a::Bag, b::Bag) = throw_endless(a)") == []
    assert reported(tmp_path, "Base.vcat(a::Bag, b::Bag) = thrown(a)") != []


def test_calls_are_made_up_within_what_a_type_asks_of_its_parameter(tmp_path: Path) -> None:
    assert reported(tmp_path, "Base.:*(a::Picks{T}, b::Matrix) where {T} = 1") == [
        "*(::Picks{Int64}, ::Matrix{Float64})"
    ]


def test_the_length_of_a_tuple_is_a_number(tmp_path: Path) -> None:
    source = "struct Corner{N} <: Real\n    at::NTuple{N,Int}\nend\nBase.:*(a::Corner, b::Matrix) = b"
    assert reported(tmp_path, source) == ["*(::Corner{1}, ::Matrix{Float64})"]


def test_no_call_is_made_up_for_an_array_that_cannot_be(tmp_path: Path) -> None:
    assert reported(tmp_path, "Base.:+(a::Array{<:Number,<:Integer}, b::Bag) = b") == []


def test_who_makes_a_type_without_data_makes_no_derivative(tmp_path: Path) -> None:
    kind = "struct Kind{T} end\n"
    made = "Base.typed_hcat(::Type{Kind{T}}, xs::Number...) where {T} = xs"
    assert reported(tmp_path, kind + made, "using Zygote", env="zygote-0.7") == []
    held = "Base.typed_hcat(::Type{Bag{T}}, xs::Number...) where {T} = xs"
    assert reported(tmp_path, held, "using Zygote", env="zygote-0.7") == [
        "typed_hcat(::Type{Bag{Float64}}, ::Float64, ::Float64)"
    ]


def test_a_system_of_its_own_has_types_that_no_other_differentiates(tmp_path: Path) -> None:
    source = "Base.:+(a::Bag, b::Bag) = Bag(a.held + b.held)"
    assert reported(tmp_path, source, "using DiffRules") == []
    # An extension for such systems does not make one.
    for folder, text in (("src/Marks", f"{HEAD.format(loads='')}{source}\nend"), ("ext/DiffExt", EXTENSION)):
        path = tmp_path / "package" / f"{folder}.jl"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    (tmp_path / "package/Project.toml").write_text(PROJECT)
    (finding,) = findings(model_of(tmp_path / "package/src", tmp_path / "package/ext"))
    assert finding.call == "+(::Bag{Float64}, ::Bag{Float64})"


def test_a_rule_for_a_function_of_the_project_is_meant_for_its_general_code(tmp_path: Path) -> None:
    path = tmp_path / "src/ForwardDiff.jl"
    path.parent.mkdir()
    (tmp_path / "Project.toml").write_text('name = "ForwardDiff"\n')
    general = "gradient(f, x::AbstractArray) = map(f, x)\n"
    own = "struct Held <: AbstractVector{Float64}\n    x::Vector{Float64}\nend\n"
    special = "gradient(f, x::Held) = f(x)\n"
    path.write_text(f"module ForwardDiff\n{general}{own}{special}end\n")
    found = [f.shadows.signature for f in findings(model_of(path)) if f.code == "RC101" and f.shadows]
    assert found == ["gradient(f, x::Held)"]


def test_an_array_whose_elements_know_it_is_read(tmp_path: Path) -> None:
    source = (
        "struct Known{V<:Real,O} <: Real\n    value::V\n    origin::O\nend\n"
        "struct Knowing{V,N,A} <: AbstractArray{Known{V,Knowing{V,N,A}},N}\n    all::A\nend\n"
        "Base.sum(a::Knowing) = a\nBase.dot(a::Knowing{V}, b::Vector) where {V} = a"
    )
    assert reported(tmp_path, source) == ["sum(::Knowing{Float64,1,Float64})"]


def test_a_step_of_broadcasting_is_no_special_code(tmp_path: Path) -> None:
    style = "struct Way <: Base.Broadcast.BroadcastStyle end\n"
    step = "Base.Broadcast.instantiate(b::Base.Broadcast.Broadcasted{Way}) = b"
    assert reported(tmp_path, style + step, "using Zygote", env="zygote-0.7") == []
