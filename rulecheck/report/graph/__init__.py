"""The dispatch graph, in one format a file."""

from __future__ import annotations

from importlib import import_module

from rulecheck.config import UnknownName
from rulecheck.dispatch.graph import DispatchGraph, Relation

# By name; each is a module of this folder with `render(graph) -> str`.
FORMATS = ("text", "dot", "mermaid", "json", "html")

VERBS = {
    Relation.NARROWS: "is more specific than",
    Relation.SHADOWS: "shadows",
    Relation.AMBIGUOUS: "is ambiguous with",
}


def render(format_: str, graph: DispatchGraph) -> str:
    """The graph in one of `FORMATS`, with a line end; raises UnknownName."""
    if format_ not in FORMATS:
        raise UnknownName("format", format_, FORMATS)
    text: str = import_module(f"rulecheck.report.graph.{format_}").render(graph)
    return text
