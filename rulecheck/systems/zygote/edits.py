"""Where overrides are written in Julia files: behind the method that they are for, with the imports that they need."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import TYPE_CHECKING

from rulecheck.finding import Edit
from rulecheck.sources.julia.facts import Method

if TYPE_CHECKING:
    from tree_sitter import Node

    from rulecheck.systems.zygote.model import ZygoteModel

_IMPORTS = ("using_statement", "import_statement")
# What may stand among a module's first imports.
_HEAD = (*_IMPORTS, "export_statement", "string_literal")


class Edits:
    """Edits of one project's files."""

    def __init__(self, model: ZygoteModel) -> None:
        self._program = model.program

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
        data = self._program.texts.get(method.place.path)
        if data is None or start < 0:
            return None
        return (
            data.decode("utf-8", "replace"),
            len(data[:start].decode("utf-8", "replace")),
            len(data[:end].decode("utf-8", "replace")),
        )

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


def _head(source: str, start: int) -> tuple[int, str, str]:
    """The start of the line behind the imports of a statement's module or file, their indent, and what parts them from
    what follows.
    """
    from rulecheck.sources.julia.syntax import parser

    data = source.encode()
    before = len(source[:start].encode())
    block: Node | None = parser().parse(data).root_node
    found: list[Node] = []
    while block is not None:
        inside = [c for c in block.named_children if c.type != "line_comment" and c.type != "block_comment"]
        found = inside[block.type == "module_definition" :]  # its name comes first
        block = next((c for c in found if c.type == "module_definition" and c.start_byte <= before < c.end_byte), None)
    head = [n for n in takewhile(lambda n: n.type in _HEAD, found) if n.start_byte < before]
    first = next(iter(found), None)
    imported = [n for n in head if n.type in _IMPORTS]
    if imported:
        own = len(data[: imported[-1].start_byte].decode())
        stop = source.find("\n", len(data[: imported[-1].end_byte].decode()))
        if 0 <= stop < start:
            return stop + 1, _indent(source, own), ""
    own = start if first is None else len(data[: first.start_byte].decode())
    line = source.rfind("\n", 0, own) + 1
    return (line, source[line:own], "\n") if not source[line:own].strip() else (own, "", "")
