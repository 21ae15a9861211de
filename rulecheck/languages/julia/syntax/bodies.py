"""What stands in the bodies of methods: calls and assignments, as syntax, for whoever works out their types.

A body stays closed, as ("body", cell), until somebody asks. The cell is [node, reader, start, end] while the tree is at
hand, start and end being those of the definition; or, once it is kept, [assignments, calls, statements, words]: the
statements only where some of `WORDS` say that they may define something, or where it is a macro's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rulecheck.languages.julia.facts import Body, JuliaCall, JuliaMethod
from rulecheck.languages.julia.syntax.nodes import Cell, NodeReader, Position
from rulecheck.languages.julia.syntax.trees import Ast
from rulecheck.place import Place

if TYPE_CHECKING:
    from tree_sitter import Node

CALLS = frozenset(
    {"call_expression", "binary_expression", "adjoint_expression", "index_expression", "broadcast_call_expression"}
)
ASSIGNMENTS = frozenset({"assignment", "compound_assignment_expression"})
TEXT_LIMIT = 80
WORDS = (b"@eval", b"include(", b"@require")
Assignments = tuple[tuple[str, Ast], ...]
Calls = tuple[tuple[Ast, tuple[int, int, int, int], str], ...]
_CALLS, _STATEMENTS, _WORDS = 1, 2, 3


def open_body(body: Ast) -> tuple[Ast, ...]:
    """The statements of a closed body; of one that is kept, those that may define something."""
    if body[0] != "body":
        return ()
    cell: Cell = body[1]
    if not isinstance(cell[1], NodeReader):
        statements: tuple[Ast, ...] = cell[_STATEMENTS]
        return statements
    return _statements(cell[0], cell[1])


def _statements(node: Node, read: NodeReader) -> tuple[Ast, ...]:
    if node.type in ("function_definition", "macro_definition"):
        return read.statements(c for c in node.children if c.type not in ("signature", "function", "end"))
    return read.statements((node,))


def mentions(body: Ast, *words: bytes) -> bool:
    """Whether one of `WORDS` stands in a definition."""
    cell: Cell = body[1]
    said = cell[_WORDS] if not isinstance(cell[1], NodeReader) else _words(*cell[1:])
    return any(word in said for word in words)


def _words(read: NodeReader, start: Position, end: Position) -> tuple[bytes, ...]:
    text = read.source[start[0] - read.offset : end[0] - read.offset]
    return tuple(word for word in WORDS if word in text)


def keep(cells: list[Cell]) -> None:
    """Say of bodies what anyone may ask, as plain data, so that neither the tree nor the text is needed any more."""
    for cell in cells:
        node, read, start, end = cell
        words = _words(read, start, end)
        met = len(read.cells)
        assignments, calls = _told(node, read)
        # Of a function inside of an expression nobody asks anything.
        for inner in read.cells[met:]:
            inner[:] = ((), (), (), ())
        del read.cells[met:]
        defines = bool(words) or node.type == "macro_definition"
        statements = _statements(node, read) if defines else ()
        if read.cells is not cells:
            keep(read.cells[met:])
        cell[:] = (assignments, calls, statements, words)


def read_body(method: JuliaMethod, body: Ast) -> Body | None:
    """The calls and assignments of a method whose body is a closed one; None where it is not."""
    if body[0] != "body":
        return None
    cell: Cell = body[1]
    assignments, calls = _told(cell[0], cell[1]) if isinstance(cell[1], NodeReader) else cell[: _CALLS + 1]
    path, scope = method.place.path, method.function
    made = [JuliaCall(expr, method.module, Place(path, *place), scope, text) for expr, place, text in calls]
    return Body(method, assignments, tuple(made))


def _told(node: Node, read: NodeReader) -> tuple[Assignments, Calls]:
    assignments: list[tuple[str, Ast]] = []
    calls: list[tuple[Ast, tuple[int, int, int, int], str]] = []
    for part in _parts(node):
        if part.type in ASSIGNMENTS:
            _assignment(part, read, assignments)
        elif part.type in CALLS:
            expr = read.read(part)
            if expr[0] in ("call", "dot", "'", "ref"):
                calls.append((expr, *_call(part, read)))
    return tuple(assignments), tuple(calls)


def _parts(node: Node) -> Iterator[Node]:
    """Every node of a body in source order, inner functions included, signatures left out."""
    todo = [node]
    while todo:
        part = todo.pop()
        if part.type in ("signature", "quote_expression", "quote_statement", "macro_definition"):
            continue
        yield part
        todo.extend(reversed(part.named_children))


def _assignment(node: Node, read: NodeReader, into: list[tuple[str, Ast]]) -> None:
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


def _call(node: Node, read: NodeReader) -> tuple[tuple[int, int, int, int], str]:
    """Where a call stands, and how it is written."""
    row, end_row = node.start_point[0] + read.row, node.end_point[0] + read.row
    text = " ".join(read.text(node).split())
    if len(text) > TEXT_LIMIT:
        text = text[: TEXT_LIMIT - 1] + "…"
    lead = read.source.rfind(b"\n", 0, node.start_byte) + 1
    first = len(read.source[lead : node.start_byte].decode("utf-8", "replace")) + 1
    tail = read.source.rfind(b"\n", 0, node.end_byte) + 1
    last = len(read.source[tail : node.end_byte].decode("utf-8", "replace")) + 1
    return (row + 1, first, end_row + 1, last), text
