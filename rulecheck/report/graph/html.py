"""The dispatch graph as one HTML page with drawings: no network, no script."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from rulecheck.dispatch.graph import DispatchGraph, Edge, Node, Relation
from rulecheck.report.graph import VERBS

_CHARACTER, _PADDING, _HEIGHT, _GAP, _ROW, _MARGIN = 7.3, 14, 44, 28, 110, 20

_STYLE = """\
:root { color-scheme: light dark; --edge: #888; --box: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; }
figure { margin: 2rem 0; overflow-x: auto; } figcaption { font-weight: 600; }
svg { font: 12px ui-monospace, monospace; } rect { fill: var(--box); stroke: #888; }
rect.rule { stroke: #1565c0; } rect.opt-out { stroke: #2e7d32; } rect.method { stroke: #6a1b9a; }
rect.owned { stroke-width: 2.5; } text { fill: currentColor; text-anchor: middle; } text.at { opacity: .65; }
path { fill: none; stroke: var(--edge); stroke-width: 1.5; }
path.shadows { stroke: #c62828; stroke-width: 2.5; } path.ambiguous { stroke: #b26a00; stroke-dasharray: 6 4; }
ul { list-style: none; padding: 0; display: flex; gap: 1.5rem; flex-wrap: wrap; }"""

_LEGEND = """\
<ul><li>blue: a rule</li><li>green: an opt-out</li><li>violet: a method</li><li>thick: the project's own</li>
<li>grey arrow: is more specific than</li><li>red arrow: shadows</li><li>dashed: is ambiguous with</li></ul>"""


@dataclass(frozen=True, slots=True)
class _Box:
    node: Node
    x: float
    y: float
    width: float


def render(graph: DispatchGraph) -> str:
    """A page with a drawing a function; what is most general stands at the top."""
    figures = [_figure(graph, group) for group in graph.groups] or ["<p>No rule or specialised method here.</p>"]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            f'<head><meta charset="utf-8"><title>Dispatch graph</title><style>\n{_STYLE}\n</style></head>',
            f"<body>\n<h1>Dispatch graph</h1>\n{_LEGEND}",
            *figures,
            "</body>",
            "</html>",
            "",
        ]
    )


def _figure(graph: DispatchGraph, group: str) -> str:
    boxes, width, height = _placed(graph.levels(group))
    edges = [edge for edge in graph.edges if edge.source in boxes and edge.target in boxes]
    marker = f"arrow-{next(iter(boxes))}"
    parts = [
        f"<figure><figcaption>{escape(group)}</figcaption>",
        f'<svg role="img" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
        f'<defs><marker id="{marker}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0,0 L8,4 L0,8"/></marker></defs>',
        *(_arrow(edge, boxes, marker) for edge in edges),
        *(_drawn(box) for box in boxes.values()),
        "</svg></figure>",
    ]
    return "\n".join(parts)


def _placed(levels: list[list[Node]]) -> tuple[dict[str, _Box], float, float]:
    """Boxes in centred rows, and the size of the drawing."""
    widths = [[max(len(n.signature), len(n.at or "")) * _CHARACTER + 2 * _PADDING for n in row] for row in levels]
    full = max(sum(row) + _GAP * (len(row) - 1) for row in widths)
    boxes: dict[str, _Box] = {}
    for number, (nodes, row) in enumerate(zip(levels, widths, strict=True)):
        x = _MARGIN + (full - sum(row) - _GAP * (len(row) - 1)) / 2
        for node, width in zip(nodes, row, strict=True):
            boxes[node.id] = _Box(node, x, _MARGIN + number * _ROW, width)
            x += width + _GAP
    return boxes, full + 2 * _MARGIN, 2 * _MARGIN + (len(levels) - 1) * _ROW + _HEIGHT


def _drawn(box: _Box) -> str:
    node, middle = box.node, box.x + box.width / 2
    own = " owned" if node.owned else ""
    at = f'<text class="at" x="{middle:.1f}" y="{box.y + 35:.1f}">{escape(node.at)}</text>' if node.at else ""
    return (
        f'<rect class="{escape(node.kind)}{own}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{_HEIGHT}" rx="6"><title>{escape(node.kind)}</title></rect>'
        f'<text x="{middle:.1f}" y="{box.y + 18:.1f}">{escape(node.signature)}</text>{at}'
    )


def _arrow(edge: Edge, boxes: dict[str, _Box], marker: str) -> str:
    a, b = boxes[edge.source], boxes[edge.target]
    down = a.y < b.y
    x1, x2 = a.x + a.width / 2, b.x + b.width / 2
    y1, y2 = a.y + (_HEIGHT if down else 0), b.y + (0 if down else _HEIGHT)
    if a.y == b.y:
        y1 = y2 = a.y + _HEIGHT
    bend = (y1 + y2) / 2 if a.y != b.y else y1 + _ROW / 3
    end = "" if edge.relation is Relation.AMBIGUOUS else f' marker-end="url(#{marker})"'
    title = f"{a.node.signature} {VERBS[edge.relation]} {b.node.signature}"
    curve = f"M{x1:.1f},{y1:.1f} C{x1:.1f},{bend:.1f} {x2:.1f},{bend:.1f} {x2:.1f},{y2:.1f}"
    return f'<path class="{edge.relation.value}" d="{curve}"{end}><title>{escape(title)}</title></path>'
