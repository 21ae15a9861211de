"""What a run counted: findings by check, and what was not resolved, so that silence is not mistaken for health."""

from __future__ import annotations

from collections import Counter

from rulecheck.finding import Result
from rulecheck.report.base import count


def statistics(result: Result) -> str:
    """The counts as a small table."""
    summary = result.summary
    lines = ["", f"read {count(summary.files, 'file')}, {count(summary.lines, 'line')}, {count(summary.calls, 'call')}"]
    by_check = Counter((f.code, f.name, f.system) for f in result.findings)
    rows = [(number, f"{code} {name} ({system})") for (code, name, system), number in sorted(by_check.items())]
    rows += [(number, what) for what in ("suppressed", "baselined") if (number := getattr(summary, what))]
    lines += _table("findings", rows)
    unresolved = list(result.unresolved)
    lines += _table("calls not resolved, and so not judged", [(number, reason) for reason, number in unresolved])
    if summary.environments:
        lines += [f"environment: {name}" for name in summary.environments]
        lines += _table("not known to the environment", [(number, what) for what, number in result.unknown])
    if result.unfollowed:
        lines += _table("definitions not followed", [(number, what) for what, number in result.unfollowed])
    lines += _table("files or parts not read", [(summary.unreadable, "see RC901")] if summary.unreadable else [])
    if result.skipped:
        lines += _table("files not parsed as a whole", [(result.skipped, "nothing is asked of the rest of them")])
    return "\n".join(lines) + "\n"


def _table(title: str, rows: list[tuple[int, str]]) -> list[str]:
    if not rows:
        return [f"{title}: none"]
    width = max(len(f"{number:,}") for number, _ in rows)
    return [f"{title}:", *(f"  {number:>{width},}  {what}" for number, what in rows)]
