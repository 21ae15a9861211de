"""Edits of source: statements put in, taken out and written anew, found by their places."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence

from rulecheck.facts import Registration, TypeDef
from rulecheck.finding import Edit
from rulecheck.languages.python.program import Program
from rulecheck.languages.python.syntax.import_order import import_key, insertion
from rulecheck.place import Place

_LINE_END = re.compile(r"\r\n|\r|\n")
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_BLANK_LINES = re.compile(r"(?:[ \t\f]*(?:\r\n|\r|\n))+")


class Editor:
    """Makes edits of a program's files. What is put in joins calls of the `joined` registrars that stand already."""

    def __init__(self, program: Program, joined: Collection[str] = ()) -> None:
        self._program = program
        self._joined = joined

    def insert(self, path: str, after: Sequence[Place], text: str, imports: Sequence[str]) -> tuple[Edit, ...]:
        """New statements behind the last of some definitions, or at the end of the file where one is indented."""
        source = self._program.text(path)
        at, gap = len(source), "\n\n"
        if after and all(place.column == 1 for place in after):
            at = _line_end(source, max(self._program.span(place)[1] for place in after))
            at, gap = self._behind_calls(path, source, at, gap)
        if at and source[at - 1] not in "\r\n":
            gap = f"\n{gap}"
        return (*self._imported(path, imports), Edit(path, at, at, f"{gap}{text}\n"))

    def _behind_calls(self, path: str, source: str, at: int, gap: str) -> tuple[int, str]:
        """Behind registrations by plain calls that follow at once."""
        spans = sorted(
            self._program.span(r.statement)
            for r in self._program.registrations
            if r.function is None and r.registrar in self._joined and r.statement.path == path and not r.in_loop
        )
        for start, end in spans:
            if start >= at and not source[at:start].strip():
                at, gap = _line_end(source, end), ""
        return at, gap

    def _imported(self, path: str, imports: Sequence[str]) -> list[Edit]:
        if not imports:
            return []
        own = {t.module.partition(".")[0] for t in self._program.owned_types()}
        source = self._program.text(path)
        ordered = sorted(imports, key=lambda line: import_key(line, own))
        return [Edit(path, at, at, text) for at, text in (insertion(source, line, own) for line in ordered)]

    def remove(self, statement: Place) -> tuple[Edit, ...]:
        """A statement with its lines, and the blank lines that then stand twice; nothing where it shares a line."""
        source = self._program.text(statement.path)
        start, end = self._program.span(statement)
        begin, stop = _line_start(source, start), _line_end(source, end)
        if source[begin:start].strip() or source[begin:start] or source[end:stop].strip():
            return ()
        blank = _BLANK_LINES.match(source, stop)
        stop = blank.end() if blank else stop
        if stop == len(source):
            begin = len(source[:begin].rstrip())
            begin = _line_end(source, begin) if begin else 0
        return (Edit(statement.path, begin, stop, ""),)

    def replace(self, statement: Place, text: str, imports: Sequence[str]) -> tuple[Edit, ...]:
        """Another statement in a statement's place."""
        start, end = self._program.span(statement)
        source = self._program.text(statement.path)
        if source[_line_start(source, start) : start]:
            return ()
        return (*self._imported(statement.path, imports), Edit(statement.path, start, end, text))

    def argument(self, registration: Registration, position: int, text: str) -> tuple[Edit, ...]:
        """Another expression in the place of one positional argument of a registration's call."""
        source = self._program.text(registration.statement.path)
        start, end = self._program.span(registration.statement)
        if source[_line_start(source, start) : start]:
            return ()
        segment = source[start:end]
        row = registration.place.line - registration.statement.line + 1
        found = _argument(segment, registration.registrar.rpartition(".")[2], row, position)
        if found is None:
            return ()
        begin = start + _offset(segment, found.lineno, found.col_offset)
        stop = start + _offset(segment, found.end_lineno or 0, found.end_col_offset or 0)
        return (Edit(registration.statement.path, begin, stop, text),)

    def class_attribute(self, definition: TypeDef, line: str, remark: str) -> Edit | None:
        """A line in a class body: after the docstring, else first; None for a body on the `class` line."""
        text = self._program.text(definition.place.path)
        found = _class(text, definition)
        if found is None or found.body[0].lineno == found.lineno:
            return None
        lines = _LINES.findall(text)
        first = found.body[0]
        before = lines[first.lineno - 1][: first.col_offset]
        indent = before if before.strip() == "" else " " * first.col_offset
        newline = "\r\n" if lines[0].endswith("\r\n") else "\n"
        written = f"{indent}{line}{remark}{newline}"
        placed = _after_docstring(found, lines, written, newline) if _is_docstring(first) else None
        if placed is None and _is_docstring(first):
            return None
        at, written = placed or _before(first, lines, written, newline)
        return Edit(definition.place.path, at, at, written)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _after_docstring(found: ast.ClassDef, lines: list[str], written: str, newline: str) -> tuple[int, str] | None:
    first, *rest = found.body
    assert first.end_lineno is not None
    if rest and rest[0].lineno == first.end_lineno:
        return None
    if lines[first.end_lineno - 1].endswith(("\n", "\r")):
        written = newline + written
    else:
        written = f"{newline}{newline}{written.rstrip()}{newline}"
    if first.end_lineno < len(lines) and lines[first.end_lineno].strip():
        written += newline
    return sum(map(len, lines[: first.end_lineno])), written


def _before(first: ast.stmt, lines: list[str], written: str, newline: str) -> tuple[int, str]:
    top = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", ()))])
    if isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        written += newline
    return sum(map(len, lines[: top - 1])), written


def _class(text: str, definition: TypeDef) -> ast.ClassDef | None:
    """The class's own syntax tree, its lines as they count in the file."""
    place = definition.place
    lines = _LINES.findall(text)[place.line - 1 : place.end_line]
    try:
        # Under an `if`, the class may stand as deep as it does.
        tree = ast.parse("if 1:\n" + "".join(lines) if place.column > 1 else "".join(lines))
    except (SyntaxError, ValueError):
        return None
    name = definition.name.rpartition(".")[2]
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            ast.increment_lineno(node, place.line - node.lineno)
            return node
    return None


def _argument(segment: str, name: str, row: int, position: int) -> ast.expr | None:
    """The positional argument of the call of a function of this name that stands on a row."""
    try:
        tree = ast.parse(segment)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] != name:
            continue
        if node.lineno <= row <= (node.end_lineno or node.lineno):
            known = position < len(node.args) and not isinstance(node.args[position], ast.Starred)
            return node.args[position] if known else None
    return None


def _line_start(source: str, at: int) -> int:
    return max(source.rfind("\n", 0, at), source.rfind("\r", 0, at)) + 1


def _line_end(source: str, at: int) -> int:
    """Where the line after the one with this offset begins."""
    found = _LINE_END.search(source, at)
    return found.end() if found else len(source)


def _offset(text: str, line: int, column: int) -> int:
    """The offset in characters of a line (from 1) and a column in bytes, as `ast` gives it."""
    starts = [0, *(m.end() for m in _LINE_END.finditer(text))]
    begin = starts[line - 1]
    return begin + len(text[begin:].encode()[:column].decode())
