"""GitLab's Code Quality report."""

from __future__ import annotations

import json
from pathlib import PurePath

from rulecheck.report.base import Report

_SEVERITIES = {"error": "critical", "warning": "major", "note": "info"}


def render(report: Report) -> str:
    """A JSON list with an object a finding."""
    rows = [
        {
            "description": finding.message,
            "check_name": f"{finding.code} {finding.name}",
            "fingerprint": finding.fingerprint,
            "severity": _SEVERITIES[finding.severity.value],
            "location": {
                "path": PurePath(finding.place.path).as_posix(),
                "lines": {"begin": finding.place.line, "end": finding.place.end_line or finding.place.line},
            },
        }
        for finding in report.result.findings
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
