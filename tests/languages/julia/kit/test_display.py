"""How Julia's types are shown to a person."""

from __future__ import annotations

import pytest

from rulecheck.languages.julia.kit.display import bare


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mine.Lazy{Function(Base . *)}", "Lazy{*}"),
        ("Mine.Lazy{Function(Base.*),Float64}", "Lazy{*,Float64}"),
        ("Mine.Lazy{Function(Mine.relu)}", "Lazy{relu}"),
        ("Core.Function", "Function"),
        ("Core.Array{Core.Float64,1}", "Vector{Float64}"),
        ("typeof(Base.:*)", "typeof(*)"),
    ],
)
def test_names_stand_without_their_modules(text: str, shown: str) -> None:
    assert bare(text) == shown
