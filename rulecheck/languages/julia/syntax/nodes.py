"""Reading tree-sitter's nodes: the text, places and children that converters share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_sitter import Node

Ast = tuple[Any, ...]
Position = tuple[int, int, int]
Cell = list[Any]
"""What stands for a body that nobody asked for yet: see `bodies`."""
Converter = Callable[["NodeReader", "Node"], Ast]

SKIPPED = frozenset({"line_comment", "block_comment", "ERROR", "comment"})


# What is nested more deeply than this is no definition, and is not looked into.
DEPTH_LIMIT = 100


class NodeReader:
    """Turns the nodes of one file into tuples. `source` is what the tree was made from."""

    def __init__(self, source: bytes, converters: Mapping[str, Converter], offset: int = 0, row: int = 0) -> None:
        self.source = source
        self.converters = converters
        # Where the source begins in its file.
        self.offset = offset
        self.row = row
        self.depth = 0
        # The bodies that were met and left closed; see `bodies`.
        self.cells: list[Cell] = []

    def text(self, node: Node) -> str:
        """The source of a node."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def start(self, node: Node) -> tuple[int, int, int]:
        """Where a node begins."""
        point = node.start_point
        return (node.start_byte + self.offset, point[0] + self.row + 1, point[1] + 1)

    def end(self, node: Node) -> tuple[int, int, int]:
        """One past where a node ends."""
        point = node.end_point
        return (node.end_byte + self.offset, point[0] + self.row + 1, point[1] + 1)

    def body(self, node: Node, start: Position, end: Position) -> Ast:
        """The body of a definition, closed; `start` and `end` are those of the whole definition."""
        cell: Cell = [node, self, start, end]
        self.cells.append(cell)
        return ("body", cell)

    def line(self, node: Node) -> int:
        """The line on which a node begins."""
        return node.start_point[0] + self.row + 1

    def read(self, node: Node) -> Ast:
        """The tuple of any node."""
        convert = self.converters.get(node.type)
        if convert is None:
            return ("opaque", node.type)
        if self.depth > DEPTH_LIMIT:
            return ("opaque", "nested too deeply")
        self.depth += 1
        try:
            return convert(self, node)
        except (ValueError, IndexError):
            # A node that lacks a part, beside something that could not be parsed.
            return ("opaque", node.type)
        finally:
            self.depth -= 1

    def statements(self, nodes: Iterable[Node]) -> tuple[Ast, ...]:
        """The tuples of a sequence of statements; comments, and what could not be parsed, are left out."""
        return tuple(self.read(n) for n in nodes if n.is_named and n.type not in SKIPPED)

    def named(self, node: Node) -> list[Node]:
        """The children that carry meaning."""
        return [n for n in node.named_children if n.type not in SKIPPED]

    def arguments(self, node: Node) -> tuple[tuple[Ast, ...], tuple[Ast, ...]]:
        """The positional and keyword parts of an argument list; those with `=` before the `;` stay positional."""
        positional: list[Ast] = []
        keywords: list[Ast] = []
        into = positional
        for child in node.children:
            if child.type == ";":
                into = keywords
            elif child.is_named and child.type not in SKIPPED:
                into.append(self.read(child))
        return tuple(positional), tuple(keywords)


def wrapper(tag: str) -> Converter:
    """A converter of nodes that hold one thing."""

    def convert(r: NodeReader, n: Node) -> Ast:
        inner = r.named(n)
        return (tag, r.read(inner[0])) if inner else ("opaque", r.text(n))

    return convert


def sequence(tag: str) -> Converter:
    """A converter of nodes that hold a sequence."""

    def convert(r: NodeReader, n: Node) -> Ast:
        return (tag, r.statements(n.children))

    return convert
