"""The dispatch graph in every format, to the letter and as programs read it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from rulecheck.config import UnknownName
from rulecheck.dispatch.graph import DispatchGraph, Edge, Node, Relation
from rulecheck.report.graph import FORMATS, render

EXTENSIONS = {"text": "txt", "dot": "dot", "mermaid": "mmd", "json": "json", "html": "html"}
MATMUL, SUM = "operator.matmul", 'odd "name" <&#>'
GRAPH = DispatchGraph(
    (
        Node("n0", "rule", "matmul(AbstractMatrix, AbstractVector)", MATMUL, "ad/rules/linear.py:30", False),
        Node("n1", "rule", "matmul(Circulant, object)", MATMUL, "src/a.py:3", True),
        Node("n2", "method", "Circulant.__matmul__(x)", MATMUL, "src/a.py:9", True),
        Node("n3", "opt-out", "matmul(Circulant, AbstractVector)", MATMUL, None, True),
        Node("n4", "rule", "sum(Transpose[Vector] | Matrix)", SUM, "a\\b.py:1", True),
    ),
    (
        Edge("n3", "n0", Relation.NARROWS),
        Edge("n3", "n1", Relation.NARROWS),
        Edge("n0", "n2", Relation.SHADOWS),
        Edge("n0", "n1", Relation.AMBIGUOUS),
    ),
)


@pytest.mark.parametrize("format_", FORMATS)
def test_format(format_: str, snapshot: Callable[[str, str], None]) -> None:
    snapshot(render(format_, GRAPH), f"graph-{format_}.{EXTENSIONS[format_]}")


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_to_draw(format_: str) -> None:
    assert render(format_, DispatchGraph((), ())).endswith("\n")


def test_unknown_format() -> None:
    with pytest.raises(UnknownName, match='did you mean "dot"'):
        render("dott", GRAPH)


def test_json_edges_name_nodes() -> None:
    data = json.loads(render("json", GRAPH))
    ids = {node["id"] for node in data["nodes"]}
    assert {end for edge in data["edges"] for end in (edge["source"], edge["target"])} <= ids


def test_html_needs_nothing_else_and_its_drawings_are_well_formed() -> None:
    text = render("html", GRAPH)
    assert not re.search(r"<script|(src|href)=|url\(http|@import", text)
    drawings = re.findall(r"<svg.*?</svg>", text, re.S)
    assert len(drawings) == 2
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        boxes = [[float(r.attrib[k]) for k in ("x", "y", "width", "height")] for r in root.iter("rect")]
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
        for i, (x, y, w, _) in enumerate(boxes):
            assert not [b for b in boxes[i + 1 :] if b[1] == y and b[0] < x + w and x < b[0] + b[2]], "boxes overlap"


def test_dot_strings_are_closed() -> None:
    for line in render("dot", GRAPH).splitlines():
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0


def test_mermaid_labels_hold_no_raw_markup() -> None:
    for label in re.findall(r'"([^"]*)"', render("mermaid", GRAPH)):
        assert not re.search(r"[<>](?!br)", label.replace("<br>", ""))
