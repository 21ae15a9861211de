"""One line a finding, as compilers do."""

from __future__ import annotations

from rulecheck.report.base import Report, verdict
from rulecheck.report.paint import Paint


def render(report: Report) -> str:
    """`path:line:column: CODE message`, with [*] where `--fix` would end it."""
    paint = Paint(report.colour)
    lines = []
    for finding in report.result.findings:
        place, fix = finding.place, finding.fix
        message = " ".join(finding.message.splitlines())
        star = " [*]" if fix and fix.safe and fix.edits else ""
        code = paint.severity(finding.severity, finding.code)
        lines.append(f"{paint(place.path, 'bold')}:{place.line}:{place.column}: {code}{star} {message}")
    return "\n".join([*lines, verdict(report.result)]) + "\n"
