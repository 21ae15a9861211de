"""What was measured: for people, and as plain data."""

from __future__ import annotations

from typing import Any

from rulecheck.cost.measure import Measurement
from rulecheck.report.paint import Paint

_OF = ("operations", "memory")
_UNITS = {"operations": "operations", "memory": "bytes at the peak"}


def data(name: str, arguments: str, answered: str | None, found: Measurement) -> dict[str, Any]:
    """The measurement as plain data."""
    return {
        "version": 1,
        "target": name,
        "arguments": arguments,
        "answered_by": answered,
        "sizes": list(found.sizes),
        **{
            which: {
                of: {
                    "counts": [getattr(cost, of) for cost in getattr(found, which)],
                    "exponent": round(found.growth(which, of).exponent, 3),
                    "growth": found.growth(which, of).shape,
                }
                for of in _OF
            }
            for which in ("rule", "trace")
        },
        "ratio": {of: round(found.ratio(of), 3) for of in _OF},
        "verdicts": [{"code": v.code, "name": v.name} for v in found.verdicts],
        "mismatch": found.mismatch,
    }


def text(name: str, arguments: str, answered: str | None, found: Measurement, *, colour: bool) -> str:
    """A table of the counts, how they grow, and the verdicts in sentences."""
    paint = Paint(colour)
    lines = [f"{paint(name, 'bold')} with {arguments}"]
    if answered:
        lines.append(f"answered by {answered}")
    for of in _OF:
        lines += ["", *_table(of, found, paint)]
    lines.append("")
    if found.same:
        lines.append("The rules and the trace do the same work: no rule stands in front of more specific code here.")
    for verdict in found.verdicts:
        lines.append(f"{paint.severity(verdict.severity, verdict.code)} {verdict.name}: {_why(verdict.code, found)}")
    if not found.verdicts and not found.same:
        lines.append("The rule costs no more than the trace.")
    return "\n".join(lines) + "\n"


def _table(of: str, found: Measurement, paint: Paint) -> list[str]:
    rows = [("n", "rule", "trace", "times")]
    for n, rule, trace in zip(found.sizes, found.rule, found.trace, strict=True):
        a, b = getattr(rule, of), getattr(trace, of)
        rows.append((f"{n:,}", f"{a:,}", f"{b:,}", f"{a / max(b, 1):,.1f}"))
    rows.append(("grows", found.growth("rule", of).shape, found.growth("trace", of).shape, ""))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    shown = ["  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [paint(_UNITS[of], "bold"), paint(shown[0], "dim"), *shown[1:]]


def _why(code: str, found: Measurement) -> str:
    if code == "RC502":
        return f"the gradient disagrees with central differences.\n{found.mismatch}"
    n = found.sizes[-1]
    said = [
        f"{found.ratio(of):,.1f} times the {_UNITS[of]} ({found.growth('rule', of).shape} against "
        f"{found.growth('trace', of).shape})"
        for of in _OF
    ]
    return f"at n = {n:,} the rule takes {' and '.join(said)}."
