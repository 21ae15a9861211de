"""What Julia 1.5.3 answered, row by row: signatures of real rule tables, and random types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rulecheck.dispatch.parametric import Declarations, Term, equal, intersect, intersects, more_specific, subtype

pytestmark = pytest.mark.slow

Table = Callable[[str], list[dict[str, Any]]]
Relation = Callable[[Term, Term], bool]


@pytest.mark.parametrize(
    ("column", "relation"), [("subtype", subtype), ("morespecific", more_specific), ("intersects", intersects)]
)
def test_signatures_of_real_rules(julia: Declarations, table: Table, column: str, relation: Relation) -> None:
    rows = table("zygote-0.6.32.jsonl.gz")
    assert len(rows) > 2000
    wrong = [r for r in rows if relation(julia.parse(r["a"]), julia.parse(r["b"])) is not r[column]]
    assert not wrong, wrong[:5]


@pytest.mark.parametrize(
    ("column", "relation"),
    [
        ("below", subtype),
        ("above", lambda a, b: subtype(b, a)),
        ("equal", equal),
        ("more", more_specific),
        ("less", lambda a, b: more_specific(b, a)),
    ],
)
def test_random_types(julia: Declarations, table: Table, column: str, relation: Relation) -> None:
    rows = table("random.jsonl.gz")
    assert sum(r[column] for r in rows) > 100
    wrong = [r for r in rows if relation(julia.parse(r["a"]), julia.parse(r["b"])) is not r[column]]
    assert not wrong, wrong[:5]


def test_whether_random_types_intersect(julia: Declarations, table: Table) -> None:
    rows = table("random.jsonl.gz")
    empty = [r["meet"] == "Union{}" for r in rows]
    assert 1000 < sum(empty) < len(empty) - 1000
    pairs = [(julia.parse(r["a"]), julia.parse(r["b"])) for r in rows]
    wrong = [r for r, (a, b), none in zip(rows, pairs, empty, strict=True) if intersects(a, b) is none]
    assert not wrong, wrong[:5]


def test_what_random_types_have_in_common(julia: Declarations, table: Table) -> None:
    """Where the intersection is no single type, Julia and this package can print it with other variables."""
    rows = [r for r in table("random.jsonl.gz") if r["meet"] != "Union{}"]
    same = sum(equal(intersect(julia.parse(r["a"]), julia.parse(r["b"])), julia.parse(r["meet"])) for r in rows)
    assert same >= 0.995 * len(rows)
