"""A project's types that are declared alike are asked about once: what is found is what asking each of them gives."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from zygote_world import findings, model_of

from rulecheck.dispatch.parametric import Declaration
from rulecheck.languages.julia.kit import library

pytestmark = pytest.mark.slow

HEAD = """
module Alike
import Base: *, +, -, sum, inv, adjoint
import LinearAlgebra: det, dot
using ChainRulesCore, LinearAlgebra
abstract type Family{T} <: AbstractMatrix{T} end
abstract type Others{T} <: AbstractMatrix{T} end
"""
TYPES = (
    "struct M@{T} <: AbstractMatrix{T}\n    data::Vector{T}\nend",
    "struct M@{T} <: Family{T}\n    data::Vector{T}\nend",
    "struct M@{T} <: Others{T}\n    data::Vector{T}\nend",
    "struct M@{T,N} <: AbstractArray{T,N}\n    data::NTuple{N,T}\nend",
    "struct M@{T<:Real} <: AbstractMatrix{T}\n    data::Vector{T}\nend",
    "struct M@ <: AbstractVector{Float64}\n    n::Int\nend",
)
METHODS = (
    "*(A::M@, x::AbstractVector) = A.data .* x",
    "*(A::M@, B::M@) = M@(A.data .* B.data)",
    "*(A::Union{M@,M%}, x::Vector) = x",
    "*(a::Number, B::M@) = M@(a .* B.data)",
    "*(A::M@{T}, B::M%{T}) where {T} = A",
    "+(A::M@, B::M@) = M@(A.data .+ B.data)",
    "-(A::M@) = M@(-A.data)",
    "adjoint(A::M@) = M@(conj(A.data))",
    "sum(A::M@) = sum(A.data)",
    "sum(A::Family) = sum(A.data)",
    "inv(A::M@{<:Complex}) = M@(1 ./ A.data)",
    "det(A::M@) = prod(A.data)",
    "dot(a::M@, b::M@) = sum(a.data .* b.data)",
)
RULES = (
    "ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(*), ::M@, ::AbstractVector)",
    "ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(sum), ::M@)",
    "ChainRulesCore.rrule(::typeof(inv), A::M@) = inv(A), dy -> (NoTangent(), dy)",
    "ChainRulesCore.rrule(::typeof(*), A::M@, x::Vector{<:Real}) = A * x, dy -> (NoTangent(), dy, dy)",
    "ChainRulesCore.rrule(::typeof(+), A::Family, B::M@) = A + B, dy -> (NoTangent(), dy, dy)",
)


def package(source: random.Random) -> str:
    """A package of types of few kinds, with methods and a few rules for some of them."""
    count = source.randint(4, 9)
    kinds = source.sample(TYPES, 2)
    types = [source.choice(kinds).replace("@", str(number)) for number in range(count)]
    methods = [
        line.replace("@", str(number)).replace("%", str((number + 1) % count))
        for number in range(count)
        for line in source.sample(METHODS, 6)
    ]
    rules = [line.replace("M@", f"M{source.randrange(count)}") for line in source.sample(RULES, source.randint(0, 3))]
    return "\n".join([HEAD, *types, *dict.fromkeys(methods), *rules, "end\n"])


@pytest.mark.parametrize("seed", range(8))
def test_each_type_by_itself_gives_the_same(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "Alike.jl"
    path.write_text(package(random.Random(seed)))
    together = findings(model_of(path))

    def apart(*given: Any) -> Declaration:
        return Declaration(*given[:4])

    monkeypatch.setattr(library, "Declaration", apart)
    assert together == findings(model_of(path))
    assert any(finding.fix is not None for finding in together)
