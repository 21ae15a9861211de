"""Opt-outs for methods that a loop or a macro makes stand behind what makes them.

The whole text of the first test was run on Julia 1.5.3 with Zygote 0.6.32: it loads, and `det` gives the structured
gradient.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from zygote_world import apply_edits, findings, model_of

from rulecheck.finding import Finding

pytestmark = pytest.mark.slow

HEAD = """\
module Loops
using ChainRulesCore, LinearAlgebra
struct Tagged{T,P<:AbstractVector{T}} <: AbstractVector{T}
    held::P
end
struct Square{T} <: AbstractMatrix{T}
    held::Matrix{T}
end
Base.size(t::Tagged) = size(t.held)
Base.getindex(t::Tagged, i::Int) = t.held[i]
Base.size(s::Square) = size(s.held)
Base.getindex(s::Square, i::Int, j::Int) = s.held[i, j]
"""


def found(path: Path) -> list[Finding]:
    return [f for f in findings(model_of(path)) if f.code == "RC101"]


def fixed(folder: Path, source: str) -> str:
    """What stands behind the head with all fixes in place; nothing may be left then."""
    path = folder / "Loops.jl"
    path.write_text(f"{HEAD}{source}\nend\n")
    first = found(path)
    assert first
    text = path.read_text()
    edits = dict.fromkeys(edit for f in first if f.fix is not None for edit in f.fix.edits)
    path.write_text(apply_edits(text, edits))
    assert found(path) == []
    return path.read_text()[len(HEAD) :]


def test_each_method_of_a_loop_is_opted_out_behind_it(tmp_path: Path) -> None:
    loop = "for f in (:det, :triu)\n    @eval LinearAlgebra.$f(s::Square) = $f(s.held)\nend"
    *lines, end = fixed(tmp_path, loop).removeprefix(f"{loop}\n").splitlines()
    assert sorted(lines) == [
        "ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(det), ::Square)",
        "ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(triu), ::Square)",
    ]
    assert end == "end"


@pytest.mark.parametrize(
    "made",
    [
        "for A in (:Tagged,), B in (:Tagged,)\n    @eval LinearAlgebra.dot(a::$A, b::$B) = dot(a.held, b.held)\nend",
        "for A in (:Tagged,); @eval LinearAlgebra.dot(a::$A, b::$A) = dot(a.held, b.held); end # é",
    ],
)
def test_the_outermost_statement_that_makes_methods_is_what_counts(tmp_path: Path, made: str) -> None:
    line = "ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(dot), ::Tagged, ::Tagged)"
    assert fixed(tmp_path, made) == f"{made}\n{line}\nend\n"


def test_a_loop_in_a_condition_keeps_its_opt_out_there(tmp_path: Path) -> None:
    loop = "    for f in (:det,)\n        @eval LinearAlgebra.$f(s::Square) = 1\n    end\n"
    line = "    ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(det), ::Square)\n"
    assert fixed(tmp_path, f'if VERSION > v"1.0"\n{loop}end') == f'if VERSION > v"1.0"\n{loop}{line}end\nend\n'


def test_what_a_macro_of_the_project_makes_is_left_to_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "Loops.jl"
    macro = "macro made(f)\n    :($(esc(f))(s::Square) = 1)\nend\n@made LinearAlgebra.det\n"
    path.write_text(f"{HEAD}{macro}end\n")
    (finding,) = found(path)
    assert finding.fix is not None
    assert finding.fix.text.startswith("ChainRulesCore.@opt_out")
    assert finding.fix.edits == ()


def test_a_method_of_a_loop_that_only_throws_is_no_special_code(tmp_path: Path) -> None:
    path = tmp_path / "Loops.jl"
    body = 'throw(ArgumentError("no $($f)"))'
    path.write_text(
        f"{HEAD}for f in (:det,)\n    @eval function LinearAlgebra.$f(::Square)\n        {body}\n    end\nend\nend\n"
    )
    assert found(path) == []
