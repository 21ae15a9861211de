"""The dispatch graph: a partial order without what follows from it, in rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rulecheck.dispatch.graph import DispatchGraph, Edge, Node, Relation, narrowings


def nodes(number: int) -> list[Node]:
    return [Node(f"n{i}", "rule", str(i), "f", None, True) for i in range(number)]


def test_what_follows_is_left_out() -> None:
    chain = nodes(4)
    found = narrowings(chain, lambda a, b: a.id < b.id)
    assert [(e.source, e.target) for e in found] == [("n0", "n1"), ("n1", "n2"), ("n2", "n3")]


def test_equals_have_no_order() -> None:
    assert narrowings(nodes(3), lambda a, b: True) == []


@given(st.lists(st.frozensets(st.integers(0, 4)), unique=True, max_size=8))
def test_reduction_keeps_the_order(sets: list[frozenset[int]]) -> None:
    """What can be reached over the edges that are left is exactly the order that was given."""
    named = nodes(len(sets))
    of = dict(zip((n.id for n in named), sets, strict=True))
    edges = narrowings(named, lambda a, b: of[a.id] < of[b.id])
    reach = {n.id: {n.id} for n in named}
    for _ in named:
        for edge in edges:
            reach[edge.source] |= reach[edge.target]
    assert all((b in reach[a]) == (of[a] <= of[b]) for a in of for b in of)


@given(st.lists(st.frozensets(st.integers(0, 4)), unique=True, min_size=1, max_size=8), st.data())
def test_levels_hold_every_node_once_below_what_it_narrows(sets: list[frozenset[int]], data: st.DataObject) -> None:
    named = nodes(len(sets))
    of = dict(zip((n.id for n in named), sets, strict=True))
    edges = list(narrowings(named, lambda a, b: of[a.id] < of[b.id]))
    ids = st.sampled_from([n.id for n in named])
    more = data.draw(st.lists(st.tuples(ids, ids), max_size=4))
    edges += [Edge(a, b, Relation.SHADOWS) for a, b in more if a != b]
    graph = DispatchGraph(tuple(named), tuple(edges))
    levels = graph.levels("f")
    assert sorted(n.id for row in levels for n in row) == sorted(of)
    row_of = {n.id: i for i, row in enumerate(levels) for n in row}
    assert all(row_of[e.source] > row_of[e.target] for e in edges if e.relation is Relation.NARROWS)
