"""A type expression that is shown and read again is the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rulecheck.languages.julia.facts import TypeExpr
from rulecheck.languages.julia.link.type_expressions import TypeReader, function_text, show, split_name
from rulecheck.languages.julia.packs.environment import PackageEnvironment
from rulecheck.languages.julia.syntax.trees import expression

NAMES = st.sampled_from(["Core.Int64", "Core.Number", "Base.Vector", "Base.Val", "Core.Tuple"]).map(
    lambda n: ("name", n)
)
VALUES = st.sampled_from(["1", ":x", "true", "(:a, :b)", "-3"]).map(lambda v: ("value", v))
FUNCTIONS = st.sampled_from(["Base.+", "Base.sum", "Base.Broadcast.broadcasted"]).map(lambda f: ("typeof", f))


def _larger(inner: st.SearchStrategy[TypeExpr]) -> st.SearchStrategy[TypeExpr]:
    members = st.lists(inner, min_size=1, max_size=3).map(tuple)
    heads = st.sampled_from([("name", "Base.Vector"), ("name", "Core.Tuple")])
    return st.one_of(
        st.tuples(st.just("apply"), heads, members),
        st.tuples(st.just("union"), members),
        st.tuples(st.just("vararg"), inner, st.none()),
        inner.map(lambda body: ("where", ("apply", ("name", "Base.Vector"), (("var", "T"),)), (("T", None, body),))),
        inner.map(lambda low: ("where", ("var", "T"), (("T", low, ("name", "Core.Number")),))),
    )


@given(st.recursive(st.one_of(NAMES, VALUES, FUNCTIONS), _larger, max_leaves=8))
def test_shown_and_read_again(small: PackageEnvironment, expr: TypeExpr) -> None:
    reader = TypeReader(small.world, "Base", {})
    assert reader.read(expression(show(expr).encode())) == expr


def test_operators_are_written_with_a_colon() -> None:
    assert function_text("Base.+") == "Base.:+"
    assert function_text("Base.sum") == "Base.sum"
    assert split_name("A.B.∘") == ("A.B", ".", "∘")
    assert split_name("Base.!") == ("Base", ".", "!")
