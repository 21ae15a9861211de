"""Markdown, for a comment on a change or a job's summary page."""

from __future__ import annotations

import re

from rulecheck.finding import Finding
from rulecheck.report.base import Report, cost_text, fix_title, other_sites, verdict
from rulecheck.report.excerpt import excerpt


def render(report: Report) -> str:
    """A table of the findings, and a section for each."""
    findings = report.result.findings
    lines = ["# rulecheck", "", verdict(report.result), ""]
    if findings:
        lines += ["| where | check | what |", "| --- | --- | --- |"]
        lines += [f"| {_code(f.place.at)} | {f.code} {f.name} | {_prose(_cell(f.message))} |" for f in findings]
        lines += ["", *(_section(f, report) for f in findings)]
    return "\n".join(lines).rstrip() + "\n"


def _section(finding: Finding, report: Report) -> str:
    place = finding.place
    parts = [f"## {finding.code} {finding.name} at {_code(place.at)}", _prose(finding.message)]
    source = excerpt(place, report.result.text(place.path))
    if source:
        parts.append(_fence("\n".join(f"{row.text}\n{row.carets}".rstrip() for row in source)))
    rows = []
    for verb, party in (("Fires", finding.fires), ("Shadows", finding.shadows)):
        if party:
            layer = f", layer {party.layer}" if party.layer else ""
            rows.append(
                f"- {verb}: {_code(party.signature)}{layer}" + (f", {_code(party.place.at)}" if party.place else "")
            )
    if finding.cost and (cost := cost_text(finding.cost)):
        rows.append(f"- Matters: {_prose(cost)}")
    if sites := other_sites(finding):
        rows.append(f"- Also at: {', '.join(map(_code, sites))}")
    if finding.fix:
        rows.append(f"- Fix: {fix_title(finding.fix)}")
    if rows:
        parts.append("\n".join(rows))
    if finding.fix and finding.fix.text:
        parts.append(_fence(finding.fix.text))
    return "\n\n".join(parts) + "\n"


def _fence(code: str) -> str:
    longest = max((len(run) for run in re.findall("`+", code)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}python\n{code.rstrip()}\n{ticks}"


def _code(text: str) -> str:
    return f"``{text}``" if "`" in text else f"`{_cell(text)}`"


def _prose(text: str) -> str:
    """Text that is no code stays as it is read: nothing in it is taken for markup."""
    parts = re.split(r"(`[^`]*`)", text)
    parts[::2] = [re.sub(r"([*_<\[])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
