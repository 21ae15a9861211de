"""Workflow commands, which GitHub shows as annotations beside the changed lines."""

from __future__ import annotations

from rulecheck.finding import Finding
from rulecheck.report.base import Report, details

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report) -> str:
    """A command a finding; nothing where there is none."""
    return "".join(f"{_command(f)}\n" for f in report.result.findings)


def _command(finding: Finding) -> str:
    place = finding.place
    values: dict[str, object] = {"title": f"{finding.code} {finding.name}", "file": place.path, "line": place.line}
    if place.end_line:
        values["endLine"] = place.end_line
    # A column says something only where the span stands on one line.
    if place.end_line in (0, place.line):
        values["col"] = place.column
        if place.end_column:
            values["endColumn"] = place.end_column
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in values.items())
    return f"::{_LEVELS[finding.severity.value]} {listed}::{_data(details(finding))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
