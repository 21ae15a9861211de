"""Where overrides are written in Julia files: behind the method that they are for, with the imports that they need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from rulecheck.finding import Edit
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.program import JuliaProgram

if TYPE_CHECKING:
    from tree_sitter import Node

THROWS = re.compile(r"throw|error\(")
REFUSAL = re.compile(r"^(?:\w+\.)*(?:throw(?:_\w+)?|error)\(|\|>\s*throw$")
_IMPORTS = ("using_statement", "import_statement")
# What may stand among a module's first imports.
MODULE = "module_definition"
_HEAD = (*_IMPORTS, "export_statement", "string_literal")
# What has statements of the top level in it, and what makes methods there that are not written out.
_TOP_LEVEL = frozenset(
    {"source_file", MODULE, "if_statement", "elseif_clause", "else_clause", "block", "compound_statement"}
)
_COMMENTS = ("line_comment", "block_comment")
_MAKERS = frozenset({"for_statement", "let_statement", "macrocall_expression"})


class Edits:
    """Edits of one project's files."""

    def __init__(self, program: JuliaProgram) -> None:
        self._program = program
        self._texts: dict[str, str] = {}

    def sees(self, method: JuliaMethod, package: str) -> bool:
        """Whether a package's name means something in the module of a method."""
        found = self._program.world.resolve(method.module, package)
        return found is not None and found.kind == "module"

    def imports(self, method: JuliaMethod, packages: Iterable[str]) -> tuple[str, ...]:
        """The import lines that the module of a method lacks."""
        return tuple(f"import {p}" for p in sorted(packages) if not self.sees(method, p))

    def _span(self, method: JuliaMethod) -> tuple[str, int, int] | None:
        """The text of a method's file, and where its definition starts and ends in characters."""
        start, end = method.span
        path = method.place.path
        data = self._program.texts.get(path)
        if data is None or start < 0:
            return None
        text = self._texts.get(path)
        if text is None:
            text = self._texts[path] = data.decode("utf-8", "replace")
        if text.isascii():
            return text, start, end
        return text, len(data[:start].decode("utf-8", "replace")), len(data[:end].decode("utf-8", "replace"))

    def _loop(self, method: JuliaMethod) -> tuple[str, int, int] | None:
        """The same of the outermost loop, `let` or macro call at top level in which a method stands that it makes."""
        data = self._program.texts.get(method.place.path)
        if data is None:
            return None
        found = _made_at(data, method.place.line - 1)
        if found is None:
            return None
        start, end = (len(data[:at].decode("utf-8", "replace")) for at in found)
        return data.decode("utf-8", "replace"), start, end

    def text(self, method: JuliaMethod) -> str | None:
        """A definition as it is written."""
        found = self._span(method)
        return found[0][found[1] : found[2]] if found is not None else None

    def source(self, method: JuliaMethod) -> str | None:
        """The same of a method that a loop makes: what stands in the loop."""
        place, data = method.place, self._program.texts.get(method.place.path)
        if method.span[0] >= 0 or data is None or place.end_line is None:
            return self.text(method)
        lines = data.decode("utf-8", "replace").split("\n")[place.line - 1 : place.end_line]
        if not lines:
            return None
        lines[-1] = lines[-1][: place.end_column - 1]
        return "\n".join([lines[0][place.column - 1 :], *lines[1:]])

    def after(self, method: JuliaMethod, text: str, imports: tuple[str, ...]) -> tuple[Edit, ...]:
        """Lines behind a method's definition, or the loop that made it, indented as it is; nothing without a place."""
        found = self._span(method) or self._loop(method)
        if found is None:
            return ()
        source, start, end = found
        indent = _indent(source, start)
        stop = source.find("\n", end)
        stop = len(source) if stop < 0 else stop - source.endswith("\r", 0, stop)
        path = method.place.path
        return (
            *_imported(path, source, start, imports),
            Edit(path, stop, stop, "".join(f"\n{indent}{line}" for line in text.split("\n"))),
        )

    def instead(self, method: JuliaMethod, text: str, imports: tuple[str, ...] = ()) -> tuple[Edit, ...]:
        """Another statement in a statement's place, with the imports that it needs."""
        found = self._span(method)
        if found is None:
            return ()
        source, start, end = found
        path = method.place.path
        return (*_imported(path, source, start, imports), Edit(path, start, end, text))

    def removed(self, method: JuliaMethod) -> tuple[Edit, ...]:
        """A statement taken out with its lines; nothing where its text is not its own."""
        found = self._span(method)
        if found is None:
            return ()
        source, start, end = found
        line = source.rfind("\n", 0, start) + 1
        stop = source.find("\n", end)
        stop = len(source) if stop < 0 else stop + 1
        if source[line:start].strip() or source[end:stop].split("#")[0].strip():
            return (Edit(method.place.path, start, end, ""),)
        return (Edit(method.place.path, line, stop, ""),)

    def only_throws(self, method: JuliaMethod) -> bool:
        """Whether all that a method does is to throw."""
        text = self.source(method)
        if text is None or not THROWS.search(text):
            return False  # as nearly all are: no body has to be parsed for that
        body = self.body_text(text)
        return body is not None and REFUSAL.search(body) is not None

    @staticmethod
    def body_text(text: str | None) -> str | None:
        """The one expression that the body of a definition is; None where it is more."""
        from rulecheck.languages.julia.syntax.trees import parser

        if text is None:
            return None
        data = text.encode()
        nodes = parser().parse(data).root_node.named_children
        if len(nodes) != 1:
            return None
        node = nodes[0]
        if node.type == "assignment":
            body = node.named_children[-1]
            return data[body.start_byte : body.end_byte].decode()
        if node.type == "function_definition":
            inner = [c for c in node.named_children if c.type not in ("signature", "line_comment", "block_comment")]
            if len(inner) == 1 and inner[0].type not in (
                "return_statement",
                "for_statement",
                "if_statement",
                "while_statement",
            ):
                return data[inner[0].start_byte : inner[0].end_byte].decode()
            if len(inner) == 1 and inner[0].type == "return_statement" and inner[0].named_children:
                value = inner[0].named_children[0]
                return data[value.start_byte : value.end_byte].decode()
        return None


@lru_cache(maxsize=256)
def _made_at(data: bytes, row: int) -> tuple[int, int] | None:
    """The bytes of the statement at top level that makes what stands in a row; None where none or a function does."""
    inside: Node | None = _tree(data)
    while inside is not None and inside.type in _TOP_LEVEL:
        here = (n for n in inside.named_children if n.start_point[0] <= row <= n.end_point[0])
        around = [n for n in here if n.type not in _COMMENTS]
        inside = around[0] if len(around) == 1 else None
    return (inside.start_byte, inside.end_byte) if inside is not None and inside.type in _MAKERS else None


@lru_cache(maxsize=4)
def _tree(data: bytes) -> Node | None:
    """A file as the grammar reads it; None where it is too long to be given to it whole."""
    from rulecheck.languages.julia.syntax.parse import WHOLE_LIMIT
    from rulecheck.languages.julia.syntax.trees import parser

    return parser().parse(data).root_node if len(data) <= WHOLE_LIMIT else None


def _indent(source: str, start: int) -> str:
    """What stands before a statement on its line, if that is only space."""
    before = source[source.rfind("\n", 0, start) + 1 : start]
    return before if not before.strip() else ""


def _imported(path: str, source: str, start: int, imports: tuple[str, ...]) -> tuple[Edit, ...]:
    """Import lines for a statement, behind those that its module or file begins with: one place for all statements."""
    if not imports:
        return ()
    at, indent, gap = _head(source, start)
    return (Edit(path, at, at, "".join(f"{indent}{line}\n" for line in imports) + gap),)


Part = tuple[str, int, int]
"""A statement's type, as the grammar calls it, and where it starts and ends in bytes."""


class _Block:
    """A module, or a whole file: where it is, and what it begins with up to the first statement that is no import."""

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.head: list[Part] = []

    def add(self, parts: Iterable[Part]) -> None:
        """Statements that come next; one behind the first that is no import is not looked at."""
        for part in parts:
            if self.head and self.head[-1][0] not in _HEAD:
                return
            self.head.append(part)


@lru_cache(maxsize=16)
def _blocks(source: str) -> tuple[bytes, list[_Block]]:
    """A file's bytes, and its blocks, outer ones first; the fixes for one file come one after the other."""
    from rulecheck.languages.julia.syntax.parse import WHOLE_LIMIT
    from rulecheck.languages.julia.syntax.trees import parser

    data = source.encode()
    file = _Block(0, len(data))
    if len(data) > WHOLE_LIMIT:
        return data, list(_by_layout(file, data))
    return data, list(_below(file, parser().parse(data).root_node))


def _below(block: _Block, node: Node) -> Iterator[_Block]:
    block.add(islice(_parts(node), node.type == MODULE, None))  # a module's name comes first
    yield block
    for inner in node.named_children:
        if inner.type == MODULE:
            yield from _below(_Block(inner.start_byte, inner.end_byte), inner)


def _by_layout(file: _Block, data: bytes) -> Iterator[_Block]:
    """The same for a file that is too long for the grammar to be given it whole."""
    from rulecheck.languages.julia.syntax.chunks import chunks
    from rulecheck.languages.julia.syntax.trees import parser

    yield file
    opened = [file]
    for chunk in chunks(data):
        text = data[chunk.start : chunk.end]
        if chunk.module:
            start = chunk.end - len(text.lstrip())
            opened[-1].add([(MODULE, start, start)])
            opened.append(_Block(start, len(data)))
            yield opened[-1]
        elif chunk.closes:
            opened.pop().end = chunk.end
        elif not opened[-1].head or opened[-1].head[-1][0] in _HEAD:
            opened[-1].add(_parts(parser().parse(text).root_node, chunk.start))


def _parts(block: Node, offset: int = 0) -> Iterator[Part]:
    """What stands in a module or file, comments left out; a long one is looked at only as far as it is asked for."""
    cursor = block.walk()
    more = cursor.goto_first_child()
    while more:
        node = cursor.node
        if node is not None and node.is_named and node.type not in _COMMENTS:
            yield node.type, node.start_byte + offset, node.end_byte + offset
        more = cursor.goto_next_sibling()


def _head(source: str, start: int) -> tuple[int, str, str]:
    """The start of the line behind the imports of a statement's module or file, their indent, and what parts them from
    what follows.
    """
    data, blocks = _blocks(source)
    before = start if source.isascii() else len(source[:start].encode())
    head = next(b.head for b in reversed(blocks) if b.start <= before < b.end or b is blocks[0])
    imported = next((part for part in reversed(head) if part[0] in _IMPORTS and part[1] < before), None)
    if imported is not None:
        own = len(data[: imported[1]].decode())
        stop = source.find("\n", len(data[: imported[2]].decode()))
        if 0 <= stop < start:
            return stop + 1, _indent(source, own), ""
    own = len(data[: head[0][1]].decode()) if head else start
    line = source.rfind("\n", 0, own) + 1
    return (line, source[line:own], "\n") if not source[line:own].strip() else (own, "", "")
