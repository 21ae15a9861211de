"""fixtures/checks: each file has exactly the findings that its comments announce, at their lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rulecheck.config import Config
from rulecheck.run.lint import lint

FOLDER = Path(__file__).parents[2] / "fixtures" / "checks"
MARK = re.compile(r"# -> ([A-Z0-9 ]+)$", re.M)


def announced(path: Path) -> list[tuple[int, str]]:
    lines = path.read_text().splitlines()
    marks = [(number, MARK.search(line)) for number, line in enumerate(lines, 1)]
    return [(number, code) for number, mark in marks if mark for code in mark[1].split()]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("rc*.py")), ids=lambda path: path.stem)
def test_a_fixture_has_what_it_announces(path: Path) -> None:
    config = Config(systems=("engine",), cache=False)
    found = lint([path, FOLDER / "kinds.py"], config=config).findings
    assert sorted((f.place.line, f.code) for f in found if Path(f.place.path).resolve() == path) == announced(path)
    assert all(Path(f.place.path).resolve() == path for f in found)
    assert {code for _, code in announced(path)} == {path.stem.upper()}
