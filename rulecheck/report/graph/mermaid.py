"""The dispatch graph for Mermaid, which many forges and editors draw."""

from __future__ import annotations

from rulecheck.dispatch.graph import DispatchGraph, Node, Relation

_ARROWS = {Relation.NARROWS: "-->", Relation.SHADOWS: "==>|shadows|", Relation.AMBIGUOUS: "-.-|ambiguous|"}
_BRACKETS = {"opt-out": ("{{", "}}"), "method": ("([", "])")}


def render(graph: DispatchGraph) -> str:
    """A flowchart with a subgraph a function."""
    lines = ["flowchart BT"]
    for number, (group, nodes) in enumerate(graph.groups.items()):
        lines.append(f"  subgraph g{number}[{_quoted(group)}]")
        lines += [f"    {_node(node)}" for node in nodes]
        lines.append("  end")
    lines += [f"  {edge.source} {_ARROWS[edge.relation]} {edge.target}" for edge in graph.edges]
    shadowing = [str(i) for i, edge in enumerate(graph.edges) if edge.relation is Relation.SHADOWS]
    if shadowing:
        lines.append(f"  linkStyle {','.join(shadowing)} stroke:#c62828")
    foreign = [node.id for node in graph.nodes if not node.owned]
    if foreign:
        lines += ["  classDef foreign fill:#eee,stroke:#999,color:#333", f"  class {','.join(foreign)} foreign"]
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    left, right = _BRACKETS.get(node.kind, ("[", "]"))
    label = f"{node.kind}: {node.signature}" + (f"\n{node.at}" if node.at else "")
    return f"{node.id}{left}{_quoted(label)}{right}"


def _quoted(text: str) -> str:
    """Entities as Mermaid writes them, with a number sign."""
    escaped = text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    escaped = escaped.replace("\n", "<br>")
    return f'"{escaped}"'
