"""The default for people: each finding with its source, what fires, what it shadows, why it matters, and the fix."""

from __future__ import annotations

from rulecheck.finding import Finding
from rulecheck.report.base import Report, facts, verdict
from rulecheck.report.excerpt import excerpt
from rulecheck.report.paint import Paint

_MOST_SITES = 5


def render(report: Report) -> str:
    """The findings one below the other, and a verdict."""
    paint = Paint(report.colour)
    blocks = [_block(f, report, paint) for f in report.result.findings]
    last = verdict(report.result)
    colour = "yellow" if report.result.findings else "green"
    return "\n".join([*blocks, paint(last, "bold", colour)]) + "\n"


def _block(finding: Finding, report: Report, paint: Paint) -> str:
    place = finding.place
    head = f"{finding.severity.value}[{finding.code}]"
    first, *more = _wrapped(f"{head} {finding.message}", report.width, "  ")
    title = f"{paint.severity(finding.severity, head)}{paint(first.removeprefix(head), 'bold')}"
    lines = [title, *(paint(line, "bold") for line in more)]
    source = excerpt(place, report.result.text(place.path))
    gutter = max([len(str(line.number)) for line in source if line.number], default=1)
    bar = paint("|", "blue")
    pad = " " * gutter
    where = f"{place.path}:{place.line}:{place.column}"
    lines.append(f"{pad}{paint('-->', 'blue')} {where} {paint(f'({finding.name}, system {finding.system})', 'dim')}")
    if source:
        lines.append(f"{pad} {bar}")
    for row in source:
        number = paint(f"{row.number or '':>{gutter}}", "blue")
        lines.append(f"{number} {bar} {row.text}".rstrip())
        if row.carets:
            lines.append(f"{pad} {bar} {paint.severity(finding.severity, row.carets)}")
    if source:
        lines.append(f"{pad} {bar}")
    for label, text in facts(finding, _MOST_SITES):
        said = ("\n" + " " * (gutter + 12)).join(_wrapped(text, report.width and report.width - gutter - 12, ""))
        lines.append(f"{pad} {paint('=', 'blue')} {paint(f'{label + chr(58):<8}', 'bold')} {said}")
    if finding.fix:
        lines += [f"{pad}     {paint(line, 'green')}".rstrip() for line in finding.fix.text.splitlines()]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, width: int | None, indent: str) -> list[str]:
    """Lines of at most `width`, where that is told; words are never broken."""
    if width is None:
        return text.split("\n")
    from textwrap import TextWrapper

    wrapper = TextWrapper(width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [line for part in text.split("\n") for line in wrapper.wrap(part)] or [""]
