"""Types that are declared alike: what holds of one holds of another one in its place, whatever their names."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from julia_declarations import DATA, declared_in
from random_types import Maker

from rulecheck.dispatch.parametric import Declaration, Declarations, ParametricError, TypeParameter
from rulecheck.dispatch.parametric.likeness import exchangeable_in, likeness, likeness_of_two
from rulecheck.dispatch.parametric.specificity import _beats
from rulecheck.dispatch.parametric.subtype import Solver
from rulecheck.dispatch.parametric.types import unwrap

# One that comes before the others in the order of names, and one that comes after them.
TWINS = ("Aa", "Zz")
NAME = re.compile(r"\b[A-Z]\w+\b(?!\d)")


@pytest.fixture(scope="module")
def twins() -> Declarations:
    """Julia's types, all exchangeable, each with two that are declared alike."""
    rows = declared_in(DATA / "declarations.jsonl")
    every = [replace(row, exchangeable=True) if isinstance(row, Declaration) else row for row in rows]
    made = [replace(row, name=twin + row.name) for row in every if isinstance(row, Declaration) for twin in TWINS]
    return Declarations([*every, *made])


@given(st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_answers_do_not_hang_on_names(twins: Declarations, seed: int) -> None:
    source = random.Random(seed)
    maker = Maker(source)
    signature = maker.signature()
    texts = [signature, maker.mutated(signature)]
    source.shuffle(texts)
    found = sorted({name for text in texts for name in NAME.findall(text) if twins.knows(f"Aa{name}")})
    others = {name: source.choice(TWINS) + name for name in found if source.random() < 0.7}
    try:
        a, b = map(twins.parse, texts)
        c, d = (twins.parse(NAME.sub(lambda m: others.get(m[0], m[0]), text)) for text in texts)
        like = likeness_of_two(a, b)
        assume(like is not None and like == likeness_of_two(c, d))
        assert Solver().for_all_exists(a, b, 0) is Solver().for_all_exists(c, d, 0)
        assert _beats(a, b, False, ()) is _beats(c, d, False, ())
    except ParametricError:
        assume(False)


def parameter(upper: str = "Any") -> tuple[TypeParameter, ...]:
    return (TypeParameter("T", upper=upper),)


@pytest.fixture(scope="module")
def small() -> Declarations:
    """A few types of a project over those of a library."""
    return Declarations(
        [
            Declaration("Library", parameter(), abstract=True),
            Declaration("Plain"),
            Declaration("A", parameter(), "Library{T}", exchangeable=True),
            Declaration("B", parameter(), "Library{T}", exchangeable=True),
            Declaration("Bounded", parameter("Library"), "Library{T}", exchangeable=True),
            Declaration("Other", parameter(), exchangeable=True),
            Declaration("Above", parameter(), "Library{T}", abstract=True, exchangeable=True),
            Declaration("Beyond", parameter(), "Library{T}", abstract=True, exchangeable=True),
            Declaration("Below", parameter(), "Above{T}", exchangeable=True),
            Declaration("Beside", parameter(), "Beyond{T}", exchangeable=True),
            Declaration("Open", parameter(), "Library{Union{T,Plain}}", exchangeable=True),
        ]
    )


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("A", "B", True),
        ("A{Plain}", "B{Plain}", True),
        ("A{Plain}", "B{A{Plain}}", False),
        ("A{B{Plain}}", "B{A{Plain}}", True),
        ("A{A{Plain}}", "A{B{Plain}}", False),
        ("Tuple{A{T},T} where T<:B", "Tuple{B{T},T} where T<:A", True),
        ("Tuple{A{T},T} where T<:B", "Tuple{B{T},T} where T<:B", False),
        ("A", "Bounded", False),
        ("A", "Other", False),
        ("A", "Above", False),
        ("Below", "Beside", True),
        ("Tuple{Below,Above}", "Tuple{Beside,Beyond}", True),
        ("Tuple{Below,Above}", "Tuple{Beside,Above}", False),
    ],
)
def test_alike_is_what_only_names_tell_apart(small: Declarations, one: str, other: str, alike: bool) -> None:
    left, right = likeness([small.parse(one)]), likeness([small.parse(other)])
    assert left is not None
    assert (left == right) is alike


def test_what_is_fixed_stands_for_itself(small: Declarations) -> None:
    a, b = small.parse("A{B{Plain}}"), small.parse("B{A{Plain}}")
    fixed = exchangeable_in([small.parse("Tuple{Below{T},Other} where T<:A{Plain}")])
    assert {c.name for c in fixed} == {"A", "Above", "Below", "Other"}
    assert likeness([a]) == likeness([b])
    assert likeness([a], fixed) != likeness([b], fixed)


def test_nothing_is_said_where_names_may_decide(small: Declarations) -> None:
    """A union of parameters is put in order by the names of what is filled in."""
    assert likeness([small.parse("Open{A{Plain}}")]) is None
    assert likeness([small.parse("Library{Plain}")]) is None


def test_nothing_is_said_while_a_type_is_read() -> None:
    reading = Declarations([Declaration("Ring", (TypeParameter("T", upper="Ring"),), exchangeable=True)])
    assert unwrap(reading.parse("Ring")).constructor.settled  # type: ignore[attr-defined]
    assert likeness([reading.parse("Ring")]) is None
