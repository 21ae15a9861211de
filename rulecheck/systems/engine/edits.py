"""Edits of source: statements put in, taken out and written anew, found by their places."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rulecheck.facts import Registration
from rulecheck.finding import Edit
from rulecheck.languages.python.syntax.import_order import import_key, insertion
from rulecheck.place import Place
from rulecheck.systems.engine.names import POLICY_REGISTRAR

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANK_LINES = re.compile(r"(?:[ \t\f]*(?:\r\n|\r|\n))+")


class Editor:
    """Makes edits of a program's files."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def insert(self, path: str, after: Sequence[Place], text: str, imports: Sequence[str]) -> tuple[Edit, ...]:
        """New statements behind the last of some definitions, or at the end of the file where one is indented."""
        source = self._program.text(path)
        at, gap = len(source), "\n\n"
        if after and all(place.column == 1 for place in after):
            at = self._line_end(source, max(self._program.span(place)[1] for place in after))
            at, gap = self._behind_calls(path, source, at, gap)
        if at and source[at - 1] not in "\r\n":
            gap = f"\n{gap}"
        return (*self._imported(path, imports), Edit(path, at, at, f"{gap}{text}\n"))

    def _behind_calls(self, path: str, source: str, at: int, gap: str) -> tuple[int, str]:
        """Behind registrations by plain calls that follow at once: an override joins those that stand already."""
        spans = sorted(
            self._program.span(r.statement)
            for r in self._program.registrations
            if r.function is None and r.registrar != POLICY_REGISTRAR and r.statement.path == path and not r.in_loop
        )
        for start, end in spans:
            if start >= at and not source[at:start].strip():
                at, gap = self._line_end(source, end), ""
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
        begin, stop = self._line_start(source, start), self._line_end(source, end)
        if source[begin:start].strip() or source[begin:start] or source[end:stop].strip():
            return ()
        blank = _BLANK_LINES.match(source, stop)
        stop = blank.end() if blank else stop
        if stop == len(source):
            begin = len(source[:begin].rstrip())
            begin = self._line_end(source, begin) if begin else 0
        return (Edit(statement.path, begin, stop, ""),)

    def replace(self, statement: Place, text: str, imports: Sequence[str]) -> tuple[Edit, ...]:
        """Another statement in a statement's place."""
        start, end = self._program.span(statement)
        source = self._program.text(statement.path)
        if source[self._line_start(source, start) : start]:
            return ()
        return (*self._imported(statement.path, imports), Edit(statement.path, start, end, text))

    def argument(self, registration: Registration, position: int, text: str) -> tuple[Edit, ...]:
        """Another expression in the place of one positional argument of a registration's call."""
        source = self._program.text(registration.statement.path)
        start, end = self._program.span(registration.statement)
        if source[self._line_start(source, start) : start]:
            return ()
        segment = source[start:end]
        try:
            tree = ast.parse(segment)
        except SyntaxError:
            return ()
        row = registration.place.line - registration.statement.line + 1
        name = registration.registrar.rpartition(".")[2]
        for node in ast.walk(tree):
            named = isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name
            if named and isinstance(node, ast.Call) and node.lineno <= row <= (node.end_lineno or node.lineno):
                if position >= len(node.args) or isinstance(node.args[position], ast.Starred):
                    return ()
                found = node.args[position]
                begin = start + _offset(segment, found.lineno, found.col_offset)
                stop = start + _offset(segment, found.end_lineno or 0, found.end_col_offset or 0)
                return (Edit(registration.statement.path, begin, stop, text),)
        return ()

    @staticmethod
    def _line_start(source: str, at: int) -> int:
        return max(source.rfind("\n", 0, at), source.rfind("\r", 0, at)) + 1

    @staticmethod
    def _line_end(source: str, at: int) -> int:
        """Where the line after the one with this offset begins."""
        found = _LINE_END.search(source, at)
        return found.end() if found else len(source)


def _offset(text: str, line: int, column: int) -> int:
    """The offset in characters of a line (from 1) and a column in bytes, as `ast` gives it."""
    starts = [0, *(m.end() for m in _LINE_END.finditer(text))]
    begin = starts[line - 1]
    return begin + len(text[begin:].encode()[:column].decode())
