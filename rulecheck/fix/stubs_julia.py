"""A Julia file of overrides, to be included in the module that it is for."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from rulecheck.finding import Finding, Fix
from rulecheck.fix.stubs import TITLE, NotStubs, comment_for, is_stub

HEADER = f"# {TITLE}; written by `rulecheck stubs`.\n"


def render_stubs(overrides: Iterable[tuple[Finding, Fix]], existing: str = "") -> str:
    """A file with every override, under a comment that says which findings it answers.

    What is for a submodule is evaluated there. With the text of an `existing` file of stubs, what it has stays and
    only what it lacks is added. Raises NotStubs where `existing` is another kind of file.
    """
    existing = existing if existing.strip() else ""
    if existing and not existing.startswith(HEADER):
        raise NotStubs("this file was not written by `rulecheck stubs`; give another name to -o")
    pairs = sorted(((f, x) for f, x in overrides if is_stub(x)), key=lambda p: (p[0].place, p[0].code, p[1].text))
    written = {line.strip() for line in existing.splitlines()}
    answered: dict[tuple[str, str], list[Finding]] = {}
    imports: dict[str, None] = {}
    for finding, fix in pairs:
        imports |= {_inside(fix.module, line): None for line in fix.imports}
        if fix.text.strip() not in written:
            answered.setdefault((fix.module, fix.text), []).append(finding)
    fresh = [line for line in imports if line not in written]
    if existing and not answered:
        return existing
    parts = [existing.rstrip("\n")] if existing else [HEADER + _advice([module for module, _ in answered])]
    if fresh:
        parts.append("\n".join(fresh))
    for (module, text), findings in answered.items():
        comments = "\n".join(comment_for(finding) for finding in findings)
        parts.append(f"{comments}\n{_inside(module, text)}")
    return "\n\n".join(parts) + "\n"


def _inside(module: str, code: str) -> str:
    """Code as the outermost module has to write it for one inside."""
    _, _, inner = module.partition(".")
    if not inner:
        return code
    if code.startswith("import "):
        return f"@eval {inner} {code}"
    return f"@eval {inner} begin\n{textwrap.indent(code, '    ')}\nend"


def _advice(modules: Iterable[str]) -> str:
    roots = sorted({module.partition(".")[0] for module in modules} - {""})
    return f"# Include it at the end of module {' and '.join(roots)}, behind the types and methods that it names."
