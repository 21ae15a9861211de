"""A file's bytes to statements, with every part that the grammar cannot read reported and the rest kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rulecheck.facts import Unreadable
from rulecheck.languages.julia.syntax.chunks import Chunk, chunks
from rulecheck.languages.julia.syntax.nodes import Cell
from rulecheck.languages.julia.syntax.repair import prepare, repair
from rulecheck.languages.julia.syntax.trees import Ast, parser, reader
from rulecheck.place import Place

if TYPE_CHECKING:
    from tree_sitter import Node


# One slip can make the grammar try for seconds where it sees a long file whole; such files are read in parts at once.
WHOLE_LIMIT = 150_000


class Parsed(NamedTuple):
    """What stands in a file, and what could not be read of it."""

    statements: tuple[Ast, ...]
    errors: list[Unreadable]
    # The bodies of its definitions, left closed.
    cells: list[Cell]


def parse(data: bytes, label: str) -> Parsed:
    """Read a file. Julia source is UTF-8; other bytes stay unread but do no harm."""
    source = prepare(data)
    if len(data) > WHOLE_LIMIT:
        return _by_chunks(repair(source), data, label)
    root = parser().parse(source).root_node
    read = reader(data)
    if not root.has_error:
        return Parsed(read.statements(root.named_children), [], read.cells)
    repaired = repair(source)
    if repaired != source:
        other = parser().parse(repaired).root_node
        if not other.has_error:
            return Parsed(read.statements(other.named_children), [], read.cells)
        if len(list(_errors(other, label))) <= len(list(_errors(root, label))):
            source, root = repaired, other
    if not root.is_error and all(not c.is_error for c in root.children) and not _breaks_structure(root):
        return Parsed(read.statements(root.named_children), list(_errors(root, label)), read.cells)
    return _by_chunks(source, data, label)


def _by_chunks(source: bytes, original: bytes, label: str) -> Parsed:
    """Read a file whose whole does not parse statement by statement, so that one bad place costs one statement."""
    errors: list[Unreadable] = []
    open_modules: list[tuple[Chunk, list[Ast]]] = []
    statements: list[Ast] = []
    cells: list[Cell] = []

    def close() -> None:
        nonlocal statements
        opening, outer = open_modules.pop()
        outer.append(("module", opening.module, opening.bare, tuple(statements), opening.line))
        statements = outer

    for chunk in chunks(source):
        if chunk.module:
            open_modules.append((chunk, statements))
            statements = []
        elif chunk.closes:
            close()
        else:
            root = parser().parse(source[chunk.start : chunk.end]).root_node
            read = reader(original[chunk.start : chunk.end], chunk.start, chunk.line - 1)
            if root.has_error:
                errors += _errors(root, label, chunk.line - 1)
            statements += read.statements(root.named_children)
            cells += read.cells
    while open_modules:
        close()
    return Parsed(tuple(statements), errors, cells)


def _breaks_structure(root: Node) -> bool:
    """Whether an error stands right inside a module, where it may have torn definitions apart."""
    for child in root.named_children:
        if child.type == "module_definition" and child.has_error and any(c.is_error for c in child.children):
            return True
    return False


def _errors(root: Node, label: str, row: int = 0) -> Iterator[Unreadable]:
    """Every place that could not be parsed; `row` is where the tree's source begins in its file."""
    todo = [(root, False)]
    while todo:
        node, in_body = todo.pop()
        if node.is_error or node.is_missing:
            start, end = node.start_point, node.end_point
            place = Place(label, start[0] + row + 1, start[1] + 1, end[0] + row + 1, end[1] + 1)
            if in_body:
                yield Unreadable(place, "a part of a body could not be parsed; the calls in it are not judged")
            else:
                yield Unreadable(place, "this could not be parsed; what it may define is not known")
        elif node.has_error:
            children = node.children
            last = children[-1].id if children else None
            for child in reversed(children):
                opens = node.type in ("function_definition", "macro_definition") and child.type != "signature"
                inside = in_body or opens or (node.type == "assignment" and child.id == last)
                todo.append((child, inside and not (opens and child.is_error)))
