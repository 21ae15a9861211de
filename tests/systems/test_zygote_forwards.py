"""Forwarding adjoints: what they may take, what they name, and the turned product behind `v' * A`.

Each text here was run on Julia 1.5.3 with Zygote 0.6.32: it loads, and gives the structured gradient.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from zygote_world import findings, model_of

from rulecheck.finding import Finding, Fix

pytestmark = pytest.mark.slow

HEAD = """\
module Rank

using ChainRulesCore, LinearAlgebra, ZygoteRules

struct Outer{T} <: AbstractMatrix{T}
    a::Vector{T}
    b::Vector{T}
end

struct Signal{T} <: AbstractVector{T}
    entries::Vector{T}
end

Base.size(A::Outer) = (length(A.a), length(A.b))
Base.getindex(A::Outer, i::Int, j::Int) = A.a[i] * A.b[j]
Base.size(x::Signal) = size(x.entries)
Base.getindex(x::Signal, i::Int) = x.entries[i]
"""


def found(folder: Path, source: str) -> list[Finding]:
    path = folder / "Rank.jl"
    path.write_text(f"{HEAD}{source}\nend\n")
    return findings(model_of(path))


def fixes(folder: Path, source: str, code: str) -> list[Fix | None]:
    return [f.fix for f in found(folder, source) if f.code == code]


def texts(folder: Path, source: str, code: str) -> list[str]:
    return [fix.text for fix in fixes(folder, source, code) if fix is not None]


PRODUCT = "Base.:*(A::Outer, x::Signal) = A.a .* sum(A.b .* x.entries)\n"
FLIPPED = "Base.adjoint(A::Outer) = Outer(A.b, A.a)\n"


def test_a_row_times_a_matrix_forwards_to_the_turned_product(tmp_path: Path) -> None:
    assert texts(tmp_path, PRODUCT + FLIPPED, "RC102") == [
        "ZygoteRules.@adjoint Base.:*(u::Adjoint{<:Any,<:Signal}, A::Outer) = "
        "ZygoteRules.pullback((u, A) -> adjoint(adjoint(A) * u.parent), u, A)"
    ]


def test_a_flip_that_names_its_parameters_is_followed(tmp_path: Path) -> None:
    named = "Base.adjoint(A::Outer{T}) where {T} = Outer{T}(A.b, A.a)\n"
    assert texts(tmp_path, PRODUCT + named, "RC102") == texts(tmp_path, PRODUCT + FLIPPED, "RC102")


def test_a_wrapped_matrix_is_reached_by_its_field_and_a_plain_column_by_its_function(tmp_path: Path) -> None:
    product = "Base.:*(A::Outer, x::AbstractVector) = A.a .* sum(A.b .* x)\n"
    assert texts(tmp_path, product, "RC102") == [
        "ZygoteRules.@adjoint Base.:*(u::Adjoint{<:Any,<:AbstractVector}, A::Adjoint{<:Any,<:Outer}) = "
        "ZygoteRules.pullback((u, A) -> adjoint(A.parent * adjoint(u)), u, A)"
    ]


def test_a_flip_of_several_statements_is_handed_on(tmp_path: Path) -> None:
    flipped = "function Base.adjoint(A::Outer)\n    a, b = A.b, A.a\n    return Outer(a, b)\nend\n"
    assert texts(tmp_path, PRODUCT + flipped, "RC102") == texts(tmp_path, PRODUCT + FLIPPED, "RC102")
    (product, flip) = texts(tmp_path, PRODUCT + flipped, "RC101")
    assert "::typeof(*)" in product
    assert "invoke(ZygoteRules._pullback, " in flip


def test_a_variable_that_the_body_names_stays_in_the_adjoint(tmp_path: Path) -> None:
    named = "Base.adjoint(A::Outer{T}) where {T} = Outer{T}(A.b, A.a)\n"
    assert texts(tmp_path, named, "RC101") == [
        "ZygoteRules.@adjoint Base.adjoint(A::Outer{T}) where {T} = ZygoteRules.pullback((A,) -> Outer{T}(A.b, A.a), A)"
    ]
    unnamed = "Base.adjoint(A::Outer{T}) where {T} = Outer(A.b, A.a)\n"
    assert "where" not in texts(tmp_path, unnamed, "RC101")[0]


def test_an_adjoint_never_takes_what_another_method_runs(tmp_path: Path) -> None:
    both = "function Base.:+(A::Outer, B::Outer)\n    a = A.a + B.a\n    return Outer(a, A.b)\nend\n"
    # The call of the body would come back to the adjoint, for it takes two of the project's own as well.
    turned = "Base.:+(M::AbstractMatrix, A::Outer) = A + M\n"
    assert all("@adjoint" not in text for text in texts(tmp_path, turned + both, "RC101"))
    alone = texts(tmp_path, "Base.:-(M::AbstractMatrix, A::Outer) = M - A.a * A.b'\n", "RC101")
    assert len(alone) == 1
    assert alone[0].startswith("ZygoteRules.@adjoint Base.:-(M::AbstractMatrix, A::Outer) = ")


def test_no_opt_out_is_offered_for_types_of_others_alone(tmp_path: Path) -> None:
    assert fixes(tmp_path, "LinearAlgebra.det(D::Diagonal{Int}) = prod(D.diag)\n", "RC101") == [None]
    assert texts(tmp_path, "LinearAlgebra.det(A::Outer) = zero(eltype(A))\n", "RC101") == [
        "ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(det), ::Outer)"
    ]


def test_an_opt_out_that_was_dead_before_a_forward_is_the_same_finding_behind_it(tmp_path: Path) -> None:
    """A loop made it, so that nothing can take it out; Zygote's own adjoint came first, and then the forward does."""
    loop = "for f in (:inv,)\n    @eval @opt_out rrule(::typeof($f), A::Outer)\nend"
    source = f"import ChainRulesCore: rrule\nBase.inv(A::Outer) = Outer(A.b, A.a)\n{loop}"
    forward = "ZygoteRules.@adjoint Base.inv(A::Outer) = ZygoteRules.pullback((A,) -> Outer(A.b, A.a), A)"
    before, after = (
        [f for f in found(tmp_path, text) if f.code == "RC202"] for text in (source, f"{forward}\n{source}")
    )
    assert texts(tmp_path, source, "RC101") == [forward]
    assert len(before) == len(after) == 1
    assert before[0].message != after[0].message
    assert before[0].identity == after[0].identity


def test_a_row_is_turned_with_a_matrix_alone(tmp_path: Path) -> None:
    """Two rows have no product, and a row times a column is a number that LinearAlgebra makes without turning."""
    product = "Base.:*(A::Outer, x::Signal) = A.a\nBase.:*(x::Signal, y::Signal) = x\n"
    assert [f.call for f in found(tmp_path, product) if f.code == "RC102"] == [
        "*(::Adjoint{Float64,Signal{Float64}}, ::Adjoint{Float64,Outer{Float64}})"
    ]
