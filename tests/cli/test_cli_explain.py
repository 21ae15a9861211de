"""`rulecheck explain`, and the pages under docs/checks that come of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rulecheck.cli.explain import explained
from rulecheck.report.page import index, page

Ask = Callable[..., Any]
DOCS = Path(__file__).parent.parent.parent / "docs" / "checks"
REGENERATE = "run: rulecheck explain --write-docs docs/checks"


@pytest.mark.parametrize("check", explained(), ids=lambda c: c.code)
def test_a_code_and_a_name_give_the_same_page(check: Any, ask: Ask) -> None:
    by_code, by_name = ask("explain", check.code.lower()), ask("explain", check.name)
    assert by_code == by_name
    assert by_code.code == 0
    shown = ["Example", "Use instead"] if check.examples else []
    for heading in ("What it does", "Why it matters", "Fix safety", *shown):
        assert f"\n{heading}\n" in by_code.out


def test_without_a_check_all_are_listed(ask: Ask) -> None:
    assert [line[:5] for line in ask("explain").out.splitlines()] == [c.code for c in explained()]


def test_json(ask: Ask) -> None:
    assert json.loads(ask("explain", "RC101", "--format", "json").out)["name"] == "shadowed-method"
    assert len(json.loads(ask("explain", "--format", "json").out)) == len(explained())


def test_the_docs_are_up_to_date() -> None:
    pages = {f"{check.code}.md": page(check) for check in explained()} | {"README.md": index(explained())}
    assert {path.name for path in DOCS.glob("*.md")} == set(pages), REGENERATE
    for name, text in pages.items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, f"{name}: {REGENERATE}"


def test_write_docs(ask: Ask, tmp_path: Path) -> None:
    assert ask("explain", "--write-docs", "new/checks").code == 0
    assert len(list((tmp_path / "new" / "checks").iterdir())) == len(explained()) + 1
