"""A function of a package that is not read may be another's under its name: rules for it are not judged."""

from __future__ import annotations

from pathlib import Path

import pytest
from zygote_world import findings, model_of

SOURCE = """\
module Fields
using ChainRulesCore
{taken}
struct Field
    values::Vector{{Float64}}
end
mean(f::Field, x::AbstractVector) = x
ChainRulesCore.@opt_out ChainRulesCore.rrule(::RuleConfig, ::typeof(mean), ::Field, ::AbstractVector)
ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(mean), ::Field, ::Int)
end
"""


@pytest.mark.parametrize(
    ("taken", "codes"),
    [
        ("import Unheard: mean", set()),
        ("", {"RC202", "RC204"}),
    ],
)
def test_an_opt_out_for_it_is_neither_dead_nor_stale(tmp_path: Path, taken: str, codes: set[str]) -> None:
    path = tmp_path / "Fields.jl"
    path.write_text(SOURCE.format(taken=taken))
    found = {f.code for f in findings(model_of(path))}
    assert found & {"RC201", "RC202", "RC204"} == codes
