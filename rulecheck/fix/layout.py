"""Python code laid out as formatters lay it out: import blocks in order, and lines that fit."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from rulecheck.languages.python.syntax.import_order import natural, section

WIDTH = 88

_OPENING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class ImportedName:
    """A name that an import gives: `import module as name`, or `from module import attribute as name`."""

    name: str
    module: str
    attribute: str | None = None

    @property
    def line(self) -> str:
        """The import line of this name alone."""
        if self.attribute is None:
            return f"import {self.module}" + self._renamed(self.module.partition(".")[0])
        return f"from {self.module} import {self.member}"

    @property
    def member(self) -> str:
        """What stands behind `import` in a `from` line."""
        return f"{self.attribute}" + self._renamed(self.attribute)

    @property
    def is_renamed(self) -> bool:
        """Whether the line has an `as`."""
        return self.name != (self.attribute or self.module.partition(".")[0])

    def _renamed(self, plain: str | None) -> str:
        return f" as {self.name}" if self.name != plain else ""


def bindings(tree: ast.AST) -> list[ImportedName]:
    """The names that the import statements of a parsed piece of code give, outside of functions and classes."""
    found = []
    for node in getattr(tree, "body", []):
        if isinstance(node, ast.Import):
            found += [ImportedName(a.asname or a.name.partition(".")[0], a.name) for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found += [ImportedName(a.asname or a.name, module, a.name) for a in node.names]
    return found


def import_block(names: Iterable[ImportedName], first_party: Collection[str] = ()) -> str:
    """The import lines of these names in isort's order: by section, `import` before `from`, each sorted."""
    sections: dict[int, list[ImportedName]] = {}
    for binding in sorted(set(names), key=lambda b: (b.module, b.attribute or "", b.name)):
        sections.setdefault(section(binding.module, first_party), []).append(binding)
    return "\n".join("\n".join(_section_lines(sections[number])) + "\n" for number in sorted(sections))


def _section_lines(names: Iterable[ImportedName]) -> list[str]:
    plain: set[tuple[tuple[object, ...], str]] = set()
    members: dict[str, list[ImportedName]] = {}
    for binding in names:
        if binding.attribute is None:
            plain.add((natural(binding.module), binding.line))
        else:
            members.setdefault(binding.module, []).append(binding)
    lines = [line for _, line in sorted(plain)]
    for module in sorted(members, key=natural):
        together = [b for b in members[module] if not b.is_renamed]
        alone = [b for b in members[module] if b.is_renamed]
        if together:
            lines.append(fitted(f"from {module} import {', '.join(b.member for b in sorted(together, key=_member))}"))
        lines += [b.line for b in sorted(alone, key=_member)]
    return lines


def _member(binding: ImportedName) -> tuple[object, ...]:
    name = binding.attribute or ""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, natural(name), binding.name


def fitted(code: str, width: int = WIDTH) -> str:
    """The code with each line that is longer than `width` opened up at its last bracket, one element a line.

    A line that cannot be opened without changing what the code means is left as it is.
    """
    lines = code.split("\n")
    for number in sorted(_long_lines(code, width), reverse=True):
        lines[number - 1] = "\n".join(_opened(lines[number - 1], width))
    result = "\n".join(lines)
    return result if _same(code, result) else code


def _long_lines(code: str, width: int) -> list[int]:
    """The lines longer than `width` that hold a whole statement, or the head of one."""
    tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    marks = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT, tokenize.ENDMARKER)
    spans: dict[int, int] = {}
    first = None
    for token in tokens:
        if token.type == tokenize.NEWLINE and first is not None:
            spans[first] = token.start[0]
            first = None
        elif token.type not in marks and first is None:
            first = token.start[0]
    lines = code.split("\n")
    return [start for start, end in spans.items() if start == end and len(lines[start - 1]) > width]


def _opened(line: str, width: int) -> list[str]:
    """One line as several: what stands before the last outermost bracket, its elements, and what follows."""
    if len(line) <= width:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    if line.lstrip().startswith("from ") and " import " in line and "(" not in line:
        head, _, names = line.partition(" import ")
        return [f"{head} import (", *(f"{indent}    {name.strip()}," for name in names.split(",")), f"{indent})"]
    body = line.strip()
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(body).readline))
    except (tokenize.TokenError, SyntaxError):
        return [line]
    stack: list[tokenize.TokenInfo] = []
    pair = None
    for token in tokens:
        if token.string in _OPENING and token.type == tokenize.OP:
            stack.append(token)
        elif stack and token.string == _OPENING[stack[-1].string]:
            opening = stack.pop()
            if not stack:
                pair = opening, token
    if pair is None or pair[1].start[1] == pair[0].end[1]:
        return [line]
    start, end = pair[0].end[1], pair[1].start[1]
    inner, depth, cuts = [t for t in tokens if start <= t.start[1] < end], 0, [start]
    for token in inner:
        depth += (token.string in _OPENING) - (token.string in _OPENING.values())
        if token.string == "," and depth == 0:
            cuts.append(token.end[1])
    pieces = [body[a:b].strip().removesuffix(",") for a, b in zip(cuts, [*cuts[1:], end], strict=True)]
    elements = [f"{indent}    {piece}," for piece in pieces if piece]
    return [indent + body[:start], *(p for e in elements for p in _opened(e, width)), indent + body[end:]]


def _same(a: str, b: str) -> bool:
    try:
        return ast.dump(ast.parse(a)) == ast.dump(ast.parse(b))
    except SyntaxError:
        return False
