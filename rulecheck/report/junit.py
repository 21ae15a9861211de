"""JUnit XML, which most CI servers show as test results: a failed case a finding, a passed one where there is none."""

from __future__ import annotations

import re
from contextlib import suppress
from xml.sax.saxutils import escape, quoteattr

from rulecheck.finding import Finding
from rulecheck.report.base import Report, details

# What XML 1.0 cannot hold, even escaped.
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """One suite with a case a finding."""
    findings = report.result.findings
    cases = [_case(f) for f in findings] or ['    <testcase name="no findings" classname="rulecheck"/>']
    counts = f'tests="{len(cases)}" failures="{len(findings)}" errors="0"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="rulecheck" {counts}>',
            f'  <testsuite name="rulecheck" {counts}>',
            *cases,
            "  </testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _case(finding: Finding) -> str:
    place = finding.place
    where = f"{place.path}:{place.line}:{place.column}"
    name = f"{finding.code} {finding.name} at {where}"
    return (
        f"    <testcase name={_attribute(name)} classname={_attribute(place.path)}"
        f' file={_attribute(place.path)} line="{place.line}">\n'
        f"      <failure type={_attribute(finding.code)} message={_attribute(finding.message)}>"
        f"{_text(f'{where}: {details(finding)}')}</failure>\n"
        "    </testcase>"
    )


def _attribute(text: str) -> str:
    return quoteattr(_possible(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _text(text: str) -> str:
    return escape(_possible(text))


def _possible(text: str) -> str:
    with suppress(UnicodeEncodeError):
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _IMPOSSIBLE.sub("\ufffd", text)
