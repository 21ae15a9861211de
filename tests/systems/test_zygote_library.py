"""A signature that cannot be worked out is counted as unusable, and the others still are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from zygote_world import model_of

from rulecheck.languages.julia.facts import TypeExpr

SPARSE = "SparseMatrixCSC{Float64,Int}"
SOURCE = """
struct Own end
f(x::Own, y::NTuple{Float64,Int}) = 1
f(x::Own, y::Tuple{Vararg{<:Real,N}}) where N = 2
f(x::Own, y::Int) = 3
"""


def test_an_impossible_length_spoils_only_its_own_method(tmp_path: Path) -> None:
    path = tmp_path / "own.jl"
    path.write_text(SOURCE)
    library = model_of(path).library
    impossible, counted, plain = (m for m in library.program.owned_methods if m.function == "Main.f")
    before = len(library.unusable)
    assert library.signature(impossible) is None
    assert library.signature(impossible) is None
    assert [(m, why) for m, why in library.unusable[before:]] == [
        (impossible, "a Vararg cannot have the length Float64")
    ]
    assert str(library.signature(counted)) == "Tuple{typeof(Main.f),Main.Own,Tuple{Vararg{Real,N}}} where N"
    assert library.signature(plain) is not None


def test_a_type_nested_beyond_measure_is_unusable(tmp_path: Path) -> None:
    path = tmp_path / "own.jl"
    path.write_text(SOURCE)
    library = model_of(path).library
    deep: TypeExpr = ("name", "Core.Int64")
    for _ in range(5000):
        deep = ("apply", ("name", "Core.Tuple"), (deep,))
    plain = library.program.owned_methods[-1]
    assert library.signature(replace(plain, arguments=(*plain.arguments[:1], deep))) is None
    assert library.signature(plain) is not None


@pytest.mark.parametrize(
    ("env", "function", "types", "primal", "layer"),
    [
        ("zygote-0.6.32", "in", ["Int", "Vector{Int}"], "julia/operators.jl:1055", "rrule"),
        ("zygote-0.6.32", ":", ["Int", "Int"], "julia/range.jl:5", "adjoint"),
        ("zygote-0.6.32", "-", ["BigInt", "Int"], "julia/gmp.jl:532", "rrule"),
        (
            "zygote-0.6.32",
            "lu",
            ["SparseMatrixCSC{Float64,Int}"],
            "julia/stdlib/SuiteSparse/src/umfpack.jl:154",
            "trace",
        ),
        ("zygote-0.7", "in", ["Int", "Vector{Int}"], "julia/operators.jl:1302", "rrule"),
        ("zygote-0.7", "in", ["Int", "BitSet"], "julia/bitset.jl:330", "rrule"),
        ("zygote-0.7", ":", ["Int", "Int"], "julia/range.jl:5", "rrule"),
    ],
)
def test_what_depends_on_how_julia_was_built_and_spells_names(
    tmp_path: Path, env: str, function: str, types: list[str], primal: str, layer: str
) -> None:
    (tmp_path / "x.jl").write_text("")
    model = model_of(tmp_path / "x.jl", env=env)
    question = model.question(function, types)
    found = model.primal(question)
    assert found is not None
    assert model.method(found).julia_place.at == primal
    assert model.walk(question).end.layer == layer  # type: ignore[union-attr]


def test_a_zygote_from_before_configurations_asks_without_one(tmp_path: Path) -> None:
    """Linted itself, it stands before the environment's; whose rules for a product answer all the same."""
    (tmp_path / "src").mkdir()
    (tmp_path / "Project.toml").write_text('name = "Zygote"\n')
    path = tmp_path / "src" / "Zygote.jl"
    path.write_text("module Zygote\nstruct Context end\nstruct M <: AbstractMatrix{Float64} end\nend\n")
    model = model_of(path)
    assert model.library.config is None
    walk = model.walk(model.question("*", ["Zygote.M", "Vector{Float64}"]))
    assert [step.layer for step in walk.steps] == ["adjoint", "rrule"]
    assert walk.winner is not None
    assert walk.winner.signature.startswith("rrule(::typeof(*)")
