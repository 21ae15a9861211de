"""What stands in the bodies of methods: calls and assignments, as syntax, for whoever works out their types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rulecheck.place import Place
from rulecheck.sources.julia.facts import Body, Call, Method
from rulecheck.sources.julia.nodes import Reader
from rulecheck.sources.julia.syntax import Ast

if TYPE_CHECKING:
    from tree_sitter import Node

CALLS = frozenset(
    {"call_expression", "binary_expression", "adjoint_expression", "index_expression", "broadcast_call_expression"}
)
ASSIGNMENTS = frozenset({"assignment", "compound_assignment_expression"})
TEXT_LIMIT = 80


def read_body(method: Method, body: Ast) -> Body | None:
    """The calls and assignments of a method whose body is a closed ("body", node, reader); None where it is not."""
    if body[0] != "body":
        return None
    node, read = body[1], body[2]
    assignments: list[tuple[str, Ast]] = []
    calls: list[Call] = []
    signature = method.place
    for part in _parts(node):
        if part.type in ASSIGNMENTS:
            _assignment(part, read, assignments)
        elif part.type in CALLS:
            expr = read.read(part)
            if expr[0] in ("call", "dot", "'", "ref"):
                calls.append(_call(part, expr, read, method, signature.path))
    return Body(method, tuple(assignments), tuple(calls))


def _parts(node: Node) -> Iterator[Node]:
    """Every node of a body in source order, inner functions included, signatures left out."""
    todo = [node]
    while todo:
        part = todo.pop()
        if part.type in ("signature", "quote_expression", "quote_statement", "macro_definition"):
            continue
        yield part
        todo.extend(reversed(part.named_children))


def _assignment(node: Node, read: Reader, into: list[tuple[str, Ast]]) -> None:
    children = [c for c in node.named_children if c.type != "operator"]
    if len(children) != 2:
        return
    target = read.read(children[0])
    if target[0] == "::" and target[1] is not None and target[1][0] == "sym":
        into.append((target[1][1], target))
    elif target[0] == "sym":
        plain = node.type == "assignment"
        into.append((target[1], read.read(children[1]) if plain else ("opaque", "updated")))
    elif target[0] == "tuple":
        into.extend((item[1], ("opaque", "part of a tuple")) for item in target[1] if item[0] == "sym")


def _call(node: Node, expr: Ast, read: Reader, method: Method, path: str) -> Call:
    row, end_row = node.start_point[0] + read.row, node.end_point[0] + read.row
    text = " ".join(read.text(node).split())
    if len(text) > TEXT_LIMIT:
        text = text[: TEXT_LIMIT - 1] + "…"
    lead = read.source.rfind(b"\n", 0, node.start_byte) + 1
    first = len(read.source[lead : node.start_byte].decode("utf-8", "replace")) + 1
    tail = read.source.rfind(b"\n", 0, node.end_byte) + 1
    last = len(read.source[tail : node.end_byte].decode("utf-8", "replace")) + 1
    return Call(expr, method.module, Place(path, row + 1, first, end_row + 1, last), method.function, text)
