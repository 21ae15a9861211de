"""What holds for any types: subtyping is an order, specificity a strict one, and lookup the same on both ways."""

from __future__ import annotations

import random
from contextlib import suppress
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_types import Maker

from rulecheck.dispatch.parametric import (
    BOTTOM,
    AmbiguousMethods,
    Declarations,
    MethodTable,
    ParametricError,
    Resolution,
    Term,
    equal,
    intersect,
    intersects,
    more_specific,
    show,
    subtype,
    union_of,
)
from rulecheck.dispatch.parametric.overlap_index import OverlapIndex
from rulecheck.dispatch.parametric.subtype import Solver
from rulecheck.dispatch.parametric.term_predicates import obviously_disjoint

pytestmark = pytest.mark.slow

seeds = st.integers(0, 2**32)
many = settings(max_examples=150, deadline=None)


def signatures(julia: Declarations, seed: int, count: int) -> list[Term]:
    """A random signature and others near it. Bounds from below and types of types are left out: Julia keeps no law."""
    maker = Maker(random.Random(seed))
    while True:  # until all can be used: a seed that is given up is one that hypothesis counts against the test
        text = maker.signature()
        texts = [text]
        while len(texts) < count:
            text = maker.mutated(text) if maker.random.random() < 0.8 else maker.signature()
            texts.append(text)
        if any(word in t for t in texts for word in (">:", "Type", "DataType", "UnionAll", "Union{}", "Vararg{")):
            continue
        with suppress(ParametricError):
            return [julia.parse(t) for t in texts]


@given(seeds)
@many
def test_reflexive(julia: Declarations, seed: int) -> None:
    (a,) = signatures(julia, seed, 1)
    assert subtype(a, a)
    assert equal(a, a)
    assert not more_specific(a, a)
    assert julia.parse(show(a)) is a


@given(seeds)
@many
def test_transitive(julia: Declarations, seed: int) -> None:
    a, b, c = signatures(julia, seed, 3)
    for x, y, z in ((a, b, c), (c, b, a), (b, a, c), (b, c, a), (a, c, b), (c, a, b)):
        if subtype(x, y) and subtype(y, z):
            assert subtype(x, z)


@given(seeds)
@many
def test_antisymmetric_up_to_equality(julia: Declarations, seed: int) -> None:
    a, b = signatures(julia, seed, 2)
    assert equal(a, b) is equal(b, a)
    if equal(a, b):
        assert subtype(a, b)
        assert subtype(b, a)


@given(seeds)
@many
def test_bounds_of_the_order(julia: Declarations, seed: int) -> None:
    a, b = signatures(julia, seed, 2)
    union = union_of((a, b))
    assert subtype(a, union)
    assert subtype(b, union)
    assert subtype(BOTTOM, a)
    assert subtype(a, julia.parse("Any"))


@given(seeds)
@many
def test_specificity_is_strict_and_holds_the_subtypes(julia: Declarations, seed: int) -> None:
    a, b = signatures(julia, seed, 2)
    assert not (more_specific(a, b) and more_specific(b, a))
    if subtype(a, b) and not subtype(b, a):
        assert more_specific(a, b)


@given(seeds)
@many
def test_an_answer_told_at_a_look_is_that_of_the_whole_comparison(julia: Declarations, seed: int) -> None:
    for a, b in permutations(signatures(julia, seed, 4), 2):
        assert subtype(a, b) is Solver().for_all_exists(a, b, 0)


def test_a_type_is_one_with_its_supertype_only_where_julia_finds_that(julia: Declarations) -> None:
    """Julia does not find this signature below itself, part by part; so none that differs where it makes no matter."""
    text = "Tuple{{Type{{S}} where S<:R,R,R,{0}}} where R<:Array{{Real,1}}"
    narrow, wide = julia.parse(text.format("Int64")), julia.parse(text.format("Any"))
    assert subtype(wide, wide)
    assert not subtype(narrow, wide)


@given(seeds)
@many
def test_intersection(julia: Declarations, seed: int) -> None:
    a, b, c = signatures(julia, seed, 3)
    assert intersects(a, b) is intersects(b, a)
    if subtype(a, b):
        assert intersect(a, b) is a
    if subtype(c, a) and subtype(c, b) and c is not BOTTOM:
        assert intersects(a, b)


@given(seeds)
@many
def test_a_call_is_looked_up_alike_as_arguments_and_as_a_signature(julia: Declarations, seed: int) -> None:
    methods: MethodTable[int] = MethodTable()
    for order, signature in enumerate(signatures(julia, seed, 6)):
        methods.add(signature, order)
    maker = Maker(random.Random(seed + 1))
    for _ in range(10):
        texts = [maker.type([], 1) for _ in range(2)]
        try:
            arguments = [julia.parse(t) for t in texts]
        except ParametricError:
            continue
        if BOTTOM in arguments:
            continue
        whole = julia.parse(f"Tuple{{{','.join(texts)}}}")
        assert methods.lookup(arguments) == methods.lookup_signature(whole)
        applicable = [m for m in methods.methods() if subtype(whole, m.signature)]
        assert methods.applicable(arguments) == applicable
        if len(applicable) > 1:
            # A table that stands over another one answers as one that holds the methods of both.
            methods_of_both, lower = MethodTable[int](), MethodTable[int]()
            for method in methods.methods():
                methods_of_both.add(method.signature, method.value)
            for method in methods.methods()[:-1]:
                lower.add(method.signature, method.value)
            for trial in (False, True):
                upper = MethodTable(over=lower, trial=trial)
                upper.add(methods.methods()[-1].signature, methods.methods()[-1].value)
                assert values(upper.lookup(arguments)) == values(methods_of_both.lookup(arguments))


def values(found: Resolution[int]) -> list[int]:
    """What stands behind the methods of an answer."""
    if found is None:
        return []
    return [m.value for m in found.methods] if isinstance(found, AmbiguousMethods) else [found.method.value]


@given(seeds)
@many
def test_what_is_not_near_shares_no_call(julia: Declarations, seed: int) -> None:
    whole, *others = signatures(julia, seed, 8)
    near = [term for _, term in OverlapIndex(enumerate(others)).near(whole)]
    assert near == [term for term in others if term in near]
    assert all(not intersects(term, whole) for term in others if term not in near)
    assert all(term in near for term in others if subtype(term, whole) and not obviously_disjoint(term, whole))
