"""Where overrides are written in Julia files: behind the method that they are for, with the imports that they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from rulecheck.finding import Edit
from rulecheck.sources.julia.facts import Method

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

    from rulecheck.systems.zygote.model import ZygoteModel

_IMPORTS = ("using_statement", "import_statement")
# What may stand among a module's first imports.
_HEAD = (*_IMPORTS, "export_statement", "string_literal")


class Edits:
    """Edits of one project's files."""

    def __init__(self, model: ZygoteModel) -> None:
        self._program = model.program
        self._texts: dict[str, str] = {}

    def sees(self, method: Method, package: str) -> bool:
        """Whether a package's name means something in the module of a method."""
        found = self._program.world.resolve(method.module, package)
        return found is not None and found.kind == "module"

    def imports(self, method: Method, packages: Iterable[str]) -> tuple[str, ...]:
        """The import lines that the module of a method lacks."""
        return tuple(f"import {p}" for p in sorted(packages) if not self.sees(method, p))

    def _span(self, method: Method) -> tuple[str, int, int] | None:
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

    def text(self, method: Method) -> str | None:
        """A definition as it is written."""
        found = self._span(method)
        return found[0][found[1] : found[2]] if found is not None else None

    def after(self, method: Method, text: str, imports: tuple[str, ...]) -> tuple[Edit, ...]:
        """A line behind a method's definition, indented as it is; nothing where a loop made the method."""
        found = self._span(method)
        if found is None:
            return ()
        source, start, end = found
        indent = _indent(source, start)
        stop = source.find("\n", end)
        stop = len(source) if stop < 0 else stop - source.endswith("\r", 0, stop)
        path = method.place.path
        return (*_imported(path, source, start, imports), Edit(path, stop, stop, f"\n{indent}{text}"))

    def instead(self, method: Method, text: str, imports: tuple[str, ...] = ()) -> tuple[Edit, ...]:
        """Another statement in a statement's place, with the imports that it needs."""
        found = self._span(method)
        if found is None:
            return ()
        source, start, end = found
        path = method.place.path
        return (*_imported(path, source, start, imports), Edit(path, start, end, text))

    def removed(self, method: Method) -> tuple[Edit, ...]:
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

    def body_text(self, method: Method) -> str | None:
        """The one expression that a method's body is; None where it is more."""
        from rulecheck.sources.julia.syntax import parser

        found = self._span(method)
        if found is None:
            return None
        source, start, end = found
        data = source[start:end].encode()
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


@lru_cache(maxsize=16)
def _parsed(source: str) -> tuple[bytes, Tree]:
    """A file's bytes and tree; the fixes for one file come one after the other."""
    from rulecheck.sources.julia.syntax import parser

    data = source.encode()
    return data, parser().parse(data)


def _block(tree: Tree, at: int) -> Node:
    """The innermost module around a byte; the file where there is none."""
    block = tree.root_node
    cursor = block.walk()
    while cursor.goto_first_child_for_byte(at) is not None and (node := cursor.node) is not None:
        if node.type != "module_definition" or not node.start_byte <= at < node.end_byte:
            break
        block = node
    return block


def _statements(block: Node) -> Iterator[Node]:
    """What stands in a module or file, comments left out; a long one is looked at only as far as it is asked for."""
    cursor = block.walk()
    more = cursor.goto_first_child()
    while more:
        node = cursor.node
        if node is not None and node.is_named and node.type not in ("line_comment", "block_comment"):
            yield node
        more = cursor.goto_next_sibling()


def _head(source: str, start: int) -> tuple[int, str, str]:
    """The start of the line behind the imports of a statement's module or file, their indent, and what parts them from
    what follows.
    """
    data, tree = _parsed(source)
    before = start if source.isascii() else len(source[:start].encode())
    block = _block(tree, before)
    first: Node | None = None
    imported: Node | None = None
    for node in islice(_statements(block), block.type == "module_definition", None):  # a module's name comes first
        first = node if first is None else first
        if node.type not in _HEAD or node.start_byte >= before:
            break
        imported = node if node.type in _IMPORTS else imported
    if imported is not None:
        own = len(data[: imported.start_byte].decode())
        stop = source.find("\n", len(data[: imported.end_byte].decode()))
        if 0 <= stop < start:
            return stop + 1, _indent(source, own), ""
    own = start if first is None else len(data[: first.start_byte].decode())
    line = source.rfind("\n", 0, own) + 1
    return (line, source[line:own], "\n") if not source[line:own].strip() else (own, "", "")
