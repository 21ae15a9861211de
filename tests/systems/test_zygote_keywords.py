"""RC403: keywords that a rule does not take. What comes of each was run on Julia 1.5.3 with Zygote 0.6.32."""

from __future__ import annotations

from pathlib import Path

import pytest
from zygote_world import findings, model_of

pytestmark = pytest.mark.slow

HEAD = """\
module Smoothing
using ChainRulesCore
struct Signal
    samples::Vector{Float64}
end
smooth(x::Signal; width = 3, pad = 0) = x
"""
NONE = "ChainRulesCore.rrule(::typeof(smooth), x::Signal) = x, identity\n"
ONE = "ChainRulesCore.rrule(::typeof(smooth), x::Signal; width = 3) = x, identity\n"
ALL = "ChainRulesCore.rrule(::typeof(smooth), x::Signal; width = 3, pad = 0) = x, identity\n"
ANY = "ChainRulesCore.rrule(::typeof(smooth), x::Signal; given...) = x, identity\n"


def messages(folder: Path, source: str) -> list[str]:
    path = folder / "Smoothing.jl"
    path.write_text(f"{HEAD}{source}\nend\n")
    return [f.message for f in findings(model_of(path)) if f.code == "RC403"]


@pytest.mark.parametrize("source", [ALL, ANY])
def test_a_rule_that_takes_all_keywords_is_right(tmp_path: Path, source: str) -> None:
    assert messages(tmp_path, f"{source}use(x::Signal) = smooth(x; width = 5)") == []


def test_a_rule_without_keywords_answers_nothing(tmp_path: Path) -> None:
    (message,) = messages(tmp_path, NONE)
    assert (
        "does not take the keywords `width`, `pad`, but answers where calls of smooth(x::Signal) may pass them"
        in message
    )
    assert "the rule answers `nothing`" in message


def test_a_rule_with_other_keywords_raises(tmp_path: Path) -> None:
    (message,) = messages(tmp_path, ONE)
    assert "does not take the keyword `pad`, but answers where calls of smooth(x::Signal) may pass it" in message
    assert "is called with a keyword that it does not take" in message


@pytest.mark.parametrize(
    "call", ["smooth(x; width = 5)", "smooth(x, width = 5)", "smooth(x; width)", "smooth(x; by.width)"]
)
def test_a_call_is_named_however_it_passes_the_keyword(tmp_path: Path, call: str) -> None:
    (message,) = messages(tmp_path, f"{NONE}use(x::Signal, width::Int, by) = {call}")
    assert f"does not take the keyword `width`, but answers where `{call}` passes it" in message
    assert "and calls of smooth(x::Signal) may pass the keyword `pad`: " in message


def test_the_calls_that_a_rule_captures_are_one_finding(tmp_path: Path) -> None:
    path = tmp_path / "Smoothing.jl"
    calls = "one(x::Signal) = smooth(x; pad = 5)\ntwo(x::Signal) = smooth(x; width = 2)"
    path.write_text(f"{HEAD}{NONE}{calls}\nend\n")
    (finding,) = (f for f in findings(model_of(path)) if f.code == "RC403")
    assert "keywords `pad`, `width`, but answers where `smooth(x; pad = 5)` and 1 more pass them: " in finding.message
    assert (finding.line, [site.line for site in finding.sites]) == (7, [8, 9])
    assert finding.shadows is not None
    assert finding.shadows.signature == "smooth(x::Signal)"


def test_what_a_call_splats_may_be_nothing(tmp_path: Path) -> None:
    rule = "length_of(x::Signal) = 1\nChainRulesCore.rrule(::typeof(length_of), x::Signal) = 1, identity\n"
    assert messages(tmp_path, f"{rule}use(x::Signal; given...) = length_of(x; given...)") == []
