"""A call stands where it is written, also where an annotation leaves a type's parameters open."""

from __future__ import annotations

from pathlib import Path

import pytest
from zygote_world import findings, model_of, places

pytestmark = pytest.mark.slow

SOURCE = """\
module Sites

using ChainRulesCore, LinearAlgebra

struct Circulant{{T}} <: AbstractMatrix{{T}}
    column::Vector{{T}}
end

struct Cube{{T,N}} <: AbstractArray{{T,N}}
    data::Array{{T,N}}
end

struct Wave{{T}} <: AbstractVector{{T}}
    samples::Vector{{T}}
end

Base.size(A::Circulant) = (length(A.column), length(A.column))
Base.getindex(A::Circulant, i::Int, j::Int) = A.column[mod1(i - j + 1, end)]
Base.:*(A::Circulant, b::AbstractVector) = sum(A.column) .* b
LinearAlgebra.det(A::Circulant) = prod(A.column)
Base.:*(A::Cube{{T,2}}, b::AbstractVector) where {{T}} = A.data * b
{more}
end
"""


def at(folder: Path, more: str, code: str = "RC101") -> list[int]:
    """The lines of RC101 from the first line of `more` on, which is the last before `end`."""
    path = folder / "Sites.jl"
    path.write_text(SOURCE.format(more=more))
    first = SOURCE.splitlines().index("{more}") + 1
    return [line - first for line, found in places(findings(model_of(path))) if found == code and line >= first]


@pytest.mark.parametrize(
    "call",
    [
        "energy(A::Circulant, b::AbstractVector) = sum(A * b)",
        "energy(A::Circulant, b::Vector) = sum(A * b)",
        "energy(A::Circulant) = det(A)",
        "energy(A::Circulant{T}, b::Vector{T}) where {T} = sum(A * b)",
        "energy(b::Vector{Float64}) = sum(Circulant(b) * b)",
    ],
)
def test_the_likeliest_parameters_stand_for_those_that_are_left_open(tmp_path: Path, call: str) -> None:
    assert 0 in at(tmp_path, call)


@pytest.mark.parametrize(
    "call",
    [
        # A cube may have any number of dimensions, and only matrices are shadowed.
        "energy(A::Cube, b::AbstractVector) = sum(A * b)",
        # Not known at all.
        "energy(A, b) = sum(A * b)",
        # For one of the two that may come there is an opt-out.
        "energy(A::Union{Circulant,Tall}, b::Vector) = sum(A * b)\n"
        "struct Tall <: AbstractMatrix{Float64} end\n"
        "Base.:*(A::Tall, b::AbstractVector) = b\n"
        "@opt_out ChainRulesCore.rrule(::typeof(*), ::Tall, ::AbstractVector{<:Union{Real,Complex}})",
    ],
)
def test_a_call_that_may_not_be_shadowed_is_no_finding(tmp_path: Path, call: str) -> None:
    assert 0 not in at(tmp_path, call)
