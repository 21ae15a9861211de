"""The order of import lines, as isort keeps it, and where in a file a new one goes."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection

_LINE_END = re.compile(r"\r\n|\r|\n")

Key = tuple[int, bool, tuple[object, ...]]


def section(module: str, first_party: Collection[str] = ()) -> int:
    """The section of a module: __future__, standard library, other packages, the project's own, relative ones."""
    top = module.partition(".")[0]
    if module == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    if not top:
        return 4
    return 3 if top in first_party else 2


def natural(name: str) -> tuple[object, ...]:
    """A name's place among names: small and capital letters alike, and numbers by their size."""
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.split(r"(\d+)", name.lower()) if p) + (name,)


def import_key(line: str, first_party: Collection[str] = ()) -> Key:
    """Where an import line stands among others."""
    return _key(ast.parse(line).body[0], first_party)


def insertion(source: str, line: str, first_party: Collection[str] = ()) -> tuple[int, str]:
    """The offset at which an import line goes into a file, and the text with the blank lines that it takes there.

    The place is in the first block of imports: beside the line that it sorts behind, or as a section of its own.
    """
    new = import_key(line, first_party)
    starts = [0, *(m.end() for m in _LINE_END.finditer(source))]
    rows = _LINE_END.split(source)
    block, top = _block(ast.parse(source))
    if not block:
        return _without_block(source, line, starts, rows, top)
    before = next((node for node in block if _key(node, first_party) > new and node.col_offset == 0), None)
    previous = block[block.index(before) - 1 if before is not None else -1] if before is not block[0] else None
    if previous is not None and (before is None or _key(previous, first_party)[0] == new[0]):
        gap = "" if _key(previous, first_party)[0] == new[0] else "\n"
        at = _behind(starts, previous, len(source))
        return at, f"{gap}{line}\n" if at == 0 or source[at - 1] in "\r\n" else f"\n{gap}{line}"
    assert before is not None
    row = before.lineno - 1
    while previous is not None and row > (previous.end_lineno or 0) and rows[row - 1].startswith("#"):
        row -= 1  # comments above an import belong to it, unless they head the file
    apart = row < before.lineno - 1 or _key(before, first_party)[0] != new[0]
    return starts[row], f"{line}\n" + "\n" * apart


def _block(tree: ast.Module) -> tuple[list[ast.stmt], ast.stmt | None]:
    """The imports that stand at the top without anything else between them, and the docstring."""
    body = tree.body
    top = body[0] if ast.get_docstring(tree, clean=False) is not None else None
    block: list[ast.stmt] = []
    for node in body[1 if top is not None else 0 :]:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        block.append(node)
    return block, top


def _without_block(source: str, line: str, starts: list[int], rows: list[str], top: ast.stmt | None) -> tuple[int, str]:
    """Behind the docstring, else behind the comments that head the file."""
    if top is not None:
        at = _behind(starts, top, len(source))
        return at, f"\n{line}\n" if source[at - 1] in "\r\n" else f"\n\n{line}"
    row = 0
    while row < len(rows) and rows[row].startswith("#"):
        row += 1
    return starts[row], f"\n{line}\n\n" if row else f"{line}\n\n"


def _behind(starts: list[int], node: ast.stmt, length: int) -> int:
    """The offset of the line after a statement's last."""
    last = node.end_lineno or node.lineno
    return starts[last] if last < len(starts) else length


def _key(node: ast.stmt, first_party: Collection[str]) -> Key:
    """Where an import statement stands among others: by section, `import` before `from`, by name."""
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return section(module, first_party), True, natural(module)
    assert isinstance(node, ast.Import)
    return section(node.names[0].name, first_party), False, natural(node.names[0].name)
