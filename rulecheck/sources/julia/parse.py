"""A file's bytes to statements, with every part that the grammar cannot read reported and the rest kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rulecheck.facts import Unreadable
from rulecheck.place import Place
from rulecheck.sources.julia.chunks import Chunk, chunks
from rulecheck.sources.julia.repair import prepare, repair
from rulecheck.sources.julia.syntax import Ast, parser, reader

if TYPE_CHECKING:
    from tree_sitter import Node


class Parsed(NamedTuple):
    """What stands in a file, and what could not be read of it."""

    statements: tuple[Ast, ...]
    errors: list[Unreadable]


def parse(data: bytes, label: str) -> Parsed:
    """Read a file. Julia source is UTF-8; other bytes stay unread but do no harm."""
    source = prepare(data)
    root = parser().parse(source).root_node
    read = reader(data)
    if not root.has_error:
        return Parsed(read.statements(root.named_children), [])
    repaired = repair(source)
    if repaired != source:
        other = parser().parse(repaired).root_node
        if not other.has_error:
            return Parsed(read.statements(other.named_children), [])
        if len(list(_errors(other, label))) <= len(list(_errors(root, label))):
            source, root = repaired, other
    if not root.is_error and all(not c.is_error for c in root.children) and not _breaks_structure(root):
        return Parsed(read.statements(root.named_children), list(_errors(root, label)))
    return _by_chunks(source, data, label)


def _by_chunks(source: bytes, original: bytes, label: str) -> Parsed:
    """Read a file whose whole does not parse statement by statement, so that one bad place costs one statement."""
    import tree_sitter

    part = tree_sitter.Parser(parser().language)
    errors: list[Unreadable] = []
    read = reader(original)
    open_modules: list[tuple[Chunk, list[Ast]]] = []
    statements: list[Ast] = []

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
            first, last = (chunk.line - 1, 0), (chunk.line - 1 + source.count(b"\n", chunk.start, chunk.end), 0)
            part.included_ranges = [tree_sitter.Range(first, last, chunk.start, chunk.end)]
            root = part.parse(source).root_node
            if root.has_error:
                errors += _errors(root, label)
            statements += read.statements(root.named_children)
    while open_modules:
        close()
    return Parsed(tuple(statements), errors)


def _breaks_structure(root: Node) -> bool:
    """Whether an error stands right inside a module, where it may have torn definitions apart."""
    for child in root.named_children:
        if child.type == "module_definition" and child.has_error and any(c.is_error for c in child.children):
            return True
    return False


def _errors(root: Node, label: str) -> Iterator[Unreadable]:
    todo = [root]
    while todo:
        node = todo.pop()
        if node.is_error or node.is_missing:
            start, end = node.start_point, node.end_point
            place = Place(label, start[0] + 1, start[1] + 1, end[0] + 1, end[1] + 1)
            if _in_body(node):
                yield Unreadable(place, "a part of a body could not be parsed; the calls in it are not judged")
            else:
                yield Unreadable(place, "this could not be parsed; what it may define is not known")
        elif node.has_error:
            todo += reversed(node.children)


def _in_body(node: Node) -> bool:
    """Whether a place is inside what a method or macro does, where no definition can be lost."""
    below, above = node, node.parent
    while above is not None:
        if above.type in ("function_definition", "macro_definition") and below.type not in ("signature", "ERROR"):
            return True
        if above.type == "assignment" and below.id == above.children[-1].id:
            return True
        below, above = above, above.parent
    return False
