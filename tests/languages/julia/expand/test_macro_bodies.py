"""A package's own macros make what Julia 1.5.3 made of them, and what is not followed is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rulecheck.languages.julia.packs.environment import PackageEnvironment
from rulecheck.languages.julia.program import JuliaProgram, read_julia
from tests.languages.julia.conftest import lines

Read = Callable[[str], JuliaProgram]

TYPES = "struct A end\nstruct B end\n"
MACROS = {
    "macro m(T)\n  T = esc(T)\n  quote\n    inverse(x::$T) = 1\n  end\nend\n@m A": ["Main.inverse(Main.A) @ 6"],
    "macro m(T)\n  name = Symbol(:of_, T)\n  return esc(:($name(x::$T) = 1))\nend\n@m B": ["Main.of_B(Main.B) @ 5"],
    "macro m(T)\n  quote\n    f(x::$T) = 1\n  end |> esc\nend\n@m A": ["Main.f(Main.A) @ 5"],
    "macro m(Ts...)\n  code = Expr(:block)\n  for T in Ts\n    push!(code.args, :(f(x::$T) = 1))\n  end\n"
    "  return esc(code)\nend\n@m A B": ["Main.f(Main.A) @ 6", "Main.f(Main.B) @ 6"],
    "macro m(T)\n  code = quote\n    f(x::$T) = 1\n  end\n  for R in (:Int, :Float64)\n    more = quote\n"
    "      f(x::$T, y::$R) = 1\n    end\n    append!(code.args, more.args)\n  end\n  esc(code)\nend\n@m A": [
        "Main.f(Main.A) @ 5",
        "Main.f(Main.A, Int) @ 9",
        "Main.f(Main.A, Float64) @ 9",
    ],
    "macro m(T)\n  T isa Symbol || error(T)\n  :(f(x::$(esc(T))) = 1)\nend\nfor T in (:A, :B)\n  @eval @m $T\nend": [
        "Main.f(Main.A) @ 5",
        "Main.f(Main.B) @ 5",
    ],
}


@pytest.mark.parametrize("source", MACROS)
def test_what_macros_make(read: Read, source: str) -> None:
    program = read(TYPES + source)
    assert lines(m for m in program.owned_methods if not m.kind.startswith("default")) == MACROS[source]
    assert not program.unresolved


@pytest.mark.parametrize(
    "source",
    [
        "macro m(T)\n  code = worked_out(T)\n  esc(code)\nend\n@m A",
        "macro m(T, S)\n  :(f(x::$T) = 1)\nend\n@m A",
        "macro m(T)\n  for i in 1:forever()\n    x = 1\n  end\n  :(f(x::$T) = 1)\nend\n@m A",
    ],
)
def test_what_is_not_followed_is_counted(read: Read, source: str) -> None:
    program = read(TYPES + source)
    assert not [m for m in program.owned_methods if not m.kind.startswith("default")]
    assert [u.reason for u in program.unresolved] == ["what @m makes could not be worked out"]


def test_a_definition_that_a_macro_of_another_file_is_given_stands_where_it_is_written(
    small: PackageEnvironment, tmp_path: Path
) -> None:
    macros, script = tmp_path / "macros.jl", tmp_path / "script.jl"
    macros.write_text("\n\n\nmacro both(code)\n  quote\n    f(x::A) = 1\n    $(esc(code))\n  end\nend\n")
    script.write_text(f'include("macros.jl")\n{TYPES}@both function g(x::A)\n  1\nend\n')
    program = read_julia([str(script)], small)
    line = TYPES.count("\n") + 2
    made = [(m.function, Path(m.place.path).name, m.place.line) for m in program.owned_methods if m.kind == "function"]
    assert made == [("Main.f", "macros.jl", 6), ("Main.g", "script.jl", line)]
