"""Method lookup: what Julia 1.5.3 answered for its own functions and for made-up ones, and what tables promise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from rulecheck.dispatch.parametric import (
    AmbiguousMethods,
    Declarations,
    MethodClaim,
    MethodTable,
    ParametricError,
    Resolution,
)

pytestmark = pytest.mark.slow

Table = Callable[[str], list[dict[str, Any]]]


def answer(resolution: Resolution[Any]) -> Any:
    if isinstance(resolution, MethodClaim):
        return resolution.method.value
    return "ambiguous" if isinstance(resolution, AmbiguousMethods) else "none"


def test_julias_own_functions(julia: Declarations, table: Table) -> None:
    rows = table("lookups.jsonl.gz")
    methods: MethodTable[Any] = MethodTable()
    for row in rows:
        if "signature" in row:
            methods.add(julia.parse(row["signature"]), julia.parse(row["signature"]))
    asked = [r for r in rows if "arguments" in r]
    assert len(asked) > 6000
    wrong = []
    for row in asked:
        expected = row["answer"] if row["answer"] == "none" else julia.parse(row["answer"])
        if answer(methods.lookup([julia.parse(a) for a in row["arguments"]])) != expected:
            wrong.append(row)
    assert not wrong, wrong[:5]


def test_random_methods(julia: Declarations, table: Table) -> None:
    tables: dict[int, tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
    for row in table("tables.jsonl.gz"):
        tables[row["table"]]["call" in row].append(row)
    ambiguous = 0
    for rows, calls in tables.values():
        methods: MethodTable[int] = MethodTable()
        for row in rows:
            methods.add(julia.parse(row["signature"]), row["method"])
        for row in calls:
            call = julia.parse(row["call"])
            expected = row["answer"] or ("ambiguous" if row["applicable"] else "none")
            ambiguous += expected == "ambiguous"
            arguments = call.parameters  # type: ignore[attr-defined]
            assert sorted(m.value for m in methods.applicable(arguments)) == row["applicable"], row
            assert answer(methods.lookup(arguments)) == expected, row
            assert answer(methods.lookup_signature(call)) == expected, row
    assert ambiguous > 20


@pytest.fixture
def products(julia: Declarations) -> MethodTable[str]:
    methods: MethodTable[str] = MethodTable()
    for signature in (
        "Tuple{typeof(*),AbstractMatrix{T},AbstractVector{S}} where {T,S}",
        "Tuple{typeof(*),Diagonal,AbstractVector}",
        "Tuple{typeof(*),AbstractMatrix,StridedVector}",
        "Tuple{typeof(+),Any,Vararg{Any}}",
    ):
        methods.add(julia.parse(signature), signature)
    return methods


def call(julia: Declarations, methods: MethodTable[str], *types: str) -> Resolution[str]:
    return methods.lookup([julia.parse(t) for t in types])


def test_no_method_applies(julia: Declarations, products: MethodTable[str]) -> None:
    assert call(julia, products, "typeof(*)", "Int64", "Int64") is None
    assert call(julia, products, "typeof(-)", "Matrix{Int64}", "Vector{Int64}") is None
    assert products.lookup([]) is None


def test_an_ambiguity_names_its_methods(julia: Declarations, products: MethodTable[str]) -> None:
    found = call(julia, products, "typeof(*)", "Diagonal{Float64,Vector{Float64}}", "Vector{Float64}")
    assert isinstance(found, AmbiguousMethods)
    assert [m.order for m in found.methods] == [1, 2]


def test_a_vararg_takes_any_number(julia: Declarations, products: MethodTable[str]) -> None:
    assert call(julia, products, "typeof(+)") is None
    for count in (1, 2, 7):
        assert isinstance(call(julia, products, "typeof(+)", *["Int64"] * count), MethodClaim)


def test_an_equal_signature_replaces(julia: Declarations, products: MethodTable[str]) -> None:
    spelled_otherwise = "Tuple{typeof(*),AbstractArray{T,2},AbstractArray{S,1} where S} where T"
    replaced = products.add(julia.parse(spelled_otherwise), "later")
    assert replaced is not None
    assert replaced.order == 0
    found = call(julia, products, "typeof(*)", "Matrix{Int64}", "UnitRange{Int64}")
    assert isinstance(found, MethodClaim)
    assert found.method.value == "later"
    assert len(products.methods()) == 4


def test_a_table_over_another(julia: Declarations, products: MethodTable[str]) -> None:
    types = ("typeof(*)", "Diagonal{Float64,Vector{Float64}}", "Vector{Float64}")
    upper = MethodTable(over=products)
    assert isinstance(call(julia, upper, *types), AmbiguousMethods)
    upper.add(julia.parse("Tuple{typeof(*),Diagonal,StridedVector}"), "resolves")
    assert answer(call(julia, upper, *types)) == "resolves"
    assert isinstance(call(julia, products, *types), AmbiguousMethods)
    removed = upper.remove(julia.parse("Tuple{typeof(*),AbstractMatrix,StridedVector}"))
    assert removed is not None
    assert removed.order == 2
    assert len(products.methods()) == 4
    assert len(upper.methods()) == 4
    assert upper.remove(removed.signature) is None


def test_what_a_signature_can_meet(julia: Declarations, products: MethodTable[str]) -> None:
    met = products.intersecting(julia.parse("Tuple{typeof(*),Array{T,2},Array{T,1}} where T<:Real"))
    assert [m.order for m in met] == [0, 2]
    everything = products.intersecting(julia.parse("Tuple{Any,Vararg{Any}}"))
    assert [m.order for m in everything] == [0, 1, 2, 3]


def test_only_tuples_are_signatures(julia: Declarations) -> None:
    with pytest.raises(ParametricError, match="no signature"):
        MethodTable[int]().add(julia.parse("Array{Int64,1}"), 1)
