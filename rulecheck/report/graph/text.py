"""The dispatch graph in words."""

from __future__ import annotations

from rulecheck.dispatch.graph import DispatchGraph, Edge
from rulecheck.report.graph import VERBS


def render(graph: DispatchGraph) -> str:
    """For each function what can answer it, then how these stand to each other."""
    if not graph.nodes:
        return "No rule, opt-out or specialised method here.\n"
    blocks = []
    width = max(len(node.signature) for node in graph.nodes)
    signatures = {node.id: node.signature for node in graph.nodes}
    groups = {node.id: node.group for node in graph.nodes}
    by_group: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        by_group.setdefault(groups[edge.source], []).append(edge)
    for group, nodes in graph.groups.items():
        lines = [group]
        lines += [f"  {n.kind:<8} {n.signature:<{width}}  {n.at or ''}".rstrip() for n in nodes]
        lines += [
            f"  -> {signatures[e.source]} {VERBS[e.relation]} {signatures[e.target]}" for e in by_group.get(group, ())
        ]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)
