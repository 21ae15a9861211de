"""SARIF 2.1.0, which code scanning services read."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from rulecheck.finding import Finding, Fix
from rulecheck.place import Place
from rulecheck.report.base import DescribedCheck, Report, fix_title
from rulecheck.report.page import page

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"


def render(report: Report) -> str:
    """One log with one run."""
    order = {rule.code: index for index, rule in enumerate(report.rules)}
    driver = {
        "name": "rulecheck",
        "version": report.version,
        "semanticVersion": report.version,
        "rules": [_rule(rule) for rule in report.rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder in which the command was run."}}},
        "invocations": [{"executionSuccessful": True}],
        "results": [_result(f, order) for f in report.result.findings],
        "properties": {"summary": asdict(report.result.summary)},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: DescribedCheck) -> dict[str, Any]:
    markdown = page(rule)
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": _plain(rule.what)},
        "help": {"text": _plain(f"{rule.what}\n\n{rule.why}\n\n{rule.fix_safety}"), "markdown": markdown},
        "defaultConfiguration": {"enabled": rule.default, "level": rule.severity.value},
        "properties": {"tags": ["automatic-differentiation", rule.name]},
    }


def _result(finding: Finding, order: dict[str, int]) -> dict[str, Any]:
    location = _location(finding.place)
    if finding.scope and finding.home in (None, finding.place.path):
        location["logicalLocations"] = [{"fullyQualifiedName": finding.scope}]
    extra = {"call": finding.call, "cost": asdict(finding.cost) if finding.cost else None}
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": finding.severity.value,
        "message": {"text": finding.message},
        "locations": [location],
        "relatedLocations": _related(finding),
        "partialFingerprints": {"rulecheck/v1": finding.fingerprint},
        "properties": {"system": finding.system} | {k: v for k, v in extra.items() if v is not None},
    }
    if finding.code in order:
        result["ruleIndex"] = order[finding.code]
    if finding.fix and finding.fix.edits:
        result["fixes"] = [_fix(finding.fix)]
    return result


def _related(finding: Finding) -> list[dict[str, Any]]:
    """The rule, the method and the further calls, numbered so that a viewer can link to them."""
    parties = (("fires", finding.fires), ("shadows", finding.shadows))
    listed = [(f"{verb}: {p.signature}", p.place) for verb, p in parties if p is not None and p.place is not None]
    listed += [("the same cause", site) for site in finding.sites if site != finding.place]
    return [{"id": n, **_location(place), "message": {"text": text}} for n, (text, place) in enumerate(listed, 1)]


def _location(place: Place) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column}
    if place.end_line:
        region["endLine"] = place.end_line
    if place.end_column:
        region["endColumn"] = place.end_column
    return {"physicalLocation": {"artifactLocation": _artifact(place.path), "region": region}}


def _artifact(path: str) -> dict[str, str]:
    pure = PurePath(path)
    if pure.is_absolute():
        return {"uri": pure.as_uri()}
    return {"uri": quote(pure.as_posix(), errors="surrogateescape"), "uriBaseId": _ROOT}


def _fix(fix: Fix) -> dict[str, Any]:
    by_path: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        replacement: dict[str, Any] = {
            "deletedRegion": {"charOffset": edit.start, "charLength": edit.end - edit.start},
            "insertedContent": {"text": edit.text},
        }
        by_path.setdefault(edit.path, []).append(replacement)
    changes = [{"artifactLocation": _artifact(path), "replacements": rows} for path, rows in by_path.items()]
    return {"description": {"text": fix_title(fix)}, "artifactChanges": changes}


def _plain(markdown: str) -> str:
    return markdown.replace("`", "").strip()
