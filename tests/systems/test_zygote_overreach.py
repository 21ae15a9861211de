"""RC402 in Julia: rules for the constructors of every type, and rules that call what may be no function."""

from __future__ import annotations

from pathlib import Path

import pytest
from zygote_world import apply_edits, model_of

from rulecheck.checks import find
from rulecheck.finding import Finding

pytestmark = pytest.mark.slow

HEAD = """\
module Mine
using ChainRulesCore, Zygote
struct Own
    a::Vector{Float64}
end
struct Holder{T}
    a::T
end
"""
BACK = "dy -> (NoTangent(), dy, dy)"


def found(folder: Path, source: str) -> list[Finding]:
    path = folder / "Mine.jl"
    path.write_text(f"{HEAD}{source}\nend\n")
    check = find("RC402")
    assert check is not None
    return list(check.run(model_of(path)))


@pytest.mark.parametrize(
    ("rule", "kind", "argument", "mended"),
    [
        ("ChainRulesCore.rrule(::typeof(Own), x) = 1", "DataType", 1, "rrule(::Type{<:Own}, x) = 1"),
        ("ChainRulesCore.rrule(::typeof(Holder), x) = 1", "UnionAll", 1, "rrule(::Type{<:Holder}, x) = 1"),
        ("ChainRulesCore.rrule(::RuleConfig, ::typeof(Own), x) = 1", "DataType", 2, "::Type{<:Own}, x) = 1"),
    ],
)
def test_the_type_of_a_type_is_that_of_every_such_type(
    rule: str, kind: str, argument: int, mended: str, tmp_path: Path
) -> None:
    (finding,) = found(tmp_path, rule)
    assert f"captures every type's constructor as argument {argument}, because `typeof` of a type" in finding.message
    assert f"is `{kind}`" in finding.message
    assert finding.fix is not None
    assert not finding.fix.safe
    after = apply_edits((tmp_path / "Mine.jl").read_text(), finding.fix.edits)
    assert mended in after
    assert found(tmp_path, after.removeprefix(HEAD).removesuffix("\nend\n")) == []


@pytest.mark.parametrize(
    ("rule", "argument"),
    [
        (f"ChainRulesCore.rrule(::typeof(sum), f, x::Own) = f(x.a), {BACK}", 2),
        (f"ChainRulesCore.rrule(::typeof(kron), f, x::Own) = f(x.a), {BACK}", 2),
        (
            "function ChainRulesCore.rrule(c::RuleConfig{>:HasReverseMode}, ::typeof(sum), f, x::Own)\n"
            "    y, back = rrule_via_ad(c, f, x.a)\n    return y, back\nend",
            3,
        ),
        ("Zygote.@adjoint sum(f, x::Own) = f(x.a), dy -> (nothing, dy)", 1),
    ],
)
def test_what_is_called_may_be_an_array(rule: str, argument: int, tmp_path: Path) -> None:
    (finding,) = found(tmp_path, rule)
    assert f"captures every AbstractArray as argument {argument}, but calls it" in finding.message
    assert finding.fix is None


@pytest.mark.parametrize(
    "rule",
    [
        "ChainRulesCore.rrule(::Type{<:Own}, x) = 1",
        # bound to functions, of a function that takes nothing else, or never called
        f"ChainRulesCore.rrule(::typeof(sum), f::Function, x::Own) = f(x.a), {BACK}",
        f"ChainRulesCore.rrule(::typeof(sum), f::F, x::Own) where {{F<:Function}} = f(x.a), {BACK}",
        f"ChainRulesCore.rrule(::typeof(map), f, x::Own) = f(x.a), {BACK}",
        f"ChainRulesCore.rrule(::typeof(sum), f, x::Own) = sum(f, x.a), {BACK}",
        "function ChainRulesCore.rrule(c::RuleConfig{>:HasReverseMode}, ::typeof(sum), f, x::Own)\n"
        "    return rrule_via_ad(c, sum, f)\nend",
        # the project's own function, or somebody else's rule for arrays
        f"mine(f, x) = f(x)\nChainRulesCore.rrule(::typeof(mine), f, x) = f(x.a), {BACK}",
        f"ChainRulesCore.rrule(::typeof(*), f, x) = f(x), {BACK}",
        # no rule
        "ChainRulesCore.@non_differentiable Base.sum(f, x::Own)",
        f"ChainRulesCore.frule(::Any, ::typeof(sum), f, x::Own) = f(x.a), {BACK}",
    ],
)
def test_a_rule_that_serves_what_it_takes_is_right(rule: str, tmp_path: Path) -> None:
    assert found(tmp_path, rule) == []
