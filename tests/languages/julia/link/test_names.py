"""A name means what it means in Julia: through imports, exports, submodules and relative paths."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rulecheck.languages.julia.program import JuliaProgram
from tests.languages.julia.conftest import lines

Read = Callable[[str], JuliaProgram]

LIBRARY = """
module Lib
export shown
shown(x) = 1
hidden(x) = 1
struct T end
module Inner
using ..Lib
import ..Lib: hidden
import ..T
hidden(x::T) = 2
export deep
deep(x) = 3
end
using .Inner
const short = Inner.deep
end
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("using .Lib\nLib.shown(x::Int) = 1", "Main.Lib.shown(Int)"),
        ("using .Lib: hidden\nimport .Lib: hidden\nhidden(x::Int) = 1", "Main.Lib.hidden(Int)"),
        ("using .Lib\nhidden(x::Int) = 1", "Main.hidden(Int)"),
        ("using .Lib\nf(::typeof(shown)) = 1", "Main.f(typeof(Main.Lib.shown))"),
        ("import .Lib\nf(::Lib.T) = 1", "Main.f(Main.Lib.T)"),
        ("import .Lib: short\nshort(x::Int) = 1", "Main.Lib.Inner.deep(Int)"),
        ("import .Lib.Inner: deep\ndeep(x::Int) = 1", "Main.Lib.Inner.deep(Int)"),
        ("import .Lib.Inner.deep as d\nd(x::Int) = 1", "Main.Lib.Inner.deep(Int)"),
        ("using .Lib\nLib.Inner.deep(x::Int) = 1", "Main.Lib.Inner.deep(Int)"),
        ("using Unknown\nf(x::Unknown.T) = 1", "Main.f(Unknown.T)"),
        ("using Unknown: T\nUnknown.f(x::T) = 1", "Unknown.f(Unknown.T)"),
        ("import Base.Broadcast: broadcasted\nbroadcasted(x::Int) = 1", "Base.Broadcast.broadcasted(Int)"),
        ("module A\nimport Base: +\n+(x::Int, y) = 1\nend", "Base.+(Int, Any)"),
        ("module A\nmodule B\nusing ...Main.Lib: T\nf(::T) = 1\nend\nend", "Main.A.B.f(Main.Lib.T)"),
    ],
)
def test_names(read: Read, source: str, expected: str) -> None:
    last = lines(read(LIBRARY + source).owned_methods)[-1]
    assert last.partition(" @")[0] == expected


def test_methods_of_submodules_reach_the_function_that_they_import(read: Read) -> None:
    found = lines(read(LIBRARY).owned_methods)
    assert "Main.Lib.hidden(Main.Lib.T) @ 11" in found


def test_modules_that_use_each_other_are_no_end(read: Read) -> None:
    program = read("module A\nusing ..B\nexport a\nf(x::missing_name) = 1\nend\nmodule B\nusing ..A\nexport b\nend")
    assert program.world.resolve("Main.A", "missing_name") is None
    assert len(program.owned_methods) == 1


@pytest.mark.parametrize(
    "source",
    [
        "using .Missing: Missing\nf(x::Missing) = 1",
        "import .Missing: Missing, T\nf(x::T) = 1",
        "using .Missing: there\nusing .there: Missing\nf(x::Missing.T) = 1",
        "module A\nusing ..A.B: B\nusing .B: C\nf(x::C) = 1\nend",
    ],
)
def test_imports_that_lead_back_to_themselves_are_no_end(read: Read, source: str) -> None:
    program = read(source)
    assert [m.function.rpartition(".")[2] for m in program.owned_methods] == ["f"]
    assert "Missing" in str(program.owned_methods[0].arguments) or "A.B" in str(program.owned_methods[0].arguments)
