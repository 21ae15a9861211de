"""What holds for any types: subtyping is an order, specificity a strict one, and lookup the same on both ways."""

from __future__ import annotations

import random

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_types import Maker

from rulecheck.dispatch.parametric import (
    BOTTOM,
    Declarations,
    MethodTable,
    ParametricError,
    Term,
    equal,
    intersect,
    intersects,
    more_specific,
    show,
    subtype,
    union_of,
)

seeds = st.integers(0, 2**32)
many = settings(max_examples=150, deadline=None)


def signatures(julia: Declarations, seed: int, count: int) -> list[Term]:
    """A random signature and others near it. Bounds from below and types of types are left out: Julia keeps no law."""
    maker = Maker(random.Random(seed))
    text = maker.signature()
    texts = [text]
    while len(texts) < count:
        text = maker.mutated(text) if maker.random.random() < 0.8 else maker.signature()
        texts.append(text)
    if any(word in t for t in texts for word in (">:", "Type", "DataType", "UnionAll", "Union{}", "Vararg{")):
        assume(False)
    try:
        return [julia.parse(t) for t in texts]
    except ParametricError:
        assume(False)
        raise


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
