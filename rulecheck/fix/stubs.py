"""A module of overrides that hand calls on to the specialised code, ready to commit."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import PurePath

from rulecheck.finding import Finding, Fix, FixKind
from rulecheck.fix.layout import WIDTH, ImportedName, bindings, fitted, import_block
from rulecheck.place import utf8

TITLE = "Overrides that hand calls on to the specialised code"
HEADER = f'"""{TITLE}; written by `rulecheck stubs`, import it once."""\n'


class NotStubs(ValueError):
    """The module that stubs should be added to was not written by `rulecheck stubs`, or an override is not code."""


@dataclass(frozen=True, slots=True)
class _StubBlock:
    """An override as it stands in the module, without its comment."""

    code: str
    statements: frozenset[str]
    imports: tuple[ImportedName, ...]

    @property
    def spaced(self) -> bool:
        """Whether formatters want two blank lines around it."""
        return self.code.startswith(("@", "def ", "class ", "async def "))


def is_stub(fix: Fix) -> bool:
    """Whether a fix can stand in a module of its own: an opt-out or a forward; other fixes change the code itself."""
    return fix.kind in (FixKind.OPT_OUT, FixKind.FORWARD)


def render_stubs(overrides: Iterable[tuple[Finding, Fix]], existing: str = "") -> str:
    """A module with every override, under a comment that says which findings it answers.

    Overrides are in the order of their findings' places; one that answers several findings stands once. With the
    text of an `existing` module of stubs, what it has stays and only what it lacks is added, so that writing again
    changes nothing. Fixes that are no overrides are left out (see `is_stub`). Raises NotStubs where `existing` is
    another kind of module, or the text of a fix is not Python.
    """
    pairs = sorted(((f, x) for f, x in overrides if is_stub(x)), key=lambda p: (p[0].place, p[0].code, p[1].text))
    names, known, body = _parts(existing)
    blocks: dict[str, tuple[_StubBlock, list[Finding]]] = {}
    for finding, fix in pairs:
        block = _block(finding, fix, names)
        if not block.statements <= known:
            names |= {b.name: b for b in block.imports}
            blocks.setdefault(block.code, (block, []))[1].append(finding)
    if existing and not blocks:
        return existing
    text, spaced = body, "\n\n\n" if _is_definition(body, -1) else "\n\n"
    for block, findings in blocks.values():
        comment = "\n".join(comment_for(finding) for finding in findings)
        between = "\n\n\n" if block.spaced else spaced
        text += (between if text else "") + f"{comment}\n{block.code}"
        spaced = "\n\n\n" if block.spaced else "\n\n"
    imports = import_block(names.values(), _own_packages(names.values(), [f for f, _ in pairs]))
    gap = "\n\n" if _is_definition(text, 0) else "\n"
    return HEADER + (f"\n{imports}" if imports else "") + (f"{gap}{text}\n" if text else "")


def _parts(existing: str) -> tuple[dict[str, ImportedName], frozenset[str], str]:
    """The imported names of a module of stubs, its statements, and its text below the imports."""
    if not existing.strip():
        return {}, frozenset(), ""
    try:
        tree = ast.parse(existing)
    except SyntaxError as error:
        raise NotStubs(f"line {error.lineno}: {error.msg}: mend it, or write the stubs to another file") from None
    if not (ast.get_docstring(tree) or "").startswith(TITLE):
        raise NotStubs("the file was not written by `rulecheck stubs`: write the stubs to another file")
    head = [node for node in tree.body[1:] if isinstance(node, ast.Import | ast.ImportFrom)]
    last = max((node.end_lineno or 1 for node in [tree.body[0], *head]), default=1)
    statements = frozenset(ast.dump(node) for node in tree.body[1:] if node not in head)
    return {b.name: b for b in bindings(tree)}, statements, "\n".join(existing.splitlines()[last:]).strip("\n")


def _block(finding: Finding, fix: Fix, taken: dict[str, ImportedName]) -> _StubBlock:
    """A fix as a block. Where an import would hide another's name, it is given another name, in the code as well."""
    try:
        imported = bindings(ast.parse("\n".join(fix.imports)))
        imported += bindings(ast.parse(fix.text))
        code = _without_imports(fix.text)
    except SyntaxError as error:
        raise NotStubs(f"{finding.place.at}: the override for {finding.code} is not Python: {error.msg}") from None
    used, renamed = [], {}
    for binding in dict.fromkeys(imported):
        name, other = binding.name, taken.get(binding.name)
        if other is not None and _hides(binding, other):
            name = _free(binding, taken)
            renamed[binding.name] = name
        used.append(ImportedName(name, binding.module, binding.attribute))
    code = fitted(_rename(code, renamed))
    return _StubBlock(code, frozenset(ast.dump(node) for node in ast.parse(code).body), tuple(used))


def _without_imports(code: str) -> str:
    """The code without its own import lines, which belong to the block of imports."""
    lines: list[str | None] = list(code.split("\n"))
    for node in ast.parse(code).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            lines[node.lineno - 1 : node.end_lineno] = [None] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(line for line in lines if line is not None).strip("\n")


def _hides(a: ImportedName, b: ImportedName) -> bool:
    both_modules = a.attribute is None and b.attribute is None and not (a.is_renamed or b.is_renamed)
    return a != b and not both_modules  # `import a.b` and `import a.c` both give `a`


def _free(binding: ImportedName, taken: dict[str, ImportedName]) -> str:
    """A name for an import that is not taken, or is taken by this very import."""
    candidate, number = f"{binding.name}_2", 2
    while candidate in taken and (taken[candidate].module, taken[candidate].attribute) != (
        binding.module,
        binding.attribute,
    ):
        number += 1
        candidate = f"{binding.name}_{number}"
    return candidate


def _rename(code: str, names: dict[str, str]) -> str:
    """The code with other names for what was imported under these."""
    if not names:
        return code
    lines = code.encode().split(b"\n")
    found = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name) and n.id in names]
    for node in sorted(found, key=lambda n: (n.lineno, n.col_offset), reverse=True):
        line, at = lines[node.lineno - 1], node.col_offset
        lines[node.lineno - 1] = line[:at] + names[node.id].encode() + line[at + len(node.id.encode()) :]
    return b"\n".join(lines).decode()


def comment_for(finding: Finding) -> str:
    """The comment that says which finding an override answers; it begins alike in every language we know."""
    head = " ".join(finding.message.split())
    text = f"{finding.code} {finding.name}, {finding.place.at}: {head}"
    lines = textwrap.wrap(utf8(text).decode(), WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"# {line}" for line in lines)


def _is_definition(code: str, which: int) -> bool:
    """Whether the first (0) or last (-1) statement of some code is a function or a class."""
    nodes = ast.parse(code).body
    return bool(nodes) and isinstance(nodes[which], ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _own_packages(names: Iterable[ImportedName], findings: Iterable[Finding]) -> Collection[str]:
    """The imported packages that the linted files lie in, which import blocks put last."""
    parts = {part.removesuffix(".py") for f in findings for part in PurePath(f.place.path).parts}
    return {top for b in names if (top := b.module.partition(".")[0]) in parts}
