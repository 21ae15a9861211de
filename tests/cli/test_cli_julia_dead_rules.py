"""A package's own rules are dead under a Zygote with adjoints for every matrix and array, and alive under the next."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

Ask = Callable[..., Any]
OWN_RULES = Path(__file__).parents[2] / "fixtures" / "julia_own_rules"

PROJECT = """\
name = "Zygote"
uuid = "e88e6eb3-aa80-5325-afca-941959d7151f"
version = "{version}"

[deps]
ZygoteRules = "700de1a5-db45-46bc-99cf-38207098b444"
"""
# What the walk needs of Zygote, and adjoints that an older one has and a newer one leaves to ChainRules.
SOURCE = """\
module Zygote

using ZygoteRules
using ZygoteRules: AContext, @adjoint

mutable struct Context <: AContext
    cache::Any
end

@generated ZygoteRules._pullback(context::AContext, f, args...) = :(nothing)

{adjoints}
end
"""
PRODUCT = """\
@adjoint function (A::AbstractMatrix * B::AbstractMatrix)
    back(dY) = (dY * B', A' * dY)
    return A * B, back
end
"""
ENTRY = "@adjoint getindex(xs::AbstractArray, at...) = (xs[at...], dy -> (nothing, nothing))\n"


def zygote(ask: Ask, folder: Path, adjoints: str, version: str) -> str:
    """The path of a pack made of such a Zygote."""
    (folder / version / "src").mkdir(parents=True)
    (folder / version / "Project.toml").write_text(PROJECT.format(version=version))
    (folder / version / "src" / "Zygote.jl").write_text(SOURCE.format(adjoints=adjoints))
    pack = f"./{version}.pack"
    answer = ask("pack", version, "--env", "zygote-0.6.32", "-o", pack)
    assert answer.code == 0, answer.err
    return pack


@pytest.mark.parametrize(
    ("adjoints", "dead"),
    [
        (PRODUCT + ENTRY, ["rrule(::typeof(*)", "rrule(::typeof(getindex)"]),
        (ENTRY, ["rrule(::typeof(getindex)"]),
        ("", []),
    ],
    ids=["both", "the entries", "neither"],
)
def test_the_environment_decides_whether_a_rule_is_dead(
    ask: Ask, tmp_path: Path, adjoints: str, dead: list[str]
) -> None:
    pack = zygote(ask, tmp_path, adjoints, "0.5.10")
    answer = ask("lint", str(OWN_RULES), "--env", pack, "--select", "RC201,RC202,RC301,RC302", "--format", "json")
    found = json.loads(answer.out)["findings"]
    assert [(f["code"], f["fires"]["layer"]) for f in found] == [("RC201", "adjoint")] * len(dead)
    for finding, rule in zip(found, dead, strict=True):
        assert finding["shadows"]["signature"].startswith(rule)
        assert finding["fires"]["path"] == "Zygote/src/Zygote.jl"
        assert "adjoints are asked first" in finding["message"]


def test_diff_tells_that_the_rules_come_alive(ask: Ask, tmp_path: Path) -> None:
    old, new = zygote(ask, tmp_path, PRODUCT + ENTRY, "0.5.10"), zygote(ask, tmp_path, "", "0.5.11")
    answer = ask("diff", "--from", old, "--to", new, str(OWN_RULES))
    assert "adjoint" in answer.out
    assert "*(A::Scaled" in answer.out
