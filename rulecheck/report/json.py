"""JSON, version 1: stable, for other programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from rulecheck.finding import Finding, Fix, Party
from rulecheck.report.base import Report

VERSION = 1


def render(report: Report) -> str:
    """One object with the findings and the summary."""
    data = {
        "version": VERSION,
        "findings": [as_data(f) for f in report.result.findings],
        "summary": asdict(report.result.summary),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def as_data(finding: Finding) -> dict[str, Any]:
    """A finding as plain data; every key is always there."""
    place = finding.place
    return {
        "code": finding.code,
        "name": finding.name,
        "system": finding.system,
        "severity": finding.severity.value,
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line or place.line,
        "end_column": place.end_column or place.column,
        "message": finding.message,
        "call": finding.call,
        "fires": _party(finding.fires, layer=True),
        "shadows": _party(finding.shadows, layer=False),
        "cost": asdict(finding.cost) if finding.cost else None,
        "fix": _fix(finding.fix),
        "sites": [{"path": s.path, "line": s.line, "column": s.column} for s in finding.sites],
        "fingerprint": finding.fingerprint,
    }


def _party(party: Party | None, *, layer: bool) -> dict[str, Any] | None:
    if party is None:
        return None
    own = {"layer": party.layer} if layer else {}
    place = party.place
    at = {"path": place.path if place else None, "line": place.line if place else None}
    return {**own, "signature": party.signature, **at}


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = [{"path": e.path, "start": e.start, "end": e.end, "text": e.text} for e in fix.edits]
    return {"kind": fix.kind.value, "safe": fix.safe, "text": fix.text, "edits": edits}
