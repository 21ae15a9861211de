"""Files of overrides for Julia: a submodule's stand where it is evaluated, and writing again changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fix_findings import finding

from rulecheck.finding import Finding, Fix, FixKind
from rulecheck.fix.stubs import NotStubs
from rulecheck.fix.stubs_julia import render_stubs
from rulecheck.languages.julia.syntax.parse import parse
from rulecheck.place import Place

OPT_OUT = Fix(
    FixKind.OPT_OUT,
    False,
    "ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(*), ::Circulant, ::AbstractVector)",
    imports=("import ChainRulesCore",),
    module="Structured",
)
INNER = replace(OPT_OUT, text=OPT_OUT.text.replace("Circulant", "Banded"), module="Structured.Bands")


def at(line: int) -> Finding:
    return replace(finding([]), place=Place("src/Structured.jl", line), message="a rule answers")


FILE = """\
# Overrides that hand calls on to the specialised code; written by `rulecheck stubs`.
# Include it at the end of module Structured, behind the types and methods that it names.

import ChainRulesCore
@eval Bands import ChainRulesCore

# RC101 shadowed-method, src/Structured.jl:3: a rule answers
ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(*), ::Circulant, ::AbstractVector)

# RC101 shadowed-method, src/Structured.jl:9: a rule answers
@eval Bands begin
    ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(*), ::Banded, ::AbstractVector)
end
"""


def test_a_file_in_the_order_of_the_places() -> None:
    assert render_stubs([(at(9), INNER), (at(3), OPT_OUT)]) == FILE
    assert not parse(FILE.encode(), "stubs.jl").errors


@pytest.mark.parametrize("pairs", [[], [(at(3), OPT_OUT)], [(at(90), INNER), (at(30), OPT_OUT)]])
def test_writing_again_changes_nothing(pairs: list[tuple[Finding, Fix]]) -> None:
    assert render_stubs(pairs, FILE) == FILE


def test_what_is_there_stays_when_more_is_added() -> None:
    mine = render_stubs([(at(3), OPT_OUT)]) + "\nconst checked = true  # mine\n"
    text = render_stubs([(at(3), OPT_OUT), (at(9), INNER)], mine)
    assert text.startswith(mine)
    assert text.count("::Circulant") == 1
    assert text.removeprefix(mine) == (
        "\n@eval Bands import ChainRulesCore\n\n# RC101 shadowed-method, src/Structured.jl:9: a rule answers\n"
        f"@eval Bands begin\n    {INNER.text}\nend\n"
    )


def test_an_override_that_answers_two_findings_stands_once() -> None:
    text = render_stubs([(at(3), OPT_OUT), (at(4), OPT_OUT)])
    assert text.count("@opt_out") == 1
    assert "Structured.jl:3: a rule answers\n# RC101 shadowed-method, src/Structured.jl:4:" in text


def test_an_import_of_two_overrides_stands_once() -> None:
    other = replace(OPT_OUT, text=OPT_OUT.text.replace("Circulant", "Banded"))
    assert render_stubs([(at(3), OPT_OUT), (at(4), other)]).count("import ChainRulesCore") == 1


def test_each_module_that_includes_it_is_named() -> None:
    text = render_stubs([(at(3), replace(OPT_OUT, module="B.C")), (at(4), replace(OPT_OUT, module="A"))])
    assert "at the end of module A and B, behind" in text


def test_fixes_that_change_the_code_itself_are_no_stubs() -> None:
    narrowed = Fix(FixKind.NARROW, False, "f(x::Vector) = 1", module="Structured")
    assert render_stubs([(at(3), narrowed), (at(3), OPT_OUT)]) == render_stubs([(at(3), OPT_OUT)])


@pytest.mark.parametrize("foreign", ["x = 1\n", "\n" + FILE])
def test_a_foreign_file_is_not_written_over(foreign: str) -> None:
    with pytest.raises(NotStubs, match="was not written by"):
        render_stubs([(at(3), OPT_OUT)], foreign)


def test_an_empty_file_is_a_new_one() -> None:
    assert render_stubs([(at(9), INNER), (at(3), OPT_OUT)], "\n") == FILE
