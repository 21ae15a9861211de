"""Type expressions of facts become the terms that their texts mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.dispatch.parametric import ParametricError
from rulecheck.languages.julia.facts import ANY, TypeExpr
from rulecheck.languages.julia.kit.library import Library, tuple_type
from rulecheck.languages.julia.kit.terms import Terms
from rulecheck.languages.julia.link.type_expressions import show
from rulecheck.languages.julia.packs.environment import load_environment
from rulecheck.languages.julia.program import read_julia

pytestmark = pytest.mark.slow

SOURCE = """
abstract type Shape{T} end
struct Own{T,N} <: Shape{T} end
const Flat{T} = Own{T,1}
"""
REAL, ARRAY, FLAT = ("name", "Core.Real"), ("name", "Core.AbstractArray"), ("name", "Main.Flat")
T = ("var", "T")
BELOW: TypeExpr = ("where", ("apply", ARRAY, (("var", "#s1"),)), (("#s1", None, REAL),))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    path = tmp_path / "own.jl"
    path.write_text(SOURCE)
    return Library(read_julia([str(path)], load_environment("zygote-0.6.32")))


@pytest.mark.parametrize(
    "expr",
    [
        REAL,
        BELOW,
        ("apply", ARRAY, (REAL, ("value", "2"))),
        ("where", ("apply", FLAT, (T,)), (("T", REAL, None),)),
        ("where", ("apply", ("name", "Main.Own"), (T, ("var", "N"))), (("N", None, None), ("T", None, BELOW))),
        ("union", (REAL, ("name", "Core.Float64"), FLAT)),
        ("union", ()),
        ("typeof", "Base.*"),
        ("typeof", "Main.Own"),
        ("typeof", "Core.Union{}"),
        ("apply", ("name", "Core.Type"), (("where", ("apply", FLAT, (T,)), (("T", None, REAL),)),)),
        ("apply", ("name", "Core.NamedTuple"), (("value", "(:a, :b)"),)),
        tuple_type((ANY, ("vararg", T, ("var", "N"))), (("T", None, REAL), ("N", None, None))),
        tuple_type((("kwtypeof", ("typeof", "Base.sum")), ("vararg", REAL, ("value", "2"))), ()),
    ],
    ids=show,
)
def test_an_expression_means_what_its_text_does(library: Library, expr: TypeExpr) -> None:
    made = library.terms.of(expr)
    assert made is library.declarations.parse(show(expr))
    assert library.terms.of(expr) is made
    assert Terms(library.declarations).of(expr) is made


def test_a_bounded_vararg_is_one_of_its_bound(library: Library) -> None:
    bounded: TypeExpr = ("where", ("vararg", T, None), (("T", None, REAL),))
    assert library.terms.of(tuple_type((bounded,), ())) is library.terms.of(tuple_type((("vararg", REAL, None),), ()))


def test_names_need_not_be_words(library: Library) -> None:
    primed: TypeExpr = ("where", ("apply", FLAT, (("var", "B′"),)), (("B′", None, REAL),))
    assert library.terms.of(primed) is library.declarations.parse("Main.Flat{B} where B<:Real")
    assert library.terms.of(("typeof", "Base.:")) is library.declarations.function("Base.:")


@pytest.mark.parametrize(
    "expr", [("name", "Main.Nobody"), T, ("unknown", "f(3"), ("apply", FLAT, (REAL, REAL, REAL))], ids=str
)
def test_what_means_nothing_is_an_error(library: Library, expr: TypeExpr) -> None:
    with pytest.raises(ParametricError):
        library.terms.of(expr)
