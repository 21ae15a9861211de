"""A signature that cannot be worked out is counted as unusable, and the others still are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rulecheck.languages.julia.facts import TypeExpr
from rulecheck.languages.julia.kit.library import Library
from rulecheck.languages.julia.packs.environment import load_environment
from rulecheck.languages.julia.program import read_julia

SOURCE = """
struct Own end
f(x::Own, y::NTuple{Float64,Int}) = 1
f(x::Own, y::Tuple{Vararg{<:Real,N}}) where N = 2
f(x::Own, y::Int) = 3
"""


def library_of(path: Path) -> Library:
    return Library(read_julia([str(path)], load_environment("zygote-0.6.32")))


def test_an_impossible_length_spoils_only_its_own_method(tmp_path: Path) -> None:
    path = tmp_path / "own.jl"
    path.write_text(SOURCE)
    library = library_of(path)
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
    library = library_of(path)
    deep: TypeExpr = ("name", "Core.Int64")
    for _ in range(5000):
        deep = ("apply", ("name", "Core.Tuple"), (deep,))
    plain = library.program.owned_methods[-1]
    assert library.signature(replace(plain, arguments=(*plain.arguments[:1], deep))) is None
    assert library.signature(plain) is not None
