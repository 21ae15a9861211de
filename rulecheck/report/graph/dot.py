"""The dispatch graph for Graphviz."""

from __future__ import annotations

from rulecheck.dispatch.graph import DispatchGraph, Node, Relation

_STYLES = {
    Relation.NARROWS: "color=gray40",
    Relation.SHADOWS: 'color=red penwidth=2 label="shadows"',
    Relation.AMBIGUOUS: 'color=orange style=dashed dir=none label="ambiguous"',
}
_SHAPES = {"rule": "box", "opt-out": "octagon", "method": "ellipse"}


def render(graph: DispatchGraph) -> str:
    """A digraph with a cluster a function."""
    lines = [
        "digraph rulecheck {",
        "  rankdir=BT;",
        '  node [fontname="sans-serif"];',
        '  edge [fontname="sans-serif"];',
    ]
    for number, (group, nodes) in enumerate(graph.groups.items()):
        lines += [f"  subgraph cluster_{number} {{", f"    label={_quoted(group)};"]
        lines += [f"    {_node(node)}" for node in nodes]
        lines.append("  }")
    lines += [f"  {edge.source} -> {edge.target} [{_STYLES[edge.relation]}];" for edge in graph.edges]
    return "\n".join([*lines, "}", ""])


def _node(node: Node) -> str:
    style = "" if node.owned else " style=filled fillcolor=gray92"
    label = f"{node.kind}: {node.signature}" + (f"\n{node.at}" if node.at else "")
    return f"{node.id} [label={_quoted(label)} shape={_SHAPES.get(node.kind, 'box')}{style}];"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
