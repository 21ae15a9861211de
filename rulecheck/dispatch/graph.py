"""The dispatch graph: what can answer the calls of each function, and which answer comes before which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Relation(StrEnum):
    """How one node of a function stands to another."""

    NARROWS = "narrows"
    SHADOWS = "shadows"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Node:
    """A rule, opt-out or method. `group` is the function whose calls it answers; `owned`: by the project."""

    id: str
    kind: str
    signature: str
    group: str
    at: str | None
    owned: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation between two nodes, by their ids: the source narrows, shadows, or is ambiguous with, the target."""

    source: str
    target: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class DispatchGraph:
    """Nodes in the order of their groups, and the edges among them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def groups(self) -> dict[str, list[Node]]:
        """The nodes of each function."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.group, []).append(node)
        return found

    def node(self, id_: str) -> Node:
        """The node of an id; raises KeyError."""
        return {node.id: node for node in self.nodes}[id_]

    def levels(self, group: str) -> list[list[Node]]:
        """The nodes of a function in rows: each stands below all that it narrows, and below what shadows it."""
        import networkx  # type: ignore[import-untyped]

        nodes = {node.id: node for node in self.groups.get(group, ())}
        drawn = networkx.DiGraph()
        drawn.add_nodes_from(nodes)
        # The order of specificity comes first: what would turn it round is left out of the rows.
        for edge in sorted(self.edges, key=lambda e: e.relation is not Relation.NARROWS):
            if edge.source not in nodes or edge.target not in nodes or edge.relation is Relation.AMBIGUOUS:
                continue
            upper, lower = (
                (edge.target, edge.source) if edge.relation is Relation.NARROWS else (edge.source, edge.target)
            )
            if not networkx.has_path(drawn, lower, upper):
                drawn.add_edge(upper, lower)
        return [[nodes[id_] for id_ in sorted(row)] for row in networkx.topological_generations(drawn)]


def narrowings(nodes: Sequence[Node], narrower: Callable[[Node, Node], bool]) -> Iterable[Edge]:
    """The edges of a partial order among nodes of one function, without those that follow from others."""
    import networkx

    order = networkx.DiGraph()
    order.add_nodes_from(node.id for node in nodes)
    for a in nodes:
        for b in nodes:
            # Where both say it of each other the two are equal, and neither comes first.
            if a is not b and narrower(a, b) and not narrower(b, a):
                order.add_edge(a.id, b.id)
    reduced = networkx.transitive_reduction(order)
    return [Edge(a, b, Relation.NARROWS) for a, b in sorted(reduced.edges)]
