"""rulecheck lints itself: nothing is found that no comment gives a reason for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pages import ROOT

from rulecheck.config import Config
from rulecheck.run.lint import lint
from rulecheck.run.project import open_project

pytestmark = pytest.mark.slow

_AGAIN = """

@adjoint(operator.matmul, AbstractMatrix, AbstractVector)
def again(A: Any, x: Any) -> Any:
    return A @ x, lambda dy: (None, None)
"""


def test_nothing_is_found_in_rulecheck_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = lint(["rulecheck"], config=Config(cache=False, extend_select=("ALL",)))
    assert [f"{f.place.path}:{f.place.line}: {f.code} {f.message}" for f in result.findings] == []
    assert result.summary.unreadable == 0
    assert result.summary.files == len(list((ROOT / "rulecheck").rglob("*.py")))


def test_each_suppression_gives_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    comments = open_project(["rulecheck"], config=Config(cache=False)).suppressions
    assert [comment.place for comment in comments if not comment.reason] == []


def test_a_rule_of_its_own_that_is_replaced_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "rulecheck" / "ad", tmp_path / "rulecheck" / "ad")
    (tmp_path / "rulecheck" / "__init__.py").touch()
    with (tmp_path / "rulecheck" / "ad" / "rules" / "linear.py").open("a", encoding="utf-8") as file:
        file.write(_AGAIN)
    monkeypatch.chdir(tmp_path)
    found = lint(["rulecheck"], config=Config(cache=False)).findings
    assert [(f.code, f.place.path) for f in found] == [("RC203", "rulecheck/ad/rules/linear.py")]
