"""Every format, to the letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from report_sample import EMPTY, REPORT, RESULT, RULES

from rulecheck.config import UnknownName
from rulecheck.report import FORMATS, render
from rulecheck.report.page import index, page, terminal
from rulecheck.report.statistics import statistics

EXTENSIONS = {
    "json": "json",
    "sarif": "sarif.json",
    "gitlab": "gitlab.json",
    "junit": "xml",
    "html": "html",
    "markdown": "md",
}
Snapshot = Callable[[str, str], None]


@pytest.mark.parametrize("format_", FORMATS)
def test_format(format_: str, snapshot: Snapshot) -> None:
    snapshot(render(format_, REPORT), f"{format_}.{EXTENSIONS.get(format_, 'txt')}")


@pytest.mark.parametrize("format_", FORMATS)
def test_format_of_a_clean_run(format_: str, snapshot: Snapshot) -> None:
    snapshot(render(format_, EMPTY), f"clean-{format_}.{EXTENSIONS.get(format_, 'txt')}")


@pytest.mark.parametrize("format_", ["full", "concise"])
def test_colour(format_: str, snapshot: Snapshot) -> None:
    coloured = render(format_, replace(REPORT, colour=True))
    snapshot(coloured.replace("\x1b", "ESC"), f"{format_}-colour.txt")


def test_wrapped_for_a_terminal(snapshot: Snapshot) -> None:
    shown = render("full", replace(REPORT, width=60))
    snapshot(shown, "full-wrapped.txt")
    assert "".join(shown.split()) == "".join(render("full", REPORT).split())


@pytest.mark.parametrize("format_", FORMATS)
def test_render_is_pure(format_: str) -> None:
    assert render(format_, REPORT) == render(format_, REPORT)
    assert render(format_, REPORT).endswith("\n")


def test_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match='unknown format "jsno"; did you mean "json"'):
        render("jsno", REPORT)


def test_statistics(snapshot: Snapshot) -> None:
    snapshot(statistics(RESULT), "statistics.txt")


def test_page(snapshot: Snapshot) -> None:
    snapshot(page(RULES[0]), "page.md")
    snapshot(index(RULES), "page-index.md")
    snapshot(terminal(page(RULES[0]), colour=False, width=60), "page-terminal.txt")
