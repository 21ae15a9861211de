"""The dispatch graph as JSON, for other programs."""

from __future__ import annotations

import json
from dataclasses import asdict

from rulecheck.dispatch.graph import DispatchGraph

VERSION = 1


def render(graph: DispatchGraph) -> str:
    """Nodes and edges, the edges by the nodes' ids."""
    data = {
        "version": VERSION,
        "nodes": [asdict(node) for node in graph.nodes],
        "edges": [asdict(edge) for edge in graph.edges],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
