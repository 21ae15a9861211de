"""Rule makers become the methods of the rule tables that their macros define."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rulecheck.languages.julia.link.type_expressions import show
from rulecheck.languages.julia.program import JuliaProgram

Read = Callable[[str], JuliaProgram]


def rules(program: JuliaProgram) -> list[str]:
    """Each rule as `table(types) maker`."""
    return [f"{m.function}({', '.join(map(show, m.arguments))}) {m.maker}" for m in program.owned_methods]


def test_adjoint_makes_a_positional_and_a_keyword_entry(read: Read) -> None:
    program = read("@adjoint *(A::AbstractMatrix{T}, b) where T = 1, x -> x")
    plain, keyed = program.owned_methods
    assert rules(program) == [
        "ZygoteRules._pullback(ZygoteRules.AContext, typeof(Base.:*), Base.AbstractMatrix{T}, Any) @adjoint",
        'ZygoteRules._pullback(ZygoteRules.AContext, Base.var"#*##kw", Any, typeof(Base.:*), '
        "Base.AbstractMatrix{T}, Any) @adjoint",
    ]
    assert plain.variables == (("T", None, None),)
    assert keyed.kind == "keyword rule"
    # Where it is written, and where Julia says that it stands.
    assert plain.place.line == 1
    assert plain.julia_place.at == "ZygoteRules/src/ZygoteRules.jl:9"
    assert keyed.julia_place.line == 12


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("@adjoint function sum(x; dims=1) 1 end", "typeof(Base.sum), Any"),
        ("@adjoint! function size(x) 1 end", "typeof(Base.size), Any"),
        ("Zygote.@adjoint Base.sum(xs::Number...) = 1", "typeof(Base.sum), Vararg{Number}"),
        ("@adjoint function (a::Real + b)\n  1\nend", "typeof(Base.:+), Real, Any"),
        ("@adjoint a + b = 1", "typeof(Base.:+), Any, Any"),
        ("@adjoint (T::Type{<:Real})(x::Real) = 1", "Type{S_1} where {S_1<:Real}, Real"),
        ("struct S end\n@adjoint S(x) = 1", "Type{Main.S}, Any"),
    ],
)
def test_adjoint_forms(read: Read, source: str, expected: str) -> None:
    found = [r for r in rules(read(source)) if r.startswith("ZygoteRules") and "##kw" not in r]
    assert found[0].partition("AContext, ")[2].rpartition(")")[0] == expected


def test_nograd_takes_every_argument_list(read: Read) -> None:
    assert rules(read("@nograd size, sum")) == [
        "ZygoteRules._pullback(Zygote.Context, typeof(Base.size), Vararg{Any}) @nograd",
        "ZygoteRules._pullback(Zygote.Context, typeof(Base.sum), Vararg{Any}) @nograd",
    ]


def test_opt_out_adds_to_both_tables(read: Read) -> None:
    program = read("using ChainRulesCore\nimport ChainRulesCore: rrule\n@opt_out rrule(::typeof(*), ::Matrix, ::Any)")
    assert rules(program) == [
        "ChainRulesCore.no_rrule(typeof(Base.:*), Base.Matrix, Any) @opt_out",
        "ChainRulesCore.rrule(typeof(Base.:*), Base.Matrix, Any) @opt_out",
    ]
    assert all(m.julia_place.path == "none" for m in program.owned_methods)


def test_an_opt_out_without_the_import_makes_a_local_function(read: Read) -> None:
    _, local = read("using ChainRulesCore: @opt_out\n@opt_out rrule(::typeof(*), ::Matrix)").owned_methods
    assert local.function == "Main.rrule"


def test_non_differentiable_takes_any_and_keywords(read: Read) -> None:
    frule, rrule = read("using ChainRulesCore\n@non_differentiable size(x, ::Int...)").owned_methods
    assert show(("apply", ("name", "Core.Tuple"), rrule.arguments)) == "Tuple{typeof(Base.size),Any,Vararg{Int}}"
    assert rrule.takes_any_keyword
    assert rrule.julia_place.line == 2
    assert frule.function == "ChainRulesCore.frule"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("@scalar_rule sum(x) 1", "typeof(Base.sum), Number"),
        ("@scalar_rule sum(x) -(1)", "typeof(Base.sum), Number"),
        ("@scalar_rule -x -1", "typeof(Base.:-), Number"),
        ("@scalar_rule x + y (true, true)", "typeof(Base.:+), Number, Number"),
        ("@scalar_rule sum(x::Real, y) @setup(a = 1) (1, 2)", "typeof(Base.sum), Real, Number"),
        ("@scalar_rule(sum(x, y), (1, 2))", "typeof(Base.sum), Number, Number"),
    ],
)
def test_scalar_rules_are_numbers(read: Read, source: str, expected: str) -> None:
    assert rules(read(source))[1] == f"ChainRulesCore.rrule({expected}) @scalar_rule"


def test_rules_written_out_with_and_without_configuration(read: Read) -> None:
    source = (
        "using ChainRulesCore\n"
        "function ChainRulesCore.rrule(::typeof(sum), x::Vector) 1 end\n"
        "ChainRulesCore.rrule(cfg::RuleConfig{>:HasReverseMode}, ::typeof(sum), f, x) = 1\n"
        "ChainRulesCore.rrule(::Type{T}, x) where {T<:Complex} = 1\n"
    )
    assert rules(read(source)) == [
        "ChainRulesCore.rrule(typeof(Base.sum), Base.Vector) ",
        "ChainRulesCore.rrule(ChainRulesCore.RuleConfig{S_1} where {ChainRulesCore.HasReverseMode<:S_1<:Any}, "
        "typeof(Base.sum), Any, Any) ",
        "ChainRulesCore.rrule(Type{T}, Any) ",
    ]


def test_the_type_of_a_parametric_type_is_not_the_type_itself(read: Read) -> None:
    source = "struct P{T}\n x::T\nend\nstruct Q end\nf(::typeof(P)) = 1\nf(::typeof(Q)) = 1\nf(::typeof(size(1))) = 1"
    methods = [m for m in read(source).owned_methods if m.function == "Main.f"]
    assert [show(m.arguments[0]) for m in methods][:2] == ["UnionAll", "DataType"]
    assert methods[2].arguments[0][0] == "unknown"


def test_rules_that_wait_for_another_package(read: Read) -> None:
    source = (
        'function __init__()\n  @require Other="123" begin\n    f(x) = 1\n  end\nend\n@init @require More="4" g(x) = 2'
    )
    waits = {m.function: m.when for m in read(source).owned_methods}
    assert waits["Main.f"] == ("Other",)
    assert waits["Main.g"] == ("More",)


def test_the_same_rule_twice_is_kept_twice_in_order(read: Read) -> None:
    first, second = read("f(x::Int) = 1\nf(y::Int) = 2").owned_methods
    assert first.arguments == second.arguments
    assert first.order < second.order


def test_rules_for_functions_that_are_spelled_as_words(read: Read) -> None:
    found = rules(read("in(x, y) = 1\nusing ChainRulesCore\n@non_differentiable in(::Any, ::Int)\n@nograd in, size"))
    assert "ChainRulesCore.rrule(typeof(Main.in), Any, Int) @non_differentiable" in found
    assert "ZygoteRules._pullback(Zygote.Context, typeof(Main.in), Vararg{Any}) @nograd" in found
    assert "ZygoteRules._pullback(Zygote.Context, typeof(Base.size), Vararg{Any}) @nograd" in found
