"""Pages: a check's, made from the check itself, which stands under docs/checks as well; and a system's."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from rulecheck.report.base import DescribedCheck, ExamplePair
from rulecheck.report.paint import Paint

_NUMBERED = re.compile(r"\s*\d+\. ")
_WHEN = {True: "on by default", False: "off unless selected"}


def page(rule: DescribedCheck) -> str:
    """The page in Markdown."""
    measured = getattr(rule, "measured", False)
    when = "measured by running your code, never found by a lint" if measured else _WHEN[rule.default]
    parts = [
        f"# {rule.code} {rule.name}",
        rule.summary,
        f"Severity: {rule.severity.value}; {when}.",
        f"## What it does\n\n{rule.what.strip()}",
        f"## Why it matters\n\n{rule.why.strip()}",
        *_examples(rule.examples),
        f"## Fix safety\n\n{rule.fix_safety.strip()}",
    ]
    if not measured:
        parts.append(f"## Suppress it\n\n```python\n...  # rulecheck: ignore[{rule.code}] -- why it is meant so\n```")
    return "\n\n".join(parts) + "\n"


def index(rules: Sequence[DescribedCheck]) -> str:
    """The page that lists the checks, in Markdown."""
    rows = [f"| [{r.code}]({r.code}.md) | {r.name} | {r.severity.value} | {_cell(r.summary)} |" for r in rules]
    head = ["# Checks", "", "| code | name | severity | what it says |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows]) + "\n"


def system_page(name: str, summary: str, text: str) -> str:
    """A system's page in Markdown, made from its declaration."""
    return "\n\n".join(part.strip() for part in (f"# {name}", summary, text) if part.strip()) + "\n"


def terminal(text: str, *, colour: bool, width: int) -> str:
    """A page for a terminal: the same words, headings in bold, code in colour, prose wrapped."""
    paint = Paint(colour)
    lines: list[str] = []
    prose: list[str] = []
    in_code = False

    def flush() -> None:
        if prose:
            lines.extend(textwrap.wrap(" ".join(prose), width, break_long_words=False, break_on_hyphens=False))
            prose.clear()

    for line in text.splitlines():
        if line.startswith("```"):
            flush()
            in_code = not in_code
        elif in_code:
            lines.append(f"    {paint(line, 'cyan')}".rstrip())
        elif line.startswith("#"):
            flush()
            lines.append(paint(line.lstrip("# "), "bold"))
        elif not line.strip():
            flush()
            lines.append("")
        elif line.lstrip().startswith(("- ", "* ", "| ")) or _NUMBERED.match(line):
            flush()
            lines.append(line)
        else:
            prose.append(line.strip())
    flush()
    return "\n".join(lines) + "\n"


def _examples(examples: Sequence[ExamplePair]) -> list[str]:
    parts = []
    for number, example in enumerate(examples, 1):
        which = f" {number}" if len(examples) > 1 else ""
        parts.append(f"## Example{which}\n\n{_fence(example.bad)}")
        parts.append(f"## Use instead{which}\n\n{_fence(example.good)}")
    return parts


def _fence(code: str) -> str:
    language = "julia" if "\nend" in code and ("function " in code or "struct " in code) else "python"
    return f"```{language}\n{code.rstrip()}\n```"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
