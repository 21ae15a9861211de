"""What walks find where names, and how Julia was built, differ between versions."""

from __future__ import annotations

from pathlib import Path

import pytest
from zygote_world import model_of

SPARSE = "SparseMatrixCSC{Float64,Int}"


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
    assert model.rules.config is None
    walk = model.walk(model.question("*", ["Zygote.M", "Vector{Float64}"]))
    assert [step.layer for step in walk.steps] == ["adjoint", "rrule"]
    assert walk.winner is not None
    assert walk.winner.signature.startswith("rrule(::typeof(*)")


def test_a_method_that_takes_a_function_goes_by_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "own.jl"
    path.write_text("struct Own <: AbstractVector{Float64} end\nBase.map(::typeof(length), A::Own) = A\n")
    model = model_of(path)
    assert [model.entry(method).function for method in model.program.owned_methods][-1] == "Base.map"
