"""What macros of Base and of other packages make is reported where Julia reports it: inside the macro's own source."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.languages.julia.program import read_julia
from rulecheck.systems import macros
from tests.systems.zygote_world import environment

SOURCE = """\
module Made
using MacroTools: @forward
newer(x) = 1
@deprecate older(x::Int) newer(x)
@deprecate oldest newer
Base.@kwdef struct Plain
    a::Int = 1
end
Base.@kwdef struct Wide{T<:Real}
    a::T
end
@enum Colour red green
struct Holder
    items::Vector{Int}
end
@forward Holder.items Base.length
const (Left, Right) = (Val{:left}, Val{:right})
newer(::Left) = 2
end
"""


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Where Julia reports the methods of each function."""
    path = tmp_path_factory.mktemp("made") / "Made.jl"
    path.write_text(SOURCE)
    found: dict[str, set[str]] = {}
    for method in read_julia([str(path)], environment(), macros=macros()).owned_methods:
        place = method.julia_place
        name = method.function.rpartition(".")[2]
        found.setdefault(name, set()).add(f"{Path(place.path).name}:{place.line}")
    return found


# The lines of Julia 1.5.3 and of MacroTools, as `which` gave them there.
@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("older", {"deprecated.jl:70"}),
        ("oldest", {"deprecated.jl:45"}),
        ("Plain", {"Made.jl:7", "util.jl:438"}),
        ("Wide", {"Made.jl:10", "util.jl:448", "util.jl:449"}),
        ("Colour", {"Enums.jl:189"}),
        ("length", {"forward.jl:17"}),
        ("newer", {"Made.jl:3", "Made.jl:18"}),
    ],
)
def test_the_places_are_those_of_julia(reported: dict[str, set[str]], function: str, expected: set[str]) -> None:
    assert reported[function] == expected
