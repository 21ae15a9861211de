"""A macro that makes rules is followed as a system declares it, and is any macro where none does."""

from __future__ import annotations

from pathlib import Path

from rulecheck.languages.julia.expand.rule_macros import FUNCTION, Given, MacroMethod, RuleMacro
from rulecheck.languages.julia.link.type_expressions import show
from rulecheck.languages.julia.packs.environment import PackageEnvironment
from rulecheck.languages.julia.program import JuliaProgram, read_julia

PRIMITIVE = RuleMacro(
    ("primitive", "primitive!"),
    Given.DEFINITION,
    (
        MacroMethod("Mine.rule", (("mode", "Core.Int64"), (None, FUNCTION)), has_body=True),
        MacroMethod("Mine.known", ((None, FUNCTION),)),
    ),
)
LISTED = RuleMacro(("zero",), Given.FUNCTIONS, (MacroMethod("Mine.known", ((None, FUNCTION),)),))
TWIN = RuleMacro(("never",), Given.SIGNATURE, twins=(("rule", "Mine.no_rule"),))


def read(tmp_path: Path, small: PackageEnvironment, source: str, *macros: RuleMacro) -> JuliaProgram:
    path = tmp_path / "script.jl"
    path.write_text(source)
    return read_julia([str(path)], small, macros=macros)


def made(program: JuliaProgram) -> list[str]:
    methods = program.owned_methods
    return [f"{m.maker} {m.function}({', '.join(map(show, m.arguments))})" for m in methods if m.maker]


def test_a_definition_becomes_each_method_that_the_macro_makes(tmp_path: Path, small: PackageEnvironment) -> None:
    program = read(tmp_path, small, "@primitive! sum(x::Matrix{T}) where T = 1, x\n", PRIMITIVE)
    assert made(program) == [
        "@primitive! Mine.rule(Int64, typeof(Base.sum), Base.Matrix{T})",
        "@primitive! Mine.known(typeof(Base.sum), Base.Matrix{T})",
    ]


def test_functions_become_rules_for_all_their_calls(tmp_path: Path, small: PackageEnvironment) -> None:
    program = read(tmp_path, small, "@zero size, sum\n", LISTED)
    assert made(program) == [
        "@zero Mine.known(typeof(Base.size), Vararg{Any})",
        "@zero Mine.known(typeof(Base.sum), Vararg{Any})",
    ]


def test_a_signature_has_a_twin_only_where_its_function_does(tmp_path: Path, small: PackageEnvironment) -> None:
    program = read(tmp_path, small, "@never rule(::typeof(sum), ::Matrix)\n@never other(::Int)\n", TWIN)
    assert [m.function for m in program.owned_methods] == ["Mine.no_rule", "Main.rule"]
    assert len(program.unresolved) == 1


def test_a_macro_that_nobody_declares_makes_no_rule(tmp_path: Path, small: PackageEnvironment) -> None:
    assert not made(read(tmp_path, small, "@zero size, sum\n", PRIMITIVE))
