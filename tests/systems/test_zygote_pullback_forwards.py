"""Forwards without the method's own code: past the adjoints to what Zygote itself does, and past the rule behind.

What is written for HEAD was run on Julia 1.5.3 with Zygote 0.6.32: it loads, and each method gives its structured
gradient.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from zygote_world import apply_edits, findings, model_of

from rulecheck.finding import FixKind

pytestmark = pytest.mark.slow

HEAD = """\
module Hand
using LinearAlgebra, ChainRulesCore, ZygoteRules
struct Tag{T,N,P<:AbstractArray{T,N}} <: AbstractArray{T,N}
    held::P
end
Base.size(t::Tag) = size(t.held)
Base.getindex(t::Tag, i...) = t.held[i...]
"""
SEVERAL = """\
function Base.:+(a::Tag, b::Tag)
    x = a.held .+ b.held
    return Tag(2 .* x)
end
"""
OPT_OUT = "ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(+), ::Tag, ::Tag)"
FORWARD = (
    "ZygoteRules._pullback(context::ZygoteRules.AContext, f::typeof(+), a::Tag, b::Tag) = "
    "invoke(ZygoteRules._pullback, Tuple{ZygoteRules.AContext,Any,Vararg{Any}}, context, f, a, b)"
)


def written(folder: Path, source: str) -> Path:
    path = folder / "Hand.jl"
    path.write_text(f"{HEAD}{source}\nend\n")
    return path


def test_a_body_of_several_statements_is_handed_on_with_the_rule_behind_opted_out(tmp_path: Path) -> None:
    path = written(tmp_path, SEVERAL)
    (finding,) = findings(model_of(path))
    assert finding.fix is not None
    assert (finding.fix.kind, finding.fix.safe) == (FixKind.FORWARD, False)
    assert finding.fix.text == f"{OPT_OUT}\n{FORWARD}"
    path.write_text(apply_edits(path.read_text(), finding.fix.edits))
    assert f"end\n{OPT_OUT}\n{FORWARD}\n" in path.read_text()
    assert findings(model_of(path)) == []


def test_the_walk_goes_on_behind_what_hands_a_call_on(tmp_path: Path) -> None:
    model = model_of(written(tmp_path, SEVERAL + FORWARD))
    walk = model.walk(model.question("+", ["Tag{Float64,1,Vector{Float64}}"] * 2))
    assert [(step.layer, step.outcome.value, step.reason) for step in walk.steps] == [
        ("adjoint", "declines", "handed on"),
        ("rrule", "claims", ""),
    ]
    # The rule behind hides the method as the adjoint did, and an opt-out alone ends that.
    (finding,) = findings(model)
    assert finding.fix is not None
    assert finding.fix.text == OPT_OUT


def test_another_pullback_written_by_hand_is_an_adjoint(tmp_path: Path) -> None:
    by_hand = (
        "ZygoteRules._pullback(cx::ZygoteRules.AContext, ::typeof(+), a::Tag, b::Tag) = a + b, d -> (nothing, d, d)"
    )
    model = model_of(written(tmp_path, SEVERAL + by_hand))
    walk = model.walk(model.question("+", ["Tag{Float64,1,Vector{Float64}}"] * 2))
    assert [step.outcome.value for step in walk.steps] == ["claims"]
    assert findings(model) == []


@pytest.mark.parametrize(
    ("source", "taken", "given"),
    [
        ("Base.inv(f::Tag{T,2}; k = 1) where {T} = Tag(inv(f.held))", "f_::typeof(inv), f::Tag{<:Any,2}", "f_, f"),
        ("for f in (:-,)\n    @eval Base.$f(::Tag, b::Tag) = b\nend", "f::typeof(-), x1::Tag, b::Tag", "f, x1, b"),
        (
            "function Base.reshape(t::Tag, size::Int...)\n    x = reshape(t.held, size...)\n    Tag(x)\nend",
            "f::typeof(reshape), t::Tag, size::Int...",
            "f, t, size...",
        ),
    ],
)
def test_keywords_loops_missing_names_and_varargs_are_no_hindrance(
    tmp_path: Path, source: str, taken: str, given: str
) -> None:
    path = written(tmp_path, source)
    (finding,) = findings(model_of(path))
    assert finding.fix is not None
    last = finding.fix.text.splitlines()[-1]
    assert f"(context::ZygoteRules.AContext, {taken}) = invoke(" in last
    assert last.endswith(f"Vararg{{Any}}}}, context, {given})")
    path.write_text(apply_edits(path.read_text(), finding.fix.edits))
    assert findings(model_of(path)) == []


def test_none_is_offered_for_types_of_others_alone(tmp_path: Path) -> None:
    source = "function Base.:+(a::Array{Float64}, b::Vector{Float64})\n    x = a\n    return x\nend"
    assert all(f.fix is None for f in findings(model_of(written(tmp_path, source))) if f.code == "RC101")


# `Tag{J} where J` is no `Tag`, whose variable is bounded: the signatures share a call that neither is made for.
BOUNDED = """\
module Hand
using ZygoteRules
abstract type Kind end
struct Plain <: Kind end
struct Tag{K<:Kind,T} <: AbstractVector{T}
    held::Vector{T}
end
Base.size(t::Tag) = size(t.held)
Base.getindex(t::Tag, i...) = t.held[i...]
function Base.:-(a::Tag, b::AbstractArray)
    x = a.held .- b
    return 2 .* x
end
"""
BETWEEN_TAGS = "ZygoteRules.@adjoint Base.:-(a::Tag{J}, b::Tag{K}) where {J,K} = a - b, d -> (d, -d)\n"


@pytest.mark.parametrize(("own", "forwarded"), [("", True), (BETWEEN_TAGS, False)])
def test_no_forward_is_written_that_is_ambiguous_with_an_adjoint_of_the_project(
    tmp_path: Path, own: str, forwarded: bool
) -> None:
    path = tmp_path / "Hand.jl"
    path.write_text(f"{BOUNDED}{own}end\n")
    (finding,) = findings(model_of(path))
    assert (finding.code, finding.fix is not None) == ("RC101", forwarded)


CROSSED = """\
module Hand
using ChainRulesCore
struct Tag <: AbstractMatrix{Float64}
    held::Matrix{Float64}
end
Base.:*(a::Tag, b::AbstractMatrix{Float64}) = a.held
Base.:*(a::AbstractMatrix{Float64}, b::Tag) = b.held
Base.:*(a::Tag, b::Tag) = b.held
"""
CROSSED_RULES = """\
ChainRulesCore.rrule(::typeof(*), a::Tag, b::AbstractMatrix{Float64}) = a * b, d -> (NoTangent(), d, d)
ChainRulesCore.rrule(::typeof(*), a::AbstractMatrix{Float64}, b::Tag) = a * b, d -> (NoTangent(), d, d)
"""
CROSSED_OPT_OUTS = """\
ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(*), ::Tag, ::AbstractMatrix{Float64})
ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(*), ::AbstractMatrix{Float64}, ::Tag)
"""


def test_two_opt_outs_that_share_calls_are_parted_by_a_third(tmp_path: Path) -> None:
    path = tmp_path / "Hand.jl"
    path.write_text(f"{CROSSED}{CROSSED_OPT_OUTS}end\n")
    (finding,) = findings(model_of(path, env="zygote-0.7"))
    assert finding.code == "RC302"
    assert finding.fix is not None
    assert finding.fix.text == "ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(*), ::Tag, ::Tag)"
    path.write_text(apply_edits(path.read_text(), finding.fix.edits))
    assert findings(model_of(path, env="zygote-0.7")) == []


def test_two_rules_that_share_calls_are_ambiguous_there(tmp_path: Path) -> None:
    path = tmp_path / "Hand.jl"
    path.write_text(f"{CROSSED}{CROSSED_RULES}end\n")
    (finding,) = findings(model_of(path, env="zygote-0.7"))
    assert finding.code == "RC301"
    assert "`*(::Tag, ::Tag)`" in finding.message


def test_opt_outs_of_all_arguments_do_not_meet_where_there_are_none(tmp_path: Path) -> None:
    kinds = "".join(
        f"struct {name} <: AbstractVector{{Float64}}\n    held::Vector{{Float64}}\nend\n"
        f"Base.vcat(xs::{name}...) = xs[1]\n"
        f"ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(vcat), ::{name}...)\n"
        for name in ("Left", "Right")
    )
    path = tmp_path / "Hand.jl"
    path.write_text(f"module Hand\nusing ChainRulesCore\n{kinds}end\n")
    assert [f.code for f in findings(model_of(path, env="zygote-0.7")) if f.code in ("RC301", "RC302")] == []
