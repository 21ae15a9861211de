"""One HTML page that needs nothing else: no network, no script."""

from __future__ import annotations

from html import escape

from rulecheck.finding import Finding
from rulecheck.report.base import Report, facts, verdict
from rulecheck.report.excerpt import Line, excerpt

_STYLE = """\
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --error: #c62828; --warning: #b26a00; --note: #1565c0; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
article { border: 1px solid var(--line); border-left-width: 5px; border-radius: 6px; margin: 1.5rem 0; padding: 1rem; }
article.error { border-left-color: var(--error); } article.warning { border-left-color: var(--warning); }
article.note { border-left-color: var(--note); }
h2 { font-size: 1rem; margin: 0 0 .5rem; } h2 small { font-weight: normal; opacity: .75; }
pre { background: var(--soft); border-radius: 4px; overflow-x: auto; padding: .6rem; }
pre { font: 14px/1.45 ui-monospace, monospace; }
pre mark { background: #ffb30066; color: inherit; border-radius: 2px; } pre i { opacity: .55; font-style: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; } dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }"""


def render(report: Report) -> str:
    """The page: the verdict, then a card a finding."""
    cards = [_card(f, report) for f in report.result.findings]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>rulecheck</title><style>\n{_STYLE}\n</style></head>",
            "<body>",
            "<h1>rulecheck</h1>",
            f"<p>{escape(verdict(report.result))}</p>",
            *cards,
            f"<footer><small>rulecheck {escape(report.version)}</small></footer>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _card(finding: Finding, report: Report) -> str:
    place = finding.place
    where = f"{place.path}:{place.line}:{place.column}, {finding.system}"
    parts = [
        f'<article class="{finding.severity.value}" id="{finding.fingerprint}">',
        f"<h2>{escape(finding.code)} {escape(finding.name)} <small>{escape(where)}</small></h2>",
        f"<p>{escape(finding.message)}</p>",
    ]
    source = excerpt(place, report.result.text(place.path))
    if source:
        width = max(len(str(row.number or "")) for row in source)
        parts.append("<pre>" + "\n".join(_row(row, width) for row in source) + "</pre>")
    if rows := facts(finding):
        parts.append("<dl>" + "".join(f"<dt>{dt}</dt><dd>{escape(dd)}</dd>" for dt, dd in rows) + "</dl>")
    if finding.fix and finding.fix.text:
        parts.append(f"<pre>{escape(finding.fix.text.rstrip())}</pre>")
    return "\n".join([*parts, "</article>"])


def _row(line: Line, width: int) -> str:
    before, marked, after = (escape(part) for part in line.parts)
    mark = f"<mark>{marked}</mark>" if marked else ""
    return f"<i>{line.number or '':>{width}}</i>  {before}{mark}{after}"
